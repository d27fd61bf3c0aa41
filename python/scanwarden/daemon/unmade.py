"""Remember bans that failed because the firewall, or who moves it, was away: they are made when it is back."""

from collections import OrderedDict
from collections.abc import Callable, Iterable

import msgspec

from scanwarden.model.address import Prefix
from scanwarden.model.ban import Ban
from scanwarden.model.time import NS_PER_S

MAX_TRIES = 3  # after the first; then the ban has failed, and only a new one is tried again


class _Failed(msgspec.Struct):
    """A ban that ends at `ends_ns` (monotonic) whether it is made or not."""

    ban: Ban
    ends_ns: int
    tries: int = 0
    is_asked: bool = False


class Unmade:
    """At most `max_bans` of them; beyond, the one that failed first is forgotten."""

    def __init__(self, *, max_bans: int, monotonic_ns: Callable[[], int]) -> None:
        self._max_bans = max_bans
        self._monotonic_ns = monotonic_ns
        self._failed: OrderedDict[bytes, _Failed] = OrderedDict()

    def __len__(self) -> int:
        return len(self._failed)

    def add(self, bans: Iterable[Ban]) -> None:
        """Remember bans that have just failed, unless they were tried often enough."""
        for ban in bans:
            failed = self._failed.pop(ban.source.key, None)
            if failed is None:
                failed = _Failed(ban, self._monotonic_ns() + ban.duration_s * NS_PER_S)
            if failed.tries < MAX_TRIES:
                failed.is_asked = False
                self._failed[ban.source.key] = failed
        while len(self._failed) > self._max_bans:
            self._failed.popitem(last=False)

    def again(self) -> list[Ban]:
        """Return what is to be tried now, for what is left of it; once after each failure."""
        now_ns = self._monotonic_ns()
        due = []
        for key, failed in list(self._failed.items()):
            left_s = -(-(failed.ends_ns - now_ns) // NS_PER_S)
            if left_s <= 0:
                del self._failed[key]
            elif not failed.is_asked:
                failed.is_asked, failed.tries = True, failed.tries + 1
                due.append(msgspec.structs.replace(failed.ban, duration_s=left_s))
        return due

    def settle(self, source: Prefix) -> None:
        """Try the ban of exactly this source no more: it was made or refused."""
        self._failed.pop(source.key, None)

    def forget(self, source: Prefix) -> None:
        """Try no ban of a source, or inside a network, any more: somebody lifted them."""
        for key in [key for key, failed in self._failed.items() if source.contains(failed.ban.source)]:
            del self._failed[key]
