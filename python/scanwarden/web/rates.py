"""Let each client do so much in a time, and all together not much more."""

import time
from collections.abc import Callable

MAX_CLIENTS = 1024  # then the one that was seen longest ago is forgotten


class Rate:
    """A bucket for each client that fills steadily: `burst` at once, then `a_minute` in a minute."""

    def __init__(self, *, burst: int, a_minute: float, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._burst = burst
        self._per_s = a_minute / 60
        self._clock_s = clock_s
        self._left: dict[str, tuple[float, float]] = {}

    def allows(self, client: str) -> bool:
        """Take one from the client's bucket; say whether there was one."""
        now_s = self._clock_s()
        left, seen_s = self._left.pop(client, (float(self._burst), now_s))
        left = min(float(self._burst), left + (now_s - seen_s) * self._per_s)
        if len(self._left) >= MAX_CLIENTS:
            self._left.pop(next(iter(self._left)))
        self._left[client] = (left - 1 if left >= 1 else left, now_s)
        return left >= 1

    def wait_s(self) -> int:
        """Give the whole seconds after which there is one again."""
        return max(1, round(1 / self._per_s))

    def __len__(self) -> int:
        return len(self._left)
