"""Put what the detector saw into the spool from which the fleet's agent takes it."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from scanwarden.config.sections.fleet import FleetSettings
from scanwarden.daemon.watch import HOST_CLOCKS
from scanwarden.errors import StoreError
from scanwarden.store.sightings import PARTITIONS, SPOOL, Piece, SightingsSpool

LOOK_EVERY_S = 0.5
TAKEN_AT_ONCE = 65_536


class Sighting(Protocol):
    """What the core's detector offers: settled contacts, packed and divided by source."""

    def take_packed(self, limit: int, parts: int, /) -> list[tuple[int, bytes]]:
        """Give them, oldest first."""


class SightingsTap:
    """Takes sightings while the watch runs; `on_trouble` hears kind and text once when they cannot be kept."""

    def __init__(self, core: Sighting, settings: FleetSettings, *, on_trouble: Callable[[str, str], None]) -> None:
        self._core = core
        self._spool = SightingsSpool(settings.folder / SPOOL, max_bytes=int(settings.spool))
        self._on_trouble = on_trouble
        self._is_in_trouble = False

    async def run(self) -> None:
        """Look twice a second, for good."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Spool what is there; what cannot be written is lost, and said so once."""
        packed = self._core.take_packed(TAKEN_AT_ONCE, PARTITIONS)
        if not packed:
            return
        pieces = [Piece(partition, rows) for partition, rows in packed]
        try:
            await asyncio.to_thread(self._keep, pieces)
        except StoreError as error:
            if not self._is_in_trouble:
                self._on_trouble("sightings_lost", f"the fleet is not told what is seen here: {error}")
            self._is_in_trouble = True
        else:
            self._is_in_trouble = False

    def _keep(self, pieces: list[Piece]) -> None:
        self._spool.open()
        self._spool.append(pieces, HOST_CLOCKS.wall_ns())
