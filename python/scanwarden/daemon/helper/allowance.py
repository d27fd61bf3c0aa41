"""Bound how many bans may be made in a while, whatever the service asks for."""

from scanwarden.model.time import NS_PER_S

# A start restores as many bans as the table may hold at once; after that so many are made good for each second.
MAX_BANS_AT_ONCE = 131_072
MAX_BANS_A_SECOND = 5000


class Allowance:
    """The bans that may still be made; it grows by the second up to what may be made at once."""

    def __init__(self, max_at_once: int, now_ns: int) -> None:
        self._max_at_once = max_at_once
        self._left = max_at_once
        self._counted_ns = now_ns

    def spend(self, now_ns: int) -> bool:
        """Take one ban from what is left; False if nothing is. `now_ns` are nanoseconds of the monotonic clock."""
        passed_s = (now_ns - self._counted_ns) // NS_PER_S
        if passed_s > 0:
            self._left = min(self._max_at_once, self._left + passed_s * MAX_BANS_A_SECOND)
            self._counted_ns += passed_s * NS_PER_S
        if self._left <= 0:
            return False
        self._left -= 1
        return True
