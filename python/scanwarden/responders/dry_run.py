"""Enforce nothing and remember what would be banned: for rehearsals, and for observing."""

import time
from collections.abc import Sequence

from scanwarden.model.address import Prefix
from scanwarden.model.ban import Ban
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.responders.contract import MonotonicClock, Obstacle
from scanwarden.responders.keeper import Keeper
from scanwarden.responders.tool import Arming, Traits

DEFAULT_MAX_BANS = 131_072


class NoTool:
    """A firewall that is not there: it remembers and does nothing."""

    def __init__(self) -> None:
        self.traits = Traits(name="dry_run", has_timeouts=False)
        self._held: set[bytes] = set()  # bounded by the keeper's table

    def check(self) -> Sequence[Obstacle]:
        """Return nothing: a rehearsal needs no tool."""
        return ()

    def objections(self, bans: Sequence[Ban]) -> Sequence[str | None]:
        """Return None for each: anything can be rehearsed."""
        return [None] * len(bans)

    def set_up(self, protected: Sequence[Prefix], running: Sequence[Prefix]) -> None:
        """Do nothing: there is no firewall."""

    def protect(self, protected: Sequence[Prefix]) -> None:
        """Do nothing: the keeper refuses what is protected."""

    def put(self, bans: Sequence[Arming]) -> None:
        """Remember bans."""
        self._held.update(ban.source.key for ban in bans)

    def take_out(self, sources: Sequence[Prefix]) -> None:
        """Forget bans."""
        self._held.difference_update(source.key for source in sources)

    def holds(self, source: Prefix) -> bool:
        """Say whether a ban is remembered."""
        return source.key in self._held

    def is_in_place(self) -> bool:
        """Return True: nobody can take apart what is not there."""
        return True

    def remove(self) -> None:
        """Forget everything."""
        self._held.clear()

    def close(self) -> None:
        """Do nothing: nothing is held open."""


class DryRunResponder(Keeper):
    """A responder without a firewall: `is_in_force` says what would be in force."""

    def __init__(
        self,
        *,
        protected: PrefixTable | None = None,
        max_bans: int = DEFAULT_MAX_BANS,
        now_ns: MonotonicClock = time.monotonic_ns,
    ) -> None:
        super().__init__(NoTool(), max_bans=max_bans, protected=protected, now_ns=now_ns)
