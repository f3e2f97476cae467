"""Times as Kubernetes writes them. Pure."""

from datetime import UTC, datetime


def rfc3339(when: datetime) -> str:
    """To the second, as in a status. `when` has a time zone."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def micro_time(when: datetime) -> str:
    """To the microsecond, as the API's MicroTime. `when` has a time zone."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
