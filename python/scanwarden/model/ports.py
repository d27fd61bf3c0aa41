"""Keep ports, protocol numbers and ICMP types as compact ranges.

A scan may touch all 65,536 ports, so a set is never expanded unless the caller asks one number at
a time.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Self

from scanwarden.errors import PortsError

MAX_NUMBER = 65535
_MAX_DIGITS = len(str(MAX_NUMBER))
_NUMBER = r"(?:0|[1-9][0-9]{0,4})"
_PLAIN = re.compile(rf"{_NUMBER}(?:-{_NUMBER})?(?:,{_NUMBER}(?:-{_NUMBER})?)*")


class Ports:
    """An immutable set of numbers from 0 to 65535, written like `22,80,1000-1024`."""

    __slots__ = ("_ranges", "_text")

    def __init__(self, numbers: Iterable[int] = ()) -> None:
        """Take single numbers in any order; raise PortsError if one is out of range."""
        self._ranges = _joined((number, number) for number in numbers)
        self._text: str | None = None  # as it was read, where that is how we write it

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a list of numbers and ranges; an empty text is the empty set."""
        ports = cls()
        if (canonical := _read_canonical(text) if _PLAIN.fullmatch(text) else None) is not None:
            ports._ranges, ports._text = canonical, text
        elif text.strip():
            ports._ranges = _joined(map(_parse_range, text.split(",")))
        return ports

    @classmethod
    def united(cls, many: "Iterable[Ports]") -> Self:
        """Give the numbers that are in any of the sets."""
        ports = cls()
        ports._ranges = _joined(span for one in many for span in one.ranges)
        return ports

    @property
    def ranges(self) -> tuple[tuple[int, int], ...]:
        """Give first and last number of each range, in ascending order, never touching."""
        return self._ranges

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and any(first <= number <= last for first, last in self._ranges)

    def __iter__(self) -> Iterator[int]:
        for first, last in self._ranges:
            yield from range(first, last + 1)

    def __len__(self) -> int:
        return sum(last - first + 1 for first, last in self._ranges)

    def __str__(self) -> str:
        if self._text is not None:
            return self._text
        return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in self._ranges)

    def __repr__(self) -> str:
        return f"Ports({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ports) and self._ranges == other._ranges

    def __hash__(self) -> int:
        return hash(self._ranges)


def _read_canonical(text: str) -> tuple[tuple[int, int], ...] | None:
    """Read ranges that `_PLAIN` matches in one go, as records of large scans hold thousands of them.

    None unless they ascend and never touch, without leading zeros and empty spans, as we write them.
    """
    ranges: list[tuple[int, int]] = []
    least = 0  # of the next first number
    for part in text.split(","):
        first_digits, dash, last_digits = part.partition("-")
        first = int(first_digits)
        last = int(last_digits) if dash else first
        if not least <= first <= last or (dash and first == last):
            return None
        ranges.append((first, last))
        least = last + 2
    return tuple(ranges) if least <= MAX_NUMBER + 2 else None


def _parse_range(part: str) -> tuple[int, int]:
    first, dash, last = (piece.strip() for piece in part.partition("-"))
    pieces = (first, last) if dash else (first,)
    if not all(piece.isascii() and piece.isdigit() and len(piece) <= _MAX_DIGITS for piece in pieces):
        raise PortsError(f"{part[:40]!r} is not a port or a range of ports", remedy="write it like 22 or 1000-1024")
    return int(pieces[0]), int(pieces[-1])


def _joined(ranges: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Sort ranges and join those that overlap or touch."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if not 0 <= first <= last <= MAX_NUMBER:
            raise PortsError(f"{first}-{last} is not a range of ports", remedy=f"use 0 to {MAX_NUMBER}, smaller first")
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return tuple(joined)
