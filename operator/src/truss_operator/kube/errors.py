"""What can come back from the API server instead of the object, as types that say what to do next.

`Conflict`, `TooManyRequests` and `Unavailable` pass: try again, with fresh eyes. `Invalid` and
`FieldConflict` do not pass by waiting. `Forbidden` is for whoever grants permissions and names the verb and
the resource. Status codes and the causes in a Status object: the API conventions, "HTTP Status codes" and
"Response Status Kind".
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

NO_ANSWER = "<error>"
"""What stands in place of a status code where a call got no answer, as in client-go's metrics."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One entry of ``details.causes`` in a Status: a field and what is wrong with it."""

    field: str
    message: str
    reason: str = ""


class ApiError(Exception):
    """The API server refused a call, or did not answer it.

    Attributes:
        status: The HTTP status; None when there was no answer.
        causes: What the server says of single fields.
        retry_after: Seconds that the server asks to wait, if it does.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        causes: tuple[Cause, ...] = (),
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.causes = causes
        self.retry_after = retry_after


class NotFound(ApiError):  # noqa: N818  # named as the API's reasons are
    """404: no such object, or no such resource type."""


class Conflict(ApiError):  # noqa: N818
    """409: the object is not what we last saw (resourceVersion, uid)."""


class AlreadyExists(ApiError):  # noqa: N818
    """409 to a create."""


class FieldConflict(ApiError):  # noqa: N818
    """409 to an apply without force: another field manager owns a field. ``causes`` name both."""


class Invalid(ApiError):  # noqa: N818
    """400 or 422: the object cannot be what was asked for. ``causes`` name the fields."""


class Unauthorized(ApiError):  # noqa: N818
    """401: the credentials are not (any longer) good."""


class Forbidden(ApiError):  # noqa: N818
    """403: no permission, a quota, or an admission policy; the message says which, and for what."""


class TooManyRequests(ApiError):  # noqa: N818
    """429: later, please."""


class Unavailable(ApiError):  # noqa: N818
    """5xx, a timeout, or no connection."""


class Untrusted(Unavailable):
    """No connection, for the server's certificate is not by the authority that was read at the start."""


_BY_STATUS: dict[int, type[ApiError]] = {
    400: Invalid,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    410: Conflict,
    422: Invalid,
    429: TooManyRequests,
}


_UNTYPED = "failed to create typed patch object"
"""How the API server begins to say that an apply holds a field that the kind does not have, or a value of
another type. It answers 500 then, though nothing about it will pass."""
_UNTYPED_FIELD = re.compile(r"(?:^|\s)(\.spec\S*): (.+)$", re.MULTILINE)


def error_from(status: int, body: bytes, headers: Mapping[str, str], call: str) -> ApiError:
    """Reads an unsuccessful answer.

    Args:
        status: The HTTP status.
        body: What came with it: a Status object in JSON, or whatever a proxy in between had to say.
        headers: Of the answer.
        call: What was asked, for the message: ``patch deployments default/echo``.
    """
    document = _document(body)
    causes = _causes(document)
    kind = _BY_STATUS.get(status, Unavailable if status >= 500 else ApiError)
    if status == 409 and document.get("reason") == "AlreadyExists":
        kind = AlreadyExists
    elif status == 409 and any(cause.reason == "FieldManagerConflict" for cause in causes):
        kind = FieldConflict
    said = document.get("message")
    if status == 500 and isinstance(said, str) and said.startswith(_UNTYPED):
        kind = Invalid
        causes = tuple(Cause(field.removeprefix("."), text) for field, text in _UNTYPED_FIELD.findall(said))
    if not isinstance(said, str) or not said:
        said = body[:200].decode(errors="replace").strip() or "no reason given"
    return kind(
        f"{call}: {said} (HTTP {status})",
        status=status,
        causes=causes,
        retry_after=_retry_after(headers, document),
    )


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _causes(document: Mapping[str, Any]) -> tuple[Cause, ...]:
    details = document.get("details")
    causes = details.get("causes") if isinstance(details, dict) else None
    if not isinstance(causes, list):
        return ()
    return tuple(
        Cause(str(cause.get("field", "")), str(cause.get("message", "")), str(cause.get("reason", "")))
        for cause in causes
        if isinstance(cause, dict)
    )


def _retry_after(headers: Mapping[str, str], document: Mapping[str, Any]) -> float | None:
    details = document.get("details")
    told = headers.get("Retry-After") or (
        details.get("retryAfterSeconds") if isinstance(details, dict) else None
    )
    try:
        seconds = float(told)  # type: ignore[arg-type]  # what is no number raises, and is no answer
    except (TypeError, ValueError, OverflowError):
        return None
    return min(seconds, 3600.0) if seconds > 0 else None
