"""Walks a plain generator on one thread, ahead of the reader by a bounded number of chunks.

One thread for the whole stream, in place of one hop to a pool for each chunk, which costs several times what
a chunk does. A reader that does not read stops the generator; one that is gone ends it at its next ``yield``.
"""

import asyncio
import contextvars
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Executor
from typing import Any

BUFFERED_CHUNKS = 64


class Pump:
    """An asynchronous iterator over a plain one. Made and read on the event loop.

    The two sides share a deque and two flags, without a lock: each side first writes its own, then looks at
    the other's, so that at least one of them sees both. The end is told once the thread is free again: who
    gets the reader's place among the calls finds it idle.

    Args:
        iterator: what the thread walks, and closes in the end if it can be closed.
        executor: whose thread walks it, one for the whole stream.
    """

    def __init__(self, iterator: Iterator[Any], executor: Executor) -> None:
        self._iterator = iterator
        self._loop = asyncio.get_running_loop()
        self._buffer: deque[Any] = deque()
        self._room = threading.Event()
        self._room.set()
        self._asleep = False  # the reader waits on _awake
        self._awake = asyncio.Event()
        self._over = False  # nothing more will be put into the buffer, and the thread is free
        self._closed = False  # nobody will read any more
        self._error: BaseException | None = None
        context = contextvars.copy_context()
        self.ended = self._loop.run_in_executor(executor, context.run, self._walk)
        """Done once the thread has closed the generator and is free for other work."""
        self.ended.add_done_callback(self._end)

    def __aiter__(self) -> "Pump":
        return self

    async def __anext__(self) -> Any:
        """Returns the next chunk.

        Raises:
            StopAsyncIteration: the generator has ended.
            BaseException: whatever the generator raised.
        """
        while not self._buffer:
            if self._over and not self._buffer:
                self._raise_error()
                raise StopAsyncIteration
            self._awake.clear()
            self._asleep = True
            if not self._buffer and not self._over:
                await self._awake.wait()
            self._asleep = False
        chunk = self._buffer.popleft()
        if len(self._buffer) <= BUFFERED_CHUNKS // 2 and not self._room.is_set():
            self._room.set()
        return chunk

    def ready(self) -> Iterator[Any]:
        """Yields the chunks that are there already, without waiting for more."""
        for _ in range(len(self._buffer)):
            yield self._buffer.popleft()
        if not self._room.is_set():
            self._room.set()

    async def aclose(self) -> None:
        """Tells the thread to close the generator and waits until it has: till then the thread is taken.

        Raises:
            BaseException: whatever the generator raised that has not been read.
        """
        self._closed = True
        self._room.set()
        await asyncio.shield(self.ended)
        self._raise_error()

    def _raise_error(self) -> None:
        error, self._error = self._error, None
        if error is not None:
            raise error

    def _walk(self) -> None:
        try:
            for chunk in self._iterator:
                self._put(chunk)
                if self._closed:
                    break
        except BaseException as error:  # noqa: BLE001 - handed to the reader, whatever it is
            # A StopIteration would end the reader's loop as if all were well.
            self._error = RuntimeError("StopIteration raised") if isinstance(error, StopIteration) else error
        finally:
            self._close_iterator()

    def _put(self, chunk: Any) -> None:
        self._buffer.append(chunk)
        if self._asleep:
            self._wake()
        if len(self._buffer) >= BUFFERED_CHUNKS and not self._closed:
            self._room.clear()
            if len(self._buffer) >= BUFFERED_CHUNKS and not self._closed:
                self._room.wait()

    def _close_iterator(self) -> None:
        close = getattr(self._iterator, "close", None)
        if close is not None:
            try:
                close()
            except BaseException as error:  # noqa: BLE001 - handed to the reader, whatever it is
                self._error = self._error or error

    def _end(self, ended: asyncio.Future[None]) -> None:  # noqa: ARG002 - the signature of a callback
        self._over = True
        self._asleep = False
        self._awake.set()

    def _wake(self) -> None:
        self._asleep = False
        self._loop.call_soon_threadsafe(self._awake.set)
