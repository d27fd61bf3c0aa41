"""Enforce nothing and remember what would be banned: for rehearsals, and for observing."""

import time
from collections.abc import Sequence

from scanwarden.model.address import Prefix
from scanwarden.model.ban import Ban
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.responders.admission import admit, unmapped
from scanwarden.responders.ban_clock import BanClock, Running
from scanwarden.responders.contract import BanReceipt, MonotonicClock, Obstacle

DEFAULT_MAX_BANS = 131_072
_NS_PER_S = 1_000_000_000


class DryRunResponder:
    """A responder without a firewall: `is_in_force` says what would be in force."""

    name = "dry_run"

    def __init__(
        self,
        *,
        protected: PrefixTable | None = None,
        max_bans: int = DEFAULT_MAX_BANS,
        now_ns: MonotonicClock = time.monotonic_ns,
    ) -> None:
        self._protected = protected or PrefixTable()
        self._clock = BanClock(max_bans)
        self._now_ns = now_ns

    def check(self) -> Sequence[Obstacle]:
        """Return nothing: a rehearsal needs no tool."""
        return ()

    def prepare(self) -> None:
        """Do nothing: there is no firewall to prepare."""

    def protect(self, protected: PrefixTable) -> Sequence[Prefix]:
        """Never ban these from now on, and forget bans that touch them."""
        self._protected = protected
        return self.unban([ban.source for ban in self._clock if protected.overlap(ban.source)])

    def ban(self, batch: Sequence[Ban]) -> BanReceipt:
        """Remember what would be banned; when the table is full, those that end first give way."""
        now_ns = self._now_ns()
        self._clock.expire(now_ns)
        admitted, refused = admit(batch, self._protected)
        evicted: list[Prefix] = []
        for ban in admitted:
            if self._clock.get(ban.source) is None and len(self._clock) >= self._clock.max_bans:
                evicted += self.unban([running.source for running in self._clock.first_to_give_way(1)])
            ends_ns = now_ns + ban.duration_s * _NS_PER_S
            self._clock.add(
                Running(
                    source=ban.source,
                    ends_ns=ends_ns,
                    armed_until_ns=ends_ns,
                    forgeable=ban.forgeable,
                    spare_established=ban.spare_established,
                )
            )
        return BanReceipt(in_force=tuple(admitted), refused=tuple(refused), evicted=tuple(evicted))

    def unban(self, batch: Sequence[Prefix]) -> Sequence[Prefix]:
        """Forget these bans and return those that were remembered."""
        self._clock.expire(self._now_ns())
        return [source for source in map(unmapped, batch) if self._clock.remove(source)]

    def is_in_force(self, source: Prefix) -> bool:
        """Say whether a ban of exactly this source would hold now."""
        running = self._clock.get(unmapped(source))
        return running is not None and running.ends_ns > self._now_ns()

    def is_intact(self) -> bool:
        """Return True: nobody can take apart what is not there."""
        return True

    def refresh(self) -> int:
        """Forget what has ended; nothing needs re-arming."""
        self._clock.expire(self._now_ns())
        return 0

    @property
    def active_count(self) -> int:
        """Return how many bans would be in force."""
        self._clock.expire(self._now_ns())
        return len(self._clock)

    def cleanup(self) -> None:
        """Forget everything."""
        self._clock.clear()

    def close(self) -> None:
        """Do nothing: nothing is held open."""
