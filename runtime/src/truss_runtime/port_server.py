"""The server of one port: uvicorn's, with the signals left to us and an end that comes when it is told."""

import asyncio
import contextlib
from collections.abc import Iterator

import uvicorn


class PortServer(uvicorn.Server):
    """Uvicorn's server; its own would look ten times a second whether it is to end."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._told = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Takes none: they are the process's, not a port's."""
        yield

    async def main_loop(self) -> None:
        """Runs until it is told to end."""
        self._loop = asyncio.get_running_loop()
        if self.should_exit:
            return
        ticking = asyncio.create_task(super().main_loop())
        await self._told.wait()
        ticking.cancel()

    def end(self) -> None:
        """Tells it to end: closes the listener and finishes what is under way. From any thread."""
        self.should_exit = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # it has ended
                self._loop.call_soon_threadsafe(self._told.set)
