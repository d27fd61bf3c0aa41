"""Read and write lengths of time and amounts of memory with their units."""

from __future__ import annotations

import re
from difflib import get_close_matches

from scanwarden.errors import ConfigError

NS_PER_S = 1_000_000_000
MAX_DURATION_NS = 100 * 365 * 86_400 * NS_PER_S
MAX_BYTES = 1 << 50
_MAX_CHARS = 40

# Largest first: a quantity is written in the largest unit that divides it.
_TIME_UNITS = {
    "d": 86_400 * NS_PER_S,
    "h": 3_600 * NS_PER_S,
    "min": 60 * NS_PER_S,
    "s": NS_PER_S,
    "ms": 1_000_000,
    "us": 1_000,
    "ns": 1,
}
_TIME_WORDS = {
    "w": 7 * _TIME_UNITS["d"],
    "week": 7 * _TIME_UNITS["d"],
    "weeks": 7 * _TIME_UNITS["d"],
    "day": _TIME_UNITS["d"],
    "days": _TIME_UNITS["d"],
    "hour": _TIME_UNITS["h"],
    "hours": _TIME_UNITS["h"],
    "m": _TIME_UNITS["min"],
    "minute": _TIME_UNITS["min"],
    "minutes": _TIME_UNITS["min"],
    "sec": NS_PER_S,
    "second": NS_PER_S,
    "seconds": NS_PER_S,
}
# IEC 80000-13: KiB is 1,024 bytes, kB is 1,000.
_BYTE_UNITS = {
    "GiB": 1 << 30,
    "MiB": 1 << 20,
    "KiB": 1 << 10,
    "GB": 10**9,
    "MB": 10**6,
    "kB": 10**3,
    "B": 1,
}
_PART = re.compile(r"\s*(\d{1,19})(?:\.(\d{1,9}))?\s*([A-Za-z]+)", re.ASCII)


class Duration(int):
    """A length of time in nanoseconds, written like `24h`, `10 min` or `1h 30min`."""

    EXAMPLE = "10 min"

    @classmethod
    def parse(cls, text: str) -> Duration:
        """Read one or several numbers with units and add them up; raise ConfigError saying what is wrong."""
        total = _read(text, {**_TIME_UNITS, **_TIME_WORDS}, tuple(_TIME_UNITS), cls.EXAMPLE)
        if total > MAX_DURATION_NS:
            raise ConfigError(f"{text!r} is longer than a hundred years")
        return cls(total)

    @property
    def seconds(self) -> float:
        """Give the length in seconds."""
        return int(self) / NS_PER_S

    @property
    def whole_seconds(self) -> int:
        """Give the length in seconds, rounded up, as kernel timeouts want it."""
        return -(-int(self) // NS_PER_S)

    def __str__(self) -> str:
        return _written(int(self), _TIME_UNITS, "s")

    def __repr__(self) -> str:
        return f"Duration({str(self)!r})"


class ByteSize(int):
    """An amount of memory or disk in bytes, written like `32 MiB` (1,024-based) or `1 MB` (1,000-based)."""

    EXAMPLE = "32 MiB"

    @classmethod
    def parse(cls, text: str) -> ByteSize:
        """Read a number with its unit; raise ConfigError saying what is wrong."""
        size = _read(text, _BYTE_UNITS, tuple(_BYTE_UNITS), cls.EXAMPLE)
        if size > MAX_BYTES:
            raise ConfigError(f"{text!r} is more than a pebibyte")
        return cls(size)

    def __str__(self) -> str:
        return _written(int(self), _BYTE_UNITS, "B")

    def __repr__(self) -> str:
        return f"ByteSize({str(self)!r})"


def _read(text: str, units: dict[str, int], shown: tuple[str, ...], example: str) -> int:
    """Add up every `number unit` of a text, exactly, in the base unit."""
    stripped = text.strip()
    if not stripped or len(stripped) > _MAX_CHARS:
        raise ConfigError(f"{text[:_MAX_CHARS]!r} is no number with a unit", remedy=f'write it like "{example}"')
    total, at = 0, 0
    while at < len(stripped):
        part = _PART.match(stripped, at)
        if part is None:
            raise _unreadable(stripped, shown, example)
        whole, fraction, unit = part.groups()
        factor = units.get(unit)
        if factor is None:
            raise _unknown_unit(unit, tuple(units), shown)
        total += int(whole) * factor + int((fraction or "").ljust(9, "0")) * factor // 10**9
        at = part.end()
    return total


def _unreadable(text: str, shown: tuple[str, ...], example: str) -> ConfigError:
    if text.replace(".", "", 1).isdecimal():
        return ConfigError(
            f"{text!r} has no unit", remedy=f'write one of {", ".join(shown)} after it, like "{example}"'
        )
    return ConfigError(f"{text!r} is no number with a unit", remedy=f'write it like "{example}"')


def _unknown_unit(unit: str, known: tuple[str, ...], shown: tuple[str, ...]) -> ConfigError:
    by_fold = {name.casefold(): name for name in known}
    near = get_close_matches(unit.casefold(), by_fold, n=1, cutoff=0.6)
    remedy = f'did you mean "{by_fold[near[0]]}"?' if near else f"the units are {', '.join(shown)}"
    return ConfigError(f"{unit!r} is no unit known here", remedy=remedy)


def _written(amount: int, units: dict[str, int], zero_unit: str) -> str:
    for unit, factor in units.items():
        if amount and amount % factor == 0:
            return f"{amount // factor} {unit}"
    return f"0 {zero_unit}"
