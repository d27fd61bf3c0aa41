"""Count time in nanoseconds since 1970 and write it as RFC 3339.

Time is always an argument: it comes from the packets or from the caller, never from a clock here.
"""

import re
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Self

NS_PER_S = 1_000_000_000
_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):(\d\d))", re.ASCII)
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 beside times without zone, which is faster
_S_PER_DAY = 86_400
_MINUTES = [f"{minute // 60:02d}:{minute % 60:02d}" for minute in range(_S_PER_DAY // 60)]
_MAX_NS = 253_402_300_799 * NS_PER_S + NS_PER_S - 1  # the end of the year 9999, the last RFC 3339 can write


class Timestamp(int):
    """Nanoseconds since 1970-01-01T00:00:00Z; adding to it gives a plain integer."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read RFC 3339 with a zone and up to nine decimals; raise ValueError on anything else."""
        match = _RFC3339.fullmatch(text)
        if match is None:
            raise ValueError(f"{text[:40]!r} is not an RFC 3339 time")
        second, fraction, sign, offset_h, offset_min = match.groups()
        since = datetime.fromisoformat(second) - _EPOCH
        whole = since.days * _S_PER_DAY + since.seconds
        if sign is not None:
            offset_s = int(offset_h) * 3600 + int(offset_min) * 60
            whole += -offset_s if sign == "+" else offset_s
        return cls(whole * NS_PER_S + int((fraction or "").ljust(9, "0")))

    def plus(self, seconds: float) -> "Timestamp":
        """Give the time that many seconds later."""
        return Timestamp(int(self) + round(seconds * NS_PER_S))

    def seconds_since(self, earlier: int) -> float:
        """Give the seconds passed since `earlier`; negative if it lies ahead."""
        return (int(self) - earlier) / NS_PER_S

    def __str__(self) -> str:
        """Write RFC 3339 in UTC with nine decimals; times no year can express are cut to 0 or 9999."""
        whole, fraction = divmod(self if 0 <= self <= _MAX_NS else min(max(int(self), 0), _MAX_NS), NS_PER_S)
        day, second = divmod(whole, _S_PER_DAY)
        return f"{_date(day)}T{_MINUTES[second // 60]}:{second % 60:02d}.{fraction:09d}Z"

    def __repr__(self) -> str:
        return f"Timestamp({int(self)})"


@lru_cache(maxsize=1024)
def _date(days: int) -> str:
    """Write the day that began so many days after the first of 1970; lists are long and of few days."""
    return (_EPOCH + timedelta(days=days)).date().isoformat()
