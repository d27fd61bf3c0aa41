"""Compute again whom the host needs when the network changed, and once a minute for people who logged in."""

import asyncio
from collections.abc import Awaitable, Callable

from scanwarden.daemon.protection import NetworkChanges, Protection, compute

EVERY_S = 60.0
SETTLE_S = 0.2  # changes come in bursts: an address, its routes, its link


class Renewal:
    """Call `renew` with a fresh `Protection` whenever there may be news."""

    def __init__(
        self,
        changes: NetworkChanges,
        renew: Callable[[Protection], Awaitable[None]],
        *,
        find: Callable[[], Protection] = compute,
        every_s: float = EVERY_S,
    ) -> None:
        self._changes = changes
        self._renew = renew
        self._find = find
        self._every_s = every_s
        self._has_news = asyncio.Event()

    async def run(self) -> None:
        """Wait for news and act on them until cancelled."""
        loop = asyncio.get_running_loop()
        loop.add_reader(self._changes.fileno(), self._look)
        try:
            while True:
                await self._wait_for_news()
                await self._renew(await asyncio.to_thread(self._find))
        finally:
            loop.remove_reader(self._changes.fileno())

    def _look(self) -> None:
        if self._changes.take():
            self._has_news.set()

    async def _wait_for_news(self) -> None:
        try:
            await asyncio.wait_for(self._has_news.wait(), self._every_s)
        except TimeoutError:
            return
        await asyncio.sleep(SETTLE_S)
        self._has_news.clear()
