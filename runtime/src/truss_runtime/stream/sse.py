"""The grammar of a streamed answer: from chunks to bytes. Pure; it sees no socket and no generator.

Server-sent events as the WHATWG's HTML standard defines them: unnamed and closed by OpenAI's ``[DONE]``, or
named by their ``type`` as the clients of OpenAI's Responses and Anthropic's Messages expect. The rules for
text that already is framed are in docs/reference/http-surface.md.
"""

from collections.abc import Iterable
from typing import Any, Protocol

from truss_runtime.encoding import encode_json
from truss_runtime.kinds import Dialect

DONE = b"data: [DONE]\n\n"
PING = b": ping\n\n"
"""A comment: it keeps connections open and says nothing to clients."""
_DONE_LINES = (b"data: [DONE]", b"data:[DONE]")
_STARTS = (b"data:", b"event:", b"id:", b"retry:", b": ")


class Grammar(Protocol):
    """Turns chunks of one stream into the bytes to send. Any of these may be empty: nothing to send."""

    media_type: bytes

    @property
    def at_boundary(self) -> bool:
        """Whether a comment could be put in now without hurting an event."""

    def chunk(self, value: Any) -> bytes:
        """Returns the bytes for one chunk."""

    def end(self) -> bytes:
        """Returns the bytes that close a stream which went well."""

    def error(self, body: bytes) -> bytes:
        """Returns the bytes that tell of a failure, given as JSON; the connection is cut after them."""


def event(data: bytes) -> bytes:
    """Returns one event, its data split at line ends as the grammar asks."""
    if b"\n" in data or b"\r" in data:
        data = b"\ndata: ".join(_lines(data))
    return b"data: " + data + b"\n\n"


def _lines(data: bytes) -> list[bytes]:
    lines = data.splitlines()
    if data.endswith((b"\n", b"\r")):
        lines.append(b"")
    return lines


def _as_bytes(value: Any) -> bytes | None:
    """Returns text and bytes as bytes, and None for anything else."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    return bytes(value) if isinstance(value, bytes | bytearray | memoryview) else None


def starts_framed(prefix: bytes) -> bool | None:
    """Whether a stream with these first bytes is framed already; None while they could become either."""
    if prefix.startswith(_STARTS):
        return True
    return None if any(start.startswith(prefix) for start in _STARTS) else False


class LineTracker:
    """Follows framed text, however it is split: is an event open, and has ``[DONE]`` gone by?"""

    def __init__(self) -> None:
        self.done = False
        self._line = b""  # the start of the current line, as much of it as can matter
        self._blank = True  # whether the line before it was empty
        self._after_cr = False

    def feed(self, data: bytes) -> None:
        """Takes in the next bytes."""
        if data.endswith(b"\n\n") and not self._line and b"[DONE]" not in data:
            # Whole events, as nearly all chunks are: the rest of this would find the same, slower.
            self._blank = True
            self._after_cr = False
            return
        if self._after_cr and data.startswith(b"\n"):
            data = data[1:]  # the second half of a CRLF is no line of its own
            self._after_cr = False
        if not data:
            return
        self._after_cr = data.endswith(b"\r")
        lines = (self._line + data).splitlines()
        rest = b"" if data.endswith((b"\n", b"\r")) else lines.pop()
        for line in lines:
            self._blank = not line
            self.done = self.done or line in _DONE_LINES
        self._line = rest[:16]

    @property
    def between_events(self) -> bool:
        """Whether no event is open."""
        return self._blank and not self._line

    def close(self) -> bytes:
        """Returns what closes the open event, if one is open."""
        if self._line or (self._after_cr and not self._blank):
            missing = b"\n\n"  # after a CR, one line feed would only complete a CRLF
        else:
            missing = b"" if self._blank else b"\n"
        self.feed(missing)
        return missing


def _name_line(value: Any) -> bytes:
    """Returns the line that names an event by the ``type`` of its chunk, and nothing for one without."""
    name = value.get("type") if isinstance(value, dict) else getattr(value, "type", None)
    return b"event: %b\n" % name.encode() if isinstance(name, str) and name.isprintable() else b""


class EventStream:
    """One event a chunk, except for text that is framed already.

    Args:
        closes: whether the stream ends in ``data: [DONE]``.
        named: whether events are named by the ``type`` of their chunk.
    """

    media_type = b"text/event-stream; charset=utf-8"

    def __init__(self, *, closes: bool = True, named: bool = False) -> None:
        self._closes = closes
        self._named = named
        self._framed: bool | None = None
        self._undecided: list[bytes] = []
        self._tracker = LineTracker()

    @property
    def at_boundary(self) -> bool:
        """Whether no event is open: always so, but in text that is framed already."""
        return self._tracker.between_events

    def chunk(self, value: Any) -> bytes:
        """Returns the bytes for one chunk.

        Raises:
            NotEncodableError: it is neither text, bytes nor JSON.
        """
        if self._framed and isinstance(value, str):  # the most frequent case, first
            text = value.encode("utf-8", "replace")
            self._tracker.feed(text)
            return text
        data = _as_bytes(value)
        if data is None:
            name = _name_line(value) if self._named else b""
            return self._settle(framed=False) + self._boundary() + name + event(encode_json(value))
        return self._text(data)

    def _text(self, data: bytes) -> bytes:
        if self._framed is None:
            self._undecided.append(data)
            decided = starts_framed(b"".join(self._undecided))
            return b"" if decided is None else self._settle(framed=decided)
        return self._out([data])

    def _settle(self, *, framed: bool) -> bytes:
        """Decides how text is read, if that is still open, and returns what was held back for it."""
        if self._framed is not None or not self._undecided:
            return b""
        self._framed = framed
        held, self._undecided = self._undecided, []
        return self._out(held)

    def _out(self, parts: Iterable[bytes]) -> bytes:
        if self._framed:
            data = b"".join(parts)
            self._tracker.feed(data)
            return data
        events = [event(part) for part in parts if part]
        self._tracker.done = self._tracker.done or DONE in events
        return b"".join(events)

    def _boundary(self) -> bytes:
        return self._tracker.close() if self._framed else b""

    def end(self) -> bytes:
        """Returns the end: what is still held back, and ``[DONE]`` unless the model sent its own."""
        tail = self._settle(framed=False) + self._boundary()
        return tail + DONE if self._closes and not self._tracker.done else tail

    def error(self, body: bytes) -> bytes:
        """Returns an error event, at an event boundary."""
        name = b"event: error\n" if self._named else b""
        return self._settle(framed=False) + self._boundary() + name + event(body)


class RawStream:
    """The grammar of /predict: text and bytes as they are, as on Truss. It cannot tell of an error."""

    media_type = b"application/octet-stream"
    at_boundary = False
    """There is no boundary: a comment would be part of the text."""

    def chunk(self, value: Any) -> bytes:
        """Returns the bytes for one chunk; one that is JSON after all is sent as its JSON."""
        data = _as_bytes(value)
        return encode_json(value) if data is None else data

    def end(self) -> bytes:
        """Returns nothing: the end of the body is the end."""
        return b""

    def error(self, body: bytes) -> bytes:  # noqa: ARG002 - the grammar's signature
        """Returns nothing: only the cut connection tells of it."""
        return b""


def grammar_for(first: Any, dialect: Dialect) -> Grammar:
    """Chooses the grammar of a stream by its route and its first chunk.

    On /predict, chunks that are JSON go out as events, without ``[DONE]``: their boundaries would be lost
    otherwise.
    """
    if dialect is Dialect.OPENAI:
        return EventStream()
    if dialect is not Dialect.PLAIN:
        return EventStream(closes=False, named=True)
    return EventStream(closes=False) if _as_bytes(first) is None else RawStream()
