"""Follow the fleet's bans: believe the authority alone, and ask this host's service, which may refuse.

A ban that nobody could be asked about, because the service was starting or away, is asked about again.
"""

import asyncio
import functools
import logging
from collections.abc import Callable
from typing import Protocol

import msgspec

from scanwarden.control.client import NotRunningError
from scanwarden.errors import ScanwardenError
from scanwarden.fleet.bus import Entry
from scanwarden.fleet.errors import MessageError
from scanwarden.fleet.keys import Verifier
from scanwarden.fleet.messages import FleetBan, parse
from scanwarden.model.address import Prefix
from scanwarden.model.time import NS_PER_S

log = logging.getLogger(__name__)
MOST_BAN_S = 30 * 86_400
MOST_BANS = 100_000  # remembered, so that a watch that begins anew does not ask again


class Guard(Protocol):
    """Whoever refuses sources on this host: its service."""

    def ban(self, source: Prefix, *, duration_s: int, reason: str, forgeable: bool) -> None:
        """Ban a source, or raise ScanwardenError saying why not; a forgeable one keeps established connections."""


class FollowCounts(msgspec.Struct, kw_only=True):
    """What became of the fleet's bans here since the start."""

    applied: int = 0
    refused: int = 0
    not_believed: int = 0
    waiting: int = 0


class BanFollower:
    """Brings bans to the guard, each once; `on_asked` hears what became of each."""

    def __init__(
        self,
        guard: Guard,
        authority: Verifier,
        *,
        now_ns: Callable[[], int],
        on_asked: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._guard = guard
        self._authority = authority
        self._now_ns = now_ns
        self._on_asked = on_asked
        self._known: dict[str, int] = {}
        self._waiting: dict[str, FleetBan] = {}
        self._has_told = False
        self.counts = FollowCounts()

    async def take(self, entry: Entry) -> None:
        """Follow one entry of the list, if it is news and the authority signed it."""
        try:
            ban, signed = parse(entry.value or b"", FleetBan)
            if self._left_s(ban) < 1 or self._known.get(str(ban.source), 0) >= ban.expires_ns:
                return
            self._authority.check(signed.body, signed.signature)
        except MessageError as error:
            self.counts.not_believed += 1
            log.warning("a ban of the fleet is not believed", extra={"reason": str(error), "key": entry.key})
            return
        self._remember(ban)
        await self._ask(ban)

    async def ask_again(self) -> None:
        """Ask about the bans that wait because nobody answered."""
        waiting, self._waiting = self._waiting, {}
        self.counts.waiting = 0
        for ban in waiting.values():
            if self._left_s(ban) >= 1:
                await self._ask(ban)

    async def _ask(self, ban: FleetBan) -> None:
        reason = f"fleet: {ban.hosts} hosts reported {ban.scan}"
        ask = functools.partial(self._guard.ban, duration_s=min(self._left_s(ban), MOST_BAN_S), reason=reason)
        try:
            await asyncio.to_thread(ask, ban.source, forgeable=not ban.verified)
            self.counts.applied += 1
            self._on_asked(f"{ban.source} banned")
            self._has_told = False
        except NotRunningError as error:
            if not self._has_told:
                log.info("bans of the fleet wait for the service", extra={"reason": str(error)})
            self._has_told = True
            self._waiting[str(ban.source)] = ban
            self.counts.waiting = len(self._waiting)
            self._on_asked(f"{ban.source} waits for the service")
        except ScanwardenError as error:
            self.counts.refused += 1
            self._on_asked(f"{ban.source} refused: {error.message}")
            log.info("this host does not follow a ban", extra={"reason": str(error)})

    def _left_s(self, ban: FleetBan) -> int:
        return (ban.expires_ns - self._now_ns()) // NS_PER_S

    def _remember(self, ban: FleetBan) -> None:
        if len(self._known) >= MOST_BANS:
            now_ns = self._now_ns()
            self._known = {key: end for key, end in self._known.items() if end > now_ns}
        if len(self._known) >= MOST_BANS:
            self._known.clear()
            self._waiting.clear()
        self._known[str(ban.source)] = ban.expires_ns
