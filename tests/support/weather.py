"""Bad weather on the way to the API server: an HTTP proxy that answers itself, or hangs up, on demand."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

from controlplane import ControlPlane

_GONE = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Expired", "code": 410}
_EXPIRED = json.dumps({"type": "ERROR", "object": _GONE}).encode() + b"\n"
_HOP_BY_HOP = {"connection", "content-length", "transfer-encoding", "content-encoding", "host"}


@dataclass(frozen=True)
class Fault:
    """What a request gets instead of being passed on."""

    status: int
    """0: the connection is cut without an answer."""
    headers: dict[str, str] = field(default_factory=dict)
    after: bool = False
    """Whether the request is passed on first, so that only its answer is lost."""
    seconds: float = 0
    """How long nothing happens before that."""
    late: bool = False
    """Whether the request gets what it asked for after all, late."""


@dataclass
class Weather:
    """The proxy; `faults` are used up one by one by the requests that `strikes` picks."""

    loop: asyncio.AbstractEventLoop
    url: str = ""
    faults: list[Fault] = field(default_factory=list)
    strikes: Callable[[web.BaseRequest], bool] = lambda _: True
    struck: list[str] = field(default_factory=list)
    """Requests that were hit, as ``METHOD path``."""
    holds: Callable[[web.BaseRequest], bool] = lambda _: False
    """Picks requests that are kept on the way until `let_go`."""
    held: list[str] = field(default_factory=list)
    """Those, as ``METHOD path``."""
    statuses: list[int] = field(default_factory=list)
    """What they got when they went on at last."""
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    watches: list[web.BaseRequest] = field(default_factory=list)
    """Watches that were let through."""
    expiries: list[asyncio.Event] = field(default_factory=list)
    """One for each of them: set when its resourceVersion is too old."""
    mutes: list[asyncio.Event] = field(default_factory=list)
    """Likewise: set when nothing comes through any more."""
    swallows: Callable[[web.BaseRequest], bool] = lambda _: False
    """Picks watches that stay open and of which nothing comes through, new ones too."""
    writes: list[str] = field(default_factory=list)
    """Requests that changed something, or could have, as ``METHOD path``. Events are not among them."""

    def cut_watches(self) -> int:
        """Cuts the watches that are open; returns how many there were."""
        open_ones = [request.transport for request in self.watches if request.transport is not None]
        for transport in open_ones:
            self.loop.call_soon_threadsafe(transport.abort)
        return len(open_ones)

    def let_go(self) -> None:
        """Lets what is held go on."""
        self.loop.call_soon_threadsafe(self.gate.set)

    def expire_watches(self) -> None:
        """Ends the watches as an API server does whose history no longer reaches back: 410, list anew."""
        for expiry in self.expiries:
            self.loop.call_soon_threadsafe(expiry.set)

    def mute_watches(self) -> None:
        """Keeps the watches open and lets nothing through: the other side is gone without a word."""
        for mute in self.mutes:
            self.loop.call_soon_threadsafe(mute.set)

    async def fault_of(self, request: web.BaseRequest) -> Fault | None:
        """What strikes the request, once its time has passed."""
        if not self.faults or not self.strikes(request):
            return None
        self.struck.append(f"{request.method} {request.path}")
        fault = self.faults.pop(0)
        await asyncio.sleep(fault.seconds)
        return None if fault.late else fault

    def note(self, request: web.BaseRequest, answer: aiohttp.ClientResponse) -> None:
        written = request.method != "GET" and "dryRun" not in request.query_string
        if written and answer.ok and "/events" not in request.path:
            self.writes.append(f"{request.method} {request.path}")


@contextmanager
def weather(plane: ControlPlane) -> Iterator[Weather]:
    """Runs the proxy before the API server while the context lasts, in a thread of its own."""
    begun: Future[tuple[Weather, asyncio.Event]] = Future()
    with ThreadPoolExecutor(1, "weather") as pool:
        running = pool.submit(asyncio.run, _proxy(plane, begun))
        sky, end = begun.result(10)
        try:
            yield sky
        finally:
            sky.loop.call_soon_threadsafe(end.set)
            running.result(10)


async def _proxy(plane: ControlPlane, begun: Future[tuple[Weather, asyncio.Event]]) -> None:
    sky, end = Weather(asyncio.get_running_loop()), asyncio.Event()
    connector = aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=plane.ca), limit=0)
    async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as session:

        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            body = await request.read()
            fault = await sky.fault_of(request)
            if fault is not None and not fault.after:
                return _strike(request, fault)
            held = sky.holds(request)
            if held:
                sky.held.append(f"{request.method} {request.path}")
                await sky.gate.wait()
            async with session.request(
                request.method,
                plane.url + request.raw_path,
                data=body or None,
                headers=_passed_on(request.headers.items()),
                skip_auto_headers=("Content-Type",),
            ) as answer:
                if held:
                    sky.statuses.append(answer.status)
                sky.note(request, answer)
                if fault is not None:
                    if "watch=true" not in request.query_string:
                        await answer.read()
                    return _strike(request, fault)
                expiry, mute = asyncio.Event(), asyncio.Event()
                if "watch=true" in request.query_string:
                    sky.watches.append(request)
                    sky.expiries.append(expiry)
                    sky.mutes.append(mute)
                return await _relay(request, answer, expiry, lambda: mute.is_set() or sky.swallows(request))

        runner = web.ServerRunner(web.Server(handle, handler_cancellation=True), shutdown_timeout=0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        sky.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        begun.set_result((sky, end))
        await end.wait()
        await session.close()  # ends the watches that are open
        await runner.cleanup()
    await asyncio.sleep(0.25)  # what TLS connections get to close in


def _passed_on(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {key: value for key, value in headers if key.lower() not in _HOP_BY_HOP}


def _strike(request: web.BaseRequest, fault: Fault) -> web.Response:
    if fault.status == 0:
        assert request.transport is not None
        request.transport.abort()
    return web.Response(status=fault.status or 500, headers=fault.headers, text="bad weather")


async def _relay(
    request: web.BaseRequest,
    answer: aiohttp.ClientResponse,
    expiry: asyncio.Event,
    is_mute: Callable[[], bool],
) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, headers=_passed_on(answer.headers.items()))
    await response.prepare(request)
    try:
        async for chunk in _until(expiry, answer.content):
            if not is_mute():
                await response.write(chunk)
        if expiry.is_set():
            await response.write(_EXPIRED)
        await response.write_eof()
    except (aiohttp.ClientError, ConnectionResetError):
        pass  # the one side went away: so does the other
    return response


async def _until(expiry: asyncio.Event, content: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    """What comes, until the event is set, and then the rest of the line."""
    end, rest = asyncio.ensure_future(expiry.wait()), False
    try:
        while rest or not end.done():
            coming = asyncio.ensure_future(content.readany())
            coming.add_done_callback(lambda done: done.cancelled() or done.exception())
            try:
                await asyncio.wait({coming} if rest else {coming, end}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                if not coming.done():
                    coming.cancel()
            if coming.cancelled() or not coming.done() or not (chunk := coming.result()):
                return
            rest = not chunk.endswith(b"\n")
            yield chunk
    finally:
        end.cancel()
