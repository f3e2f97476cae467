"""What stands between an operator and the API server and counts the bytes: those of watches, and the rest.

Both sides are TLS, so that the operator has the work that it would have without it. It speaks HTTP/1.1 only,
where a connection carries one request at a time, so that each byte belongs to a watch or does not.
"""

import asyncio
import re
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from controlplane import ControlPlane

from .certificate import Certificate

_REQUEST = re.compile(rb"(?:GET|POST|PUT|PATCH|DELETE) (\S+) HTTP/1\.1\r\n")
_WATCH = re.compile(rb"/([a-z]+)\?(?:.*&)?watch=(?:1|true)(?:&|$)")
_CHUNK = 2**16

Count = Callable[[bytes], None]


@dataclass(slots=True)
class Bytes:
    """How many came by so far."""

    watched: Counter[str] = field(default_factory=Counter)
    """From the API server, on watches, by resource."""
    answered: int = 0
    """From the API server, to anything else."""
    asked: int = 0
    """To the API server."""

    def since(self, before: "Bytes") -> "Bytes":
        """What came by since then."""
        return Bytes(
            self.watched - before.watched, self.answered - before.answered, self.asked - before.asked
        )

    def copy(self) -> "Bytes":
        """The counts as they are now."""
        return replace(self, watched=self.watched.copy())


class Relay:
    """Passes everything on."""

    def __init__(self, plane: ControlPlane) -> None:
        self._port = int(plane.url.rpartition(":")[2])
        self._context = ssl.create_default_context(cafile=plane.ca)
        self._bytes = Bytes()

    def bytes(self) -> Bytes:
        """The counts as they are now."""
        return self._bytes.copy()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves one connection until either side ends it."""
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._port, ssl=self._context)
        except OSError:
            writer.close()
            return
        wire = Wire(self._bytes)
        ways = [
            asyncio.create_task(_carry(reader, far_writer, wire.up)),
            asyncio.create_task(_carry(far_reader, writer, wire.down)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            for end in (writer, far_writer):
                end.close()


class Wire:
    """One connection, which is on a watch from that request on until its next."""

    def __init__(self, count: Bytes) -> None:
        self._count = count
        self._watched = ""

    def up(self, data: bytes) -> None:
        self._count.asked += len(data)
        if request := _REQUEST.match(data):
            watch = _WATCH.search(request[1])
            self._watched = watch[1].decode() if watch else ""

    def down(self, data: bytes) -> None:
        if self._watched:
            self._count.watched[self._watched] += len(data)
        else:
            self._count.answered += len(data)


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, count: Count) -> None:
    try:
        while data := await reader.read(_CHUNK):
            count(data)
            writer.write(data)
            await writer.drain()
    except OSError:
        return


@asynccontextmanager
async def relayed(plane: ControlPlane, certificate: Certificate) -> AsyncIterator[tuple[Relay, str]]:
    """Runs it while the context lasts; with its URL."""
    relay = Relay(plane)
    server = await asyncio.start_server(relay.take, "127.0.0.1", 0, ssl=certificate.context())
    try:
        yield relay, f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
