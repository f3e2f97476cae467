"""One connection of the main port: uvicorn's, with an ear for a client that leaves or sends too slowly.

uvicorn tells an application of a lost connection only when it asks, which would take a second task for each
request. This one calls back, at no cost to a request that is answered in peace.
"""

import asyncio
from collections.abc import Callable
from typing import cast

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

SCOPE_KEY = "truss_runtime.connection"

HEAD_BYTES = 1 << 20
"""The request line and headers, all in all: several times what any client sends."""

SEND_SECONDS = 30.0
SEND_BYTES_PER_SECOND = 500
"""What a request has to arrive in, and one second more for so many bytes, as in Apache's mod_reqtimeout."""

FLUSH_SECONDS = 5.0
"""How long a connection that is cut may take to send what it already holds."""


class Connection(HttpToolsProtocol):
    """A connection that can be listened to. The running request finds it in its scope."""

    on_lost: Callable[[], None] | None = None
    """Called when the connection breaks before the answer is complete."""
    patience = SEND_SECONDS

    _arriving = False  # a request has begun to arrive and is not complete
    _head = False  # its headers are complete
    _begun = 0.0
    _received = 0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Starts to wait for the first request."""
        super().connection_made(cast("asyncio.Transport", transport))
        self._begun = self.loop.time()
        self._timer = self.loop.call_later(self.patience, self._check)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tells who works for it."""
        super().connection_lost(exc)
        if self._timer is not None:
            self._timer.cancel()
        listener = self.on_lost
        if listener is not None and (self.cycle.disconnected or self.pipeline):
            listener()

    def data_received(self, data: bytes) -> None:
        """Parses what came, and keeps an eye on a request that is not complete with it."""
        super().data_received(data)
        if not self._arriving:
            return
        self._received += len(data)
        if self._timer is None:
            self._timer = self.loop.call_later(self.patience, self._check)
        if not self._head and self._received > HEAD_BYTES:
            self._refuse(b"431 Request Header Fields Too Large", b"The request's headers are too large.")

    def handle_websocket_upgrade(self) -> None:
        """Hands the connection over: what comes from now on is no request that could be slow."""
        self._arriving = False
        if self._timer is not None:
            self._timer.cancel()
        super().handle_websocket_upgrade()

    def on_message_begin(self) -> None:
        """A request begins to arrive."""
        super().on_message_begin()
        cast("Scope", self.scope)[SCOPE_KEY] = self
        self._arriving = True
        self._head = False
        self._received = 0
        self._begun = self.loop.time()

    def on_headers_complete(self) -> None:
        """Its head is there."""
        self._head = True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """All of it is there."""
        self._arriving = False
        super().on_message_complete()

    def timeout_keep_alive_handler(self) -> None:
        """Closes an idle connection, also one whose client never took the answer."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            super().timeout_keep_alive_handler()

    def write_chunk(self, data: bytes) -> bool:
        """Writes a part of the running answer's body at once, as uvicorn's ``send`` would at twice the cost.

        Returns:
            Whether it did. If not, ``send`` must: it waits for a slow reader, and knows all the other cases.
        """
        if (
            self.flow.write_paused
            or self.pipeline
            or not self.cycle.chunked_encoding
            or self.cycle.disconnected
        ):
            return False
        self.transport.write(b"%x\r\n%b\r\n" % (len(data), data))
        return True

    def cut(self) -> None:
        """Closes the connection although the answer is not complete; a slow reader is not waited for long."""
        self.transport.close()
        self.loop.call_later(FLUSH_SECONDS, self.transport.abort)

    @property
    def _latest(self) -> RequestResponseCycle | None:
        """The last request whose head has been read."""
        return self.cycle

    def _check(self) -> None:
        """Closes the connection if its request takes too long to arrive; else looks again when it might."""
        self._timer = None
        if self.transport.is_closing() or not (self._arriving or self._latest is None):
            return
        late = self.loop.time() - self._begun - self.patience - self._received / SEND_BYTES_PER_SECOND
        if self.flow.read_paused:  # it is we who do not read
            self._timer = self.loop.call_later(self.patience, self._check)
        elif late < 0:
            self._timer = self.loop.call_later(-late, self._check)
        elif self._arriving:
            self._refuse(b"408 Request Timeout", b"The request took too long to arrive.")
        else:
            self.transport.close()  # nothing has been asked yet

    def _refuse(self, status: bytes, message: bytes) -> None:
        """Answers in place of the application, which has not begun to: it waits for the request."""
        cycle = self._latest
        if cycle is None or (not cycle.response_started if self._head else cycle.response_complete):
            head = b"HTTP/1.1 %b\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\n"
            self.transport.write(head % (status, len(message)) + b"connection: close\r\n\r\n" + message)
        self.transport.close()


def connection_of(scope: Scope) -> Connection | None:
    """Returns the connection of a request; None for one that came by none, such as the smoke request."""
    return cast("Connection | None", scope.get(SCOPE_KEY))
