"""The token on the requests of the watches: read again in time, and at once when it is refused.

kopf would take up another one by closing the session with all that is open on it, every watch and whatever
another one of them was just asking; so it is never told.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

import aiohttp
from yarl import URL

from truss_operator.kube.credentials import Access, CredentialsError

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 10.0
"""Seconds between two tries while there is no other token than the refused one."""


class Bearer:
    """A middleware of aiohttp's client. Where there is no token it changes nothing.

    Args:
        access: The credentials.
        read: Reads them anew.
        answered: Told of each refusal: method, address and status code.
        now: Monotonic seconds.
    """

    def __init__(
        self,
        access: Access,
        read: Callable[[], Awaitable[Access]],
        answered: Callable[[str, URL, int | None], None],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._access = access
        self._read = read
        self._answered = answered
        self._now = now
        self._read_at = now()

    async def __call__(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        """Sends a request, again and again while it is refused."""
        pause = FIRST_PAUSE
        if self._access.good_for is not None and self._now() - self._read_at > self._access.good_for:
            await self._renew()
        while (used := self._access.authorization) is not None:
            request.headers[aiohttp.hdrs.AUTHORIZATION] = used
            response = await handler(request)
            if response.status != 401:
                return response
            response.close()
            self._answered(request.method, request.url, 401)
            if self._access.authorization == used:
                await self._renew()
            if self._access.authorization == used:
                log.warning("the API server refuses the token of the watches; again in %.0f s", pause)
                await asyncio.sleep(pause)
                pause = min(LONGEST_PAUSE, pause * 2)
        return await handler(request)

    async def _renew(self) -> None:
        try:
            self._access = await self._read()
        except CredentialsError as error:
            log.warning("%s", error)
        else:
            self._read_at = self._now()
