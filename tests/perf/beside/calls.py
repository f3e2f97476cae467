"""What an operator has asked of the API server, by the API server's own audit log."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

READING = frozenset({"get", "list", "watch"})


@dataclass(frozen=True, slots=True)
class Call:
    """One of them, as the audit log tells it."""

    verb: str
    """``patch`` is every patch, server-side apply too."""
    resource: str
    """With its subresource, as in ``deployments/status``; a path where it is no resource."""
    rehearsed: bool
    """Whether it was a dry run, which changes nothing."""
    created: bool
    """Whether an object came to be by it."""

    @property
    def writing(self) -> bool:
        """Whether it changed something, or could have."""
        return self.verb not in READING and not self.rehearsed


class Audit:
    """Reads the log on as it grows."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._offset = 0
        self.calls: list[Call] = []

    def read(self) -> int:
        """Takes in what is new; how many calls there are by now."""
        with self._log.open("rb") as lines:
            lines.seek(self._offset)
            for line in lines:
                if not line.endswith(b"\n"):
                    break
                self._offset += len(line)
                call = parsed(line)
                if call is not None:
                    self.calls.append(call)
        return len(self.calls)


def parsed(line: bytes) -> Call | None:
    """The call that a line tells of; None of one that has been told, or is about to be."""
    event = json.loads(line)
    verb = event["verb"]
    # A watch is told of when it begins and when it ends, any other call when it is answered.
    if event["stage"] != ("ResponseStarted" if verb == "watch" else "ResponseComplete"):
        return None
    about = event.get("objectRef", {})
    resource = "/".join(about[name] for name in ("resource", "subresource") if name in about)
    path, _, query = event["requestURI"].partition("?")
    rehearsed = "dryRun=" in query
    created = event["responseStatus"]["code"] == 201 and not rehearsed
    return Call(verb, resource or path, rehearsed, created)


def made(calls: Iterable[Call]) -> Counter[str]:
    """How many objects of each resource came to be."""
    return Counter(call.resource for call in calls if call.created)
