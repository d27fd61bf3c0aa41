"""Keep ports, protocol numbers and ICMP types as compact ranges.

A scan may touch all 65,536 ports, so a set is never expanded unless the caller asks one number at
a time.
"""

from collections.abc import Iterable, Iterator
from itertools import compress
from operator import ge, sub
from typing import Annotated, Self

import msgspec

from scanwarden.errors import PortsError

MAX_NUMBER = 65535
PortNumber = Annotated[int, msgspec.Meta(ge=0, le=MAX_NUMBER)]
_MAX_DIGITS = len(str(MAX_NUMBER))
_NUMBERS = msgspec.json.Decoder(list[int])
# What lies at least between two numbers, by what is written between them: ranges never touch.
_LEAST_STEPS = bytes.maketrans(b",-", b"\2\1")


class Ports:
    """An immutable set of numbers from 0 to 65535, written like `22,80,1000-1024`."""

    __slots__ = ("_count", "_ranges", "_text")

    def __init__(self, numbers: Iterable[int] = ()) -> None:
        """Take single numbers in any order; raise PortsError if one is out of range."""
        self._ranges: tuple[tuple[int, int], ...] | None = _joined((number, number) for number in numbers)
        self._count: int | None = None
        self._text = ""  # as it was read, where that is how we write it; the ranges are then made when somebody asks

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a list of numbers and ranges; an empty text is the empty set."""
        ports = cls()
        if _is_as_written(text):
            ports._ranges, ports._text = None, text
        elif text.strip():
            ports._ranges = _joined(map(_parse_range, text.split(",")))
        return ports

    @classmethod
    def united(cls, many: "Iterable[Ports]") -> "Ports":
        """Give the numbers that are in any of the sets."""
        sets = [one for one in many if one]
        if len(sets) == 1:  # most scans have one target, and may have touched thousands of ranges there
            return sets[0]
        ports = cls()
        ports._ranges = _joined(span for one in sets for span in one.ranges)
        return ports

    @property
    def ranges(self) -> tuple[tuple[int, int], ...]:
        """Give first and last number of each range, in ascending order, never touching."""
        if self._ranges is None:
            self._ranges = tuple(map(_as_written, self._text.split(",")))
        return self._ranges

    def first_ranges(self, most: int) -> tuple[tuple[int, int], ...]:
        """Give the `most` lowest ranges as `ranges` does, or all if there are fewer."""
        if self._ranges is None:
            return tuple(map(_as_written, self._text.split(",", most)[:most]))
        return self._ranges[:most]

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and any(first <= number <= last for first, last in self.ranges)

    def __iter__(self) -> Iterator[int]:
        for first, last in self.ranges:
            yield from range(first, last + 1)

    def __len__(self) -> int:
        if self._count is None:
            ranges = self._ranges
            self._count = _count(self._text) if ranges is None else sum(last - first + 1 for first, last in ranges)
        return self._count

    def __bool__(self) -> bool:
        return bool(self._text or self._ranges)

    def __str__(self) -> str:
        return self._text or ",".join(str(first) if first == last else f"{first}-{last}" for first, last in self.ranges)

    def __repr__(self) -> str:
        return f"Ports({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ports) and self.ranges == other.ranges

    def __hash__(self) -> int:
        return hash(self.ranges)


def _is_as_written(text: str) -> bool:
    """Say whether we would write these ranges so: ascending, never touching, without leading zeros and empty spans.

    Nothing is done range by range, as records of large scans hold thousands of them.
    """
    written = text.encode("ascii", "replace")
    least_steps = written.translate(_LEAST_STEPS, b"0123456789")
    if not written or least_steps.strip(b"\1\2") or b"\1\1" in least_steps:
        return False
    try:
        numbers = _numbers(written)
    except msgspec.DecodeError:
        return False
    return numbers[-1] <= MAX_NUMBER and all(map(ge, map(sub, numbers[1:], numbers), least_steps))


def _count(text: str) -> int:
    """Count the numbers of ranges that are written as we write them: each range its first, and what a dash adds."""
    written = text.encode()
    numbers, steps = _numbers(written), written.translate(_LEAST_STEPS, b"0123456789")
    added = compress(map(sub, numbers[1:], numbers), map((1).__eq__, steps))
    count: int = sum(added, 1 + steps.count(2))
    return count


def _numbers(written: bytes) -> list[int]:
    """List both ends of every range; raises msgspec.DecodeError for what is no number as we write it."""
    return _NUMBERS.decode(b"[%b]" % written.replace(b"-", b","))


def _as_written(part: str) -> tuple[int, int]:
    first, dash, last = part.partition("-")
    return int(first), int(last if dash else first)


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
