"""Know which bans are in force and when they end: firewalls do not report expiry."""

from collections.abc import Callable, Iterable, Iterator
from heapq import heapify, heappop, heappush, nsmallest

import msgspec

from scanwarden.model.address import Prefix
from scanwarden.model.detection import ScanId


class Running(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A ban that is in force.

    `ends_ns` is when the ban ends, `armed_until_ns` how far ahead the firewall was told (both monotonic).
    """

    source: Prefix
    ends_ns: int
    armed_until_ns: int
    forgeable: bool
    spare_established: bool
    scan: ScanId | None = None
    reason: str = ""


class BanClock:
    """Bans in force, bounded by `max_bans`; the caller makes room before it adds.

    Keyed by packed bytes. Each change costs the logarithm of the number of bans; the heap is rebuilt when more than
    half of it is stale, so memory stays within twice `max_bans` entries. `is_apart` picks sources to be listed quickly.
    """

    def __init__(self, max_bans: int, *, is_apart: Callable[[Prefix], bool] = lambda _: False) -> None:
        self.max_bans = max_bans
        self._is_apart = is_apart
        self._apart: dict[bytes, Running] = {}
        self._partly_armed: dict[bytes, Running] = {}
        self._running: dict[bytes, Running] = {}
        self._ends: list[tuple[int, bytes]] = []

    def __len__(self) -> int:
        return len(self._running)

    def __iter__(self) -> Iterator[Running]:
        return iter(self._running.values())

    @property
    def last_added(self) -> Running | None:
        """Return the ban that was started last of those that run; None if none runs."""
        return self._running[next(reversed(self._running))] if self._running else None

    def get(self, source: Prefix) -> Running | None:
        """Return the running ban of exactly this source."""
        return self._running.get(source.key)

    def add(self, running: Running) -> None:
        """Start or restart a ban; raises ValueError when the clock is full."""
        key = running.source.key
        if key not in self._running and len(self._running) >= self.max_bans:
            raise ValueError(f"the clock holds {self.max_bans} bans already")
        self._running.pop(key, None)  # so that the last one added comes last
        self._running[key] = running
        if self._is_apart(running.source):
            self._apart[key] = running
        self._partly_armed.pop(key, None)
        if running.armed_until_ns < running.ends_ns:
            self._partly_armed[key] = running
        heappush(self._ends, (running.ends_ns, key))
        if len(self._ends) > 2 * len(self._running) + 16:
            self._ends = [(ban.ends_ns, key) for key, ban in self._running.items()]
            heapify(self._ends)

    def remove(self, source: Prefix) -> Running | None:
        """Forget a ban and return it; None if it was not running."""
        self._apart.pop(source.key, None)
        self._partly_armed.pop(source.key, None)
        return self._running.pop(source.key, None)

    def expire(self, now_ns: int) -> list[Running]:
        """Forget and return the bans that have ended by `now_ns`, earliest first."""
        ended: list[Running] = []
        while self._ends and self._ends[0][0] <= now_ns:
            if running := self._pop_first():
                ended.append(running)
        return ended

    def apart(self) -> Iterable[Running]:
        """Return the running bans whose source `is_apart`, without looking through the others."""
        return self._apart.values()

    def ended(self, now_ns: int) -> list[Running]:
        """Return the bans that have ended by `now_ns` without forgetting them."""
        if not self._ends or self._ends[0][0] > now_ns:
            return []
        return [ban for ban in self if ban.ends_ns <= now_ns]

    def first_to_give_way(self, count: int) -> list[Running]:
        """Return the `count` bans that make room for others: forgeable ones first, of those the first to end."""
        return nsmallest(count, self._running.values(), key=lambda ban: (not ban.forgeable, ban.ends_ns))

    def due_for_arming(self, now_ns: int, *, ahead_ns: int) -> list[Running]:
        """Return the bans whose firewall timeout runs out within `ahead_ns` although they go on."""
        return [ban for ban in self._partly_armed.values() if ban.armed_until_ns - now_ns <= ahead_ns]

    def clear(self) -> None:
        """Forget every ban."""
        self._running.clear()
        self._apart.clear()
        self._partly_armed.clear()
        self._ends.clear()

    def _pop_first(self) -> Running | None:
        """Take the first end from the heap; None if it is stale."""
        ends_ns, key = heappop(self._ends)
        running = self._running.get(key)
        if running is None or running.ends_ns != ends_ns:
            return None
        return self.remove(running.source)
