"""How many pods are asked at once: so many in all, and so many of one namespace.

A pod that does not answer holds its slot until the time is up. A namespace that is full of them waits for
itself, and leaves room for the others.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary


class Slots:
    """Slots to ask in.

    Args:
        total: How many there are.
        share: How many of them one namespace may hold.
    """

    def __init__(self, total: int = 64, share: int = 16) -> None:
        self._total = asyncio.Semaphore(total)
        self._share = share
        self._shares: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def of(self, namespace: str) -> AsyncIterator[None]:
        """One slot of that namespace, while the context lasts."""
        share = self._shares.get(namespace)
        if share is None:
            share = self._shares[namespace] = asyncio.Semaphore(self._share)
        async with share, self._total:
            yield
