"""Count by hour and by day what charts show: ports by distinct sources, techniques, networks.

A source counts once for each port of a scan, and once where two of its scans of one hour touch the
same port. A scan of more than a hundred ports of a protocol counts under `tcp/*` from then on, for
it says nothing about what is sought. Each span and kind has a capped number of names (1,024 ports,
256 networks); what comes later is counted under the empty name.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from enum import IntEnum

from scanwarden.model.time import NS_PER_S
from scanwarden.store.spans import PROTOCOL_NAMES, Span, joined, size, without

NS_PER_HOUR = 3_600 * NS_PER_S
HOURS_PER_DAY = 24
MAX_SINGLE_PORTS = 100
MAX_SPANS_KNOWN = 1000


class Kind(IntEnum):
    """What is counted; the numbers stand in the database."""

    PORT = 1
    TECHNIQUE = 2
    NETWORK = 3


MAX_NAMES = {Kind.PORT: 1024, Kind.TECHNIQUE: 64, Kind.NETWORK: 256}
BEYOND = ""
_COUNT = (
    "INSERT INTO counts (kind, is_day, span, name, sources) VALUES (?, ?, ?, ?, 1) "
    "ON CONFLICT (kind, is_day, span, name) DO UPDATE SET sources = sources + 1"
)


def hour_of(time_ns: int) -> int:
    """Give the hour since 1970."""
    return time_ns // NS_PER_HOUR


def day_of(time_ns: int) -> int:
    """Give the day since 1970."""
    return hour_of(time_ns) // HOURS_PER_DAY


class Counter:
    """Add to the counts of an hour and its day, within the caps."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._most_names: dict[tuple[Kind, bool, int], int] = {}

    def forget(self) -> None:
        """Drop what is remembered of the database, after a transaction was undone or rows were removed."""
        self._most_names.clear()

    def add(self, time_ns: int, kind: Kind, names: Sequence[str]) -> None:
        """Count each name once more."""
        for is_day, span in ((False, hour_of(time_ns)), (True, day_of(time_ns))):
            if names and self._has_room(kind, is_day, span, len(names)):
                self._connection.executemany(_COUNT, [(kind, is_day, span, name) for name in names])
            else:
                self._add_tightly(kind, is_day, span, names)

    def add_ports(self, time_ns: int, protocol: int, new: list[Span], total: int) -> None:
        """Count ports that a source has touched for the first time; `total` is how many it has touched by now."""
        name = PROTOCOL_NAMES[protocol]
        if total <= MAX_SINGLE_PORTS:
            ports = [f"{name}/{port}" for first, last in new for port in range(first, last + 1)]
            self.add(time_ns, Kind.PORT, ports)
        elif new and total - size(new) <= MAX_SINGLE_PORTS:
            self.add(time_ns, Kind.PORT, [f"{name}/*"])

    def _has_room(self, kind: Kind, is_day: bool, span: int, names: int) -> bool:
        """Say whether so many names fit, even if all were new; counts anew only when it gets tight."""
        most = self._most_names.get((kind, is_day, span))
        if most is None or most + names > MAX_NAMES[kind]:
            sql = "SELECT COUNT(*) FROM counts WHERE kind = ? AND is_day = ? AND span = ?"
            most = int(self._connection.execute(sql, (kind, is_day, span)).fetchone()[0])
        if len(self._most_names) > MAX_SPANS_KNOWN:
            self._most_names.clear()
        has_room = most + names <= MAX_NAMES[kind]
        self._most_names[kind, is_day, span] = most + names if has_room else most
        return has_room

    def _add_tightly(self, kind: Kind, is_day: bool, span: int, names: Sequence[str]) -> None:
        """Count known names, and the others together."""
        sql = "UPDATE counts SET sources = sources + 1 WHERE kind = ? AND is_day = ? AND span = ? AND name = ?"
        for name in names:
            if not self._connection.execute(sql, (kind, is_day, span, name)).rowcount:
                self._connection.execute(_COUNT, (kind, is_day, span, BEYOND))


def new_spans(found: list[Span], *known: Iterable[Span]) -> list[Span]:
    """Give what of the found spans is in none of the known."""
    return without(found, joined(span for spans in known for span in spans))
