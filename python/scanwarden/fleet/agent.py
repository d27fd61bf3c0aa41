"""The agent of one host: it brings the host's sightings to the bus and the fleet's bans to the host.

Sightings leave the spool when the bus has stored them, so nothing is lost while it is away. A ban is asked of the
host's own service, which refuses whatever the host itself protects or allows.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from scanwarden.errors import StoreError
from scanwarden.fleet.bus import BANS, REPORTS, SIGHTINGS, Bus
from scanwarden.fleet.errors import BusError, MessageError
from scanwarden.fleet.following import BanFollower, Guard
from scanwarden.fleet.hosts import standing
from scanwarden.fleet.keys import SigningKey, Verifier
from scanwarden.fleet.messages import MOST_ROWS, HostReport, Sightings, sign
from scanwarden.fleet.news import AgentNews
from scanwarden.fleet.rows import ROW_BYTES
from scanwarden.store.sightings import SightingsSpool, read_segment

log = logging.getLogger(__name__)
LOOK_EVERY_S = 0.25
REPORT_EVERY_S = 5.0
LOOK_UP_EVERY_S = 60.0
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 10.0
ASK_AGAIN_EVERY_S = 1.0


class Agent:
    """One host's agent; run it until it is cancelled."""

    def __init__(
        self,
        bus: Bus,
        *,
        host: str,
        key: SigningKey,
        authority: Verifier,
        spool: SightingsSpool,
        guard: Guard,
        news: AgentNews,
        now_ns: Callable[[], int],
    ) -> None:
        self._bus = bus
        self._host = host
        self._key = key
        self._spool = spool
        self._follower = BanFollower(guard, authority, now_ns=now_ns, on_asked=self._note_ban)
        self._now_ns = now_ns
        self._sequence = 0
        self._is_in_trouble = False
        self._news = news
        news.bans = self._follower.counts

    async def run(self) -> None:
        """Publish, follow and report, beginning again whenever the bus comes back."""
        async with asyncio.TaskGroup() as tasks:
            for work in (self._publish, self._follow, self._ask_again, self._report, self._look_up):
                tasks.create_task(self._persist(work))

    async def _persist(self, work: Callable[[], Awaitable[None]]) -> None:
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                await work()
                pause_s = FIRST_PAUSE_S
            except (BusError, MessageError, StoreError) as error:
                self._note_trouble(str(error))
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def _note_trouble(self, reason: str | None) -> None:
        """Tell once that the fleet cannot be reached, and once that it can again."""
        if reason is not None and not self._is_in_trouble:
            log.warning("the fleet is not reached; what is seen waits in the spool", extra={"reason": reason})
        elif reason is None and self._is_in_trouble:
            log.info("the fleet is reached again")
        self._is_in_trouble = reason is not None
        self._news.reason = reason

    async def _publish(self) -> None:
        """Send the segments that wait, oldest first."""
        segments = await asyncio.to_thread(self._spool.segments)
        for path in segments:
            await self._send(path)
        await asyncio.sleep(LOOK_EVERY_S)

    async def _send(self, path: Path) -> None:
        """Send one segment and remove it; a damaged one is removed, and said so."""
        try:
            pieces = await asyncio.to_thread(read_segment, path)
        except StoreError as error:
            log.warning("a segment of sightings is damaged", extra={"reason": str(error)})
            await asyncio.to_thread(path.unlink, missing_ok=True)
            return
        number = 0
        for piece in pieces:
            for begin in range(0, len(piece.rows), MOST_ROWS * ROW_BYTES):
                rows = piece.rows[begin : begin + MOST_ROWS * ROW_BYTES]
                # The same segment sent again after a failure has the same ids: the bus keeps each once.
                await self._send_rows(piece.partition, rows, f"{self._host}-{path.stem}-{number}")
                number += 1
        await asyncio.to_thread(path.unlink, missing_ok=True)

    async def _send_rows(self, partition: int, rows: bytes, message_id: str) -> None:
        now_ns = self._now_ns()
        self._sequence = max(self._sequence + 1, now_ns)
        message = Sightings(host=self._host, sequence=self._sequence, time_ns=now_ns, partition=partition, rows=rows)
        await self._bus.publish(SIGHTINGS, str(partition), sign(message, self._key), message_id=message_id)
        self._news.contacts_told += len(rows) // ROW_BYTES
        self._news.told_ns = self._now_ns()

    async def _follow(self) -> None:
        """Ask for the bans of the shared list."""
        async for entry in self._bus.watch(BANS):
            if entry is not None and entry.value is not None:
                await self._follower.take(entry)

    async def _ask_again(self) -> None:
        await self._follower.ask_again()
        await asyncio.sleep(ASK_AGAIN_EVERY_S)

    def _note_ban(self, outcome: str) -> None:
        self._news.last_ban, self._news.last_ban_ns = outcome, self._now_ns()

    async def _look_up(self) -> None:
        """See whether the fleet still believes this host, and tell once if not."""
        found = await standing(self._bus, self._host, self._key)
        if found is not None and found != self._news.disbelief:
            log.warning("the fleet does not believe this host: leave and join again", extra={"reason": found})
        self._news.disbelief = found
        await asyncio.sleep(LOOK_UP_EVERY_S)

    async def _report(self) -> None:
        """Tell how this host is doing."""
        bans = self._follower.counts
        report = HostReport(
            host=self._host,
            time_ns=self._now_ns(),
            spooled_bytes=await asyncio.to_thread(self._spool.waiting_bytes),
            spool_dropped=await asyncio.to_thread(self._spool.dropped),
            published=self._news.contacts_told,
            bans_applied=bans.applied,
            bans_refused=bans.refused,
        )
        await self._bus.put(REPORTS, self._host, sign(report, self._key))
        self._note_trouble(None)
        self._news.told_ns = self._now_ns()
        await asyncio.sleep(REPORT_EVERY_S)
