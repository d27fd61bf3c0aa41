"""The agent of one host: it brings the host's sightings to the bus and the fleet's bans to the host.

Sightings leave the spool when the bus has stored them, so nothing is lost while it is away. A ban is asked of the
host's own service, which refuses whatever the host itself protects or allows.
"""

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

import msgspec

from scanwarden.errors import ScanwardenError, StoreError
from scanwarden.fleet.bus import BANS, REPORTS, SIGHTINGS, Bus, Entry
from scanwarden.fleet.errors import BusError, MessageError
from scanwarden.fleet.hosts import standing
from scanwarden.fleet.keys import SigningKey, Verifier
from scanwarden.fleet.messages import MOST_ROWS, FleetBan, HostReport, Sightings, parse, sign
from scanwarden.fleet.rows import ROW_BYTES
from scanwarden.model.address import Prefix
from scanwarden.model.time import NS_PER_S
from scanwarden.store.sightings import SightingsSpool, read_segment

log = logging.getLogger(__name__)
LOOK_EVERY_S = 0.25
REPORT_EVERY_S = 5.0
LOOK_UP_EVERY_S = 60.0
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 10.0
MOST_BAN_S = 30 * 86_400
MOST_BANS = 100_000  # remembered, so that a watch that begins anew does not ask again


class Guard(Protocol):
    """Whoever refuses sources on this host: its service."""

    def ban(self, source: Prefix, *, duration_s: int, reason: str, forgeable: bool) -> None:
        """Ban a source, or raise ScanwardenError saying why not; a forgeable one keeps established connections."""


class AgentCounts(msgspec.Struct, kw_only=True):
    """What an agent did since it started."""

    published: int = 0
    bans_applied: int = 0
    bans_refused: int = 0
    bans_not_believed: int = 0
    segments_damaged: int = 0


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
        now_ns: Callable[[], int],
    ) -> None:
        self._bus = bus
        self._host = host
        self._key = key
        self._authority = authority
        self._spool = spool
        self._guard = guard
        self._now_ns = now_ns
        self._sequence = 0
        self._known: dict[str, int] = {}
        self._is_in_trouble = False
        self._standing: str | None = None
        self.counts = AgentCounts()

    async def run(self) -> None:
        """Publish, follow and report, beginning again whenever the bus comes back."""
        async with asyncio.TaskGroup() as tasks:
            for work in (self._publish, self._follow, self._report, self._look_up):
                tasks.create_task(self._persist(work))

    async def _persist(self, work: Callable[[], Awaitable[None]]) -> None:
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                await work()
                pause_s = FIRST_PAUSE_S
                if work == self._report:
                    self._note_trouble(None)
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

    async def _publish(self) -> None:
        """Send the segments that wait, oldest first."""
        segments = await asyncio.to_thread(self._spool.segments)
        for path in segments:
            await self._send(path)
        await asyncio.sleep(LOOK_EVERY_S)

    async def _send(self, path: Path) -> None:
        """Send one segment and remove it; a damaged one is set aside once, with a count."""
        try:
            pieces = await asyncio.to_thread(read_segment, path)
        except StoreError as error:
            self.counts.segments_damaged += 1
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
        self.counts.published += len(rows) // ROW_BYTES

    async def _follow(self) -> None:
        """Ask for the bans of the shared list."""
        async for entry in self._bus.watch(BANS):
            if entry is not None and entry.value is not None:
                await self._apply(entry)

    async def _apply(self, entry: Entry) -> None:
        try:
            ban, signed = parse(entry.value or b"", FleetBan)
            left_s = (ban.expires_ns - self._now_ns()) // NS_PER_S
            name = str(ban.source)
            if left_s < 1 or self._known.get(name, 0) >= ban.expires_ns:
                return
            self._authority.check(signed.body, signed.signature)
        except MessageError as error:
            self.counts.bans_not_believed += 1
            log.warning("a ban of the fleet is not believed", extra={"reason": str(error), "key": entry.key})
            return
        self._remember(name, ban.expires_ns)
        reason = f"fleet: {ban.hosts} hosts reported {ban.scan}"
        try:
            ask = functools.partial(self._guard.ban, duration_s=min(left_s, MOST_BAN_S), reason=reason)
            await asyncio.to_thread(ask, ban.source, forgeable=not ban.verified)
            self.counts.bans_applied += 1
        except ScanwardenError as error:
            self.counts.bans_refused += 1
            log.info("this host does not follow a ban", extra={"reason": str(error)})

    def _remember(self, name: str, expires_ns: int) -> None:
        if len(self._known) >= MOST_BANS:
            now_ns = self._now_ns()
            self._known = {key: end for key, end in self._known.items() if end > now_ns}
        if len(self._known) >= MOST_BANS:
            self._known.clear()
        self._known[name] = expires_ns

    async def _look_up(self) -> None:
        """See whether the fleet still believes this host, and tell once if not."""
        found = await standing(self._bus, self._host, self._key)
        if found is not None and found != self._standing:
            log.warning("the fleet does not believe this host: leave and join again", extra={"reason": found})
        self._standing = found
        await asyncio.sleep(LOOK_UP_EVERY_S)

    async def _report(self) -> None:
        """Tell how this host is doing."""
        counts = self.counts
        report = HostReport(
            host=self._host,
            time_ns=self._now_ns(),
            spooled_bytes=await asyncio.to_thread(self._spool.waiting_bytes),
            spool_dropped=await asyncio.to_thread(self._spool.dropped),
            published=counts.published,
            bans_applied=counts.bans_applied,
            bans_refused=counts.bans_refused,
        )
        await self._bus.put(REPORTS, self._host, sign(report, self._key))
        await asyncio.sleep(REPORT_EVERY_S)
