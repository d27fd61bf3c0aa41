"""Look sources up in the user's files from the event loop, at most so many at once."""

import asyncio

from scanwarden.enrich import Enricher
from scanwarden.model.address import Address

MAX_LOOK_UPS = 4


class KnownSources:
    """What files and, if asked for, the resolver say about addresses.

    `MAX_LOOK_UPS` go on at once, each in a thread; a page that asks while so many do waits for its turn.
    """

    def __init__(self, enricher: Enricher) -> None:
        self._enricher = enricher
        self._looking = asyncio.Semaphore(MAX_LOOK_UPS)

    async def of(self, address: Address | None) -> tuple[str, ...]:
        """Say what is known in short phrases; none of a network or a group, or where nothing is set."""
        if address is None or not self._enricher.is_used:
            return ()
        async with self._looking:
            known = await asyncio.to_thread(self._enricher.of, address)
        return tuple(known.words())
