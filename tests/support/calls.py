"""What somebody asked of an API server, read from its audit log, next to what the rules of roles grant."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
Grant = tuple[str, str, str]
"""API group, resource or resource/subresource, verb."""

ASKED_BY_ADMISSION: Grant = ("trussmodel.dev", "trussmodels/finalizers", "update")
"""Granted to the operator, and no call: OwnerReferencesPermissionEnforcement asks for it where it is on."""


@dataclass(frozen=True)
class Call:
    """One call about a resource."""

    caller: str
    """The pod that made it, or nothing where none did."""
    asked: frozenset[Grant]
    """What one has to be granted for it: an apply that makes an object asks for `create` too."""
    refused: str
    """The API server's words when the caller lacks a permission, else empty."""


def calls(log: Iterable[str], user: str, since: str = "") -> list[Call]:
    """The calls of that user, in the order in which they came.

    Args:
        log: Lines of an audit log; it may be put together from rotated ones, in any order.
        user: Whose calls.
        since: Those that began before are left out: a time as the log writes it, UTC in ISO 8601.
    """
    events = sorted(map(json.loads, log), key=lambda event: str(event["requestReceivedTimestamp"]))
    return [
        _call(event)
        for event in events
        if event["user"]["username"] == user
        and "objectRef" in event
        and event["requestReceivedTimestamp"] >= since
    ]


def granted(rules: Iterable[Json]) -> set[Grant]:
    """What rules of roles grant."""
    return {
        (group, resource, verb)
        for rule in rules
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def used(made: Iterable[Call]) -> set[Grant]:
    """What was asked for in those of the calls that were not refused."""
    return {grant for call in made if not call.refused for grant in call.asked}


def refused(made: list[Call]) -> list[Call]:
    """Those of the calls that lacked a permission, but for what was granted at another time.

    A release that is uninstalled loses its permissions some moments before its pod, which may still live when
    the next release brings them back.
    """
    had = used(made)
    return [call for call in made if call.refused and not call.asked <= had]


def _call(event: Json) -> Call:
    about, status = event["objectRef"], event.get("responseStatus", {})
    group = about.get("apiGroup", "")
    resource = "/".join(filter(None, (about["resource"], about.get("subresource"))))
    message = f"{status.get('code')} {event['verb']} {event['requestURI']} {status.get('message', '')}"
    # An apply may be patched and not create: that is found out later, and only the message tells.
    lacks = event.get("annotations", {}).get("authorization.k8s.io/decision") == "forbid"
    lacks = lacks or (status.get("code") == 403 and " cannot create resource " in message)
    verbs = [event["verb"]]
    if event["verb"] == "patch" and (status.get("code") == 201 or " cannot create resource " in message):
        verbs.append("create")
    [pod] = event["user"].get("extra", {}).get("authentication.kubernetes.io/pod-name", [""])
    return Call(pod, frozenset((group, resource, verb) for verb in verbs), message if lacks else "")
