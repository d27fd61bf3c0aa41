"""Ask for what is drawn: top lists, timelines, the map of ports over time."""

import sqlite3
from typing import NamedTuple

from scanwarden.model.time import NS_PER_S, Timestamp
from scanwarden.store.counts import BEYOND, HOURS_PER_DAY, NS_PER_HOUR, Kind, day_of, hour_of
from scanwarden.store.views import Bucket, HeatMap, Ranked

MAX_RANKS = 1000
MAX_BUCKETS = 2000
SEVERITIES = 5
LONG_NS = 2 * HOURS_PER_DAY * NS_PER_HOUR


class SourceTotals(NamedTuple):
    """The most active sources of a period, and the sums over all of them."""

    top: tuple[Ranked, ...]
    sources: int
    scans: int
    probes: int


def source_totals(connection: sqlite3.Connection, since: int, until: int, limit: int) -> SourceTotals:
    """Rank sources by their scans, then by probes; groups, which have no source, count only in the sums."""
    # Over a long period walking all sources in order is three times as fast as sorting the scans of the period.
    table = "scans INDEXED BY scans_by_source" if until - since > LONG_NS else "scans INDEXED BY scans_by_end"
    totals = ["SELECT COUNT(DISTINCT source), COUNT(*), COALESCE(SUM(probes), 0) FROM", table]
    top = ["SELECT source, COUNT(*) AS counted, SUM(probes) AS touched, MAX(last_ns) FROM", table]
    period = "WHERE last_ns BETWEEN ? AND ?"
    order = "AND source IS NOT NULL GROUP BY source ORDER BY counted DESC, touched DESC, source LIMIT ?"
    ranked = tuple(
        Ranked(name=name, count=counted, probes=probes, last_seen=Timestamp(last))
        for name, counted, probes, last in connection.execute(
            " ".join([*top, period, order]), (since, until, _bounded(limit))
        )
    )
    return SourceTotals(ranked, *connection.execute(" ".join([*totals, period]), (since, until)).fetchone())


def top_networks(connection: sqlite3.Connection, since: int, until: int, limit: int) -> tuple[Ranked, ...]:
    """Rank networks (/24 and /48) by the scans from them, by whole hours (days in periods over two days)."""
    return _top_counted(connection, Kind.NETWORK, since, until, limit)


def top_techniques(connection: sqlite3.Connection, since: int, until: int, limit: int) -> tuple[Ranked, ...]:
    """Rank techniques by the scans that used them, by whole hours (days in periods over two days)."""
    return _top_counted(connection, Kind.TECHNIQUE, since, until, limit)


def top_ports(connection: sqlite3.Connection, since: int, until: int, limit: int) -> tuple[Ranked, ...]:
    """Rank ports by the sources that touched them, by whole hours (days in periods over two days).

    `tcp/*` stands for scans of over a hundred ports.
    """
    return _top_counted(connection, Kind.PORT, since, until, limit)


def timeline(connection: sqlite3.Connection, since: int, until: int, span_s: int) -> tuple[Bucket, ...]:
    """Count scans by when they opened, in spans of `span_s` seconds from `since` on; at most 2,000 spans."""
    span_ns = _span_ns(since, until, span_s)
    counts = [[0] * SEVERITIES for _ in range(_spans(since, until, span_ns))]
    sql = (
        "SELECT (opened_ns - ?) / ? AS span, severity, COUNT(*) FROM scans WHERE opened_ns >= ? AND opened_ns < ? "
        "GROUP BY span, severity"
    )
    for span, severity, counted in connection.execute(sql, (since, span_ns, since, until)):
        counts[span][severity - 1] += counted
    return tuple(
        Bucket(starts_at=Timestamp(since + index * span_ns), by_severity=(one[0], one[1], one[2], one[3], one[4]))
        for index, one in enumerate(counts)
    )


def port_heat(connection: sqlite3.Connection, since: int, until: int, span_s: int, ports: int) -> HeatMap:
    """Map the most sought ports over time; spans are whole hours, from the hour that `since` lies in."""
    first, last = hour_of(since), hour_of(max(since, until - 1))
    hours = max(1, _span_ns(since, until, span_s) // NS_PER_HOUR)
    starts = range(first, last + 1, hours)
    names = [one.name for one in top_ports(connection, since, until - 1, ports)]
    rows = {name: [0] * len(starts) for name in names}
    sql = [
        "WITH RECURSIVE hours (hour) AS (SELECT ? UNION ALL SELECT hour + 1 FROM hours WHERE hour < ?),",
        *("names (name) AS (VALUES", ", ".join("(?)" for _ in names), ")"),
        "SELECT (hour - ?) / ?, names.name, SUM(sources) FROM hours CROSS JOIN names CROSS JOIN counts",
        "WHERE kind = ? AND is_day = 0 AND span = hour AND counts.name = names.name GROUP BY 1, 2",
    ]
    values = (first, last, *names, first, hours, Kind.PORT)
    for span, name, counted in connection.execute(" ".join(sql), values) if names else ():
        rows[name][span] = counted
    return HeatMap(
        starts_at=tuple(Timestamp(hour * NS_PER_HOUR) for hour in starts),
        span_s=hours * 3600,
        ports=tuple(names),
        counts=tuple(tuple(rows[name]) for name in names),
    )


def _top_counted(connection: sqlite3.Connection, kind: Kind, since: int, until: int, limit: int) -> tuple[Ranked, ...]:
    is_long = until - since > LONG_NS
    span_of = day_of if is_long else hour_of
    sql = (
        "SELECT name, SUM(sources) AS counted FROM counts WHERE kind = ? AND is_day = ? AND span BETWEEN ? AND ? "
        "AND name <> ? GROUP BY name ORDER BY counted DESC, name LIMIT ?"
    )
    values = (kind, is_long, span_of(since), span_of(until), BEYOND, _bounded(limit))
    return tuple(Ranked(name=name, count=counted) for name, counted in connection.execute(sql, values))


def _bounded(limit: int) -> int:
    return max(1, min(limit, MAX_RANKS))


def _span_ns(since: int, until: int, span_s: int) -> int:
    """Give the span in nanoseconds, made longer if there would be too many."""
    return max(span_s * NS_PER_S, -(-(until - since) // MAX_BUCKETS), 1)


def _spans(since: int, until: int, span_ns: int) -> int:
    return max(0, -(-(until - since) // span_ns))
