"""Answer questions about what is stored; every answer is a typed value."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from scanwarden.errors import StoreError
from scanwarden.model.address import Prefix
from scanwarden.model.ban import Ban
from scanwarden.model.time import Timestamp
from scanwarden.store import ban_queries, chart_queries, learnt_queries, scan_queries
from scanwarden.store.codec import TECHNIQUES, Statement, techniques_of
from scanwarden.store.database import connect_to_read
from scanwarden.store.learnt_queries import LearntRow
from scanwarden.store.views import (
    BanRow,
    Bucket,
    DecisionRow,
    HeatMap,
    NoticeRow,
    Overview,
    Ranked,
    ScanFilter,
    ScanPage,
    ScanRow,
    ScanStep,
    SourceSummary,
)

PAGE_ROWS = 50
TOP_ROWS = 10
OVERVIEW_BUCKETS = 96
MAX_BANS_LISTED = 10_000


class StoredScan(Struct, frozen=True, kw_only=True):
    """Everything about one scan."""

    row: ScanRow
    statement: Statement
    steps: tuple[ScanStep, ...]
    decisions: tuple[DecisionRow, ...]
    bans: tuple[BanRow, ...]
    folded: tuple[str, ...]


class Reader:
    """Ask the store; one reader serves one thread. Every method raises StoreError if the file cannot be read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = connect_to_read(path)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def scans(self, wanted: ScanFilter | None = None, *, after: str | None = None, limit: int = PAGE_ROWS) -> ScanPage:
        """List scans, the last opened first; `after` is the `next` of the page before."""
        with self._moment() as connection:
            return scan_queries.scans(connection, wanted or ScanFilter(), after, limit)

    def count(self, wanted: ScanFilter | None = None) -> int:
        """Count the scans that a filter finds."""
        with self._moment() as connection:
            return scan_queries.count(connection, wanted or ScanFilter())

    def scan(self, scan_id: str) -> StoredScan | None:
        """Give everything about one scan; None if there is none of that id."""
        with self._moment() as connection:
            row = scan_queries.row_of(connection, scan_id)
            statement = scan_queries.body_of(connection, scan_id)
            if row is None or statement is None:
                return None
            return StoredScan(
                row=row,
                statement=statement,
                steps=scan_queries.steps_of(connection, scan_id),
                decisions=scan_queries.decisions_of(connection, scan_id),
                bans=ban_queries.of_scan(connection, scan_id),
                folded=scan_queries.folded_into(connection, scan_id),
            )

    def ids_beginning(self, start: str, *, limit: int) -> tuple[str, ...]:
        """List the ids of scans that begin so, in their order: people do not type sixteen digits."""
        with self._moment() as connection:
            return scan_queries.ids_beginning(connection, start, limit)

    def source(self, source: Prefix, *, limit: int = PAGE_ROWS) -> SourceSummary:
        """Tell all we know of a source, of those inside its network and of networks that hold it."""
        wanted = ScanFilter(source=source)
        condition = scan_queries.condition_of(wanted)
        bits = ", ".join(f"MAX(techniques & {1 << bit})" for bit in range(len(TECHNIQUES)))
        sums = "COUNT(*), MIN(first_ns), MAX(last_ns), SUM(probes), MAX(severity), MAX(verified)"
        sql = " ".join(["SELECT", sums, ",", bits, "FROM scans WHERE", str(condition)])
        with self._moment() as connection:
            counted, first, last, probes, severity, verified, *used = connection.execute(
                sql, condition.values
            ).fetchone()
            return SourceSummary(
                source=source,
                scans=counted,
                first_seen=None if first is None else Timestamp(first),
                last_seen=None if last is None else Timestamp(last),
                probes=probes or 0,
                techniques=techniques_of(sum(bit or 0 for bit in used)),
                highest_severity=severity,
                verified=bool(verified),
                latest=scan_queries.scans(connection, wanted, None, limit).scans,
                bans=ban_queries.of_source(connection, source, limit),
            )

    def bans(self, now: int, *, limit: int = MAX_BANS_LISTED) -> tuple[BanRow, ...]:
        """List the bans in force, those that last longest first."""
        with self._moment() as connection:
            return ban_queries.in_force(connection, now, limit)

    def bans_made(self, since: int, until: int) -> int:
        """Count the bans that began in a period, each source once for each time."""
        with self._moment() as connection:
            return ban_queries.count_made(connection, since, until)

    def bans_to_restore(self, now: int) -> tuple[Ban, ...]:
        """Give every banned source once, for a start after the kernel has forgotten them."""
        with self._moment() as connection:
            return ban_queries.to_restore(connection, now)

    def earlier_bans(self, source: Prefix, since: int) -> int:
        """Count the bans of a source on proved evidence since a time: its place on the ladder."""
        with self._moment() as connection:
            return ban_queries.earlier(connection, source, since)

    def change_mark(self) -> int:
        """Give a number that differs from the last one whenever somebody else has written (PRAGMA data_version)."""
        try:
            return int(self._connection.execute("PRAGMA data_version").fetchone()[0])
        except sqlite3.Error as error:
            raise StoreError(f"{self._path} cannot be read: {error}", remedy="is the service running?") from error

    def standings(self, since: int, *, limit: int) -> tuple[tuple[Prefix, int, Timestamp], ...]:
        """Give who was banned on proved evidence, how often, and until when; what ended before `since` is left out."""
        with self._moment() as connection:
            return ban_queries.standings(connection, since, limit)

    def notices(self, *, since: int = 0, kind: str | None = None, limit: int = PAGE_ROWS) -> tuple[NoticeRow, ...]:
        """List notices, newest first."""
        sql = (
            "SELECT id, time_ns, kind, text, source FROM notices WHERE time_ns >= ? AND (? IS NULL OR kind = ?) "
            "ORDER BY time_ns DESC, number DESC LIMIT ?"
        )
        with self._moment() as connection:
            return tuple(
                NoticeRow(id=notice_id, time=Timestamp(time), kind=named, text=text, source=source)
                for notice_id, time, named, text, source in connection.execute(sql, (since, kind, kind, limit))
            )

    def top_sources(self, since: int, until: int, *, limit: int = TOP_ROWS) -> tuple[Ranked, ...]:
        """Rank sources by their scans."""
        with self._moment() as connection:
            return chart_queries.source_totals(connection, since, until, limit).top

    def top_networks(self, since: int, until: int, *, limit: int = TOP_ROWS) -> tuple[Ranked, ...]:
        """Rank networks (/24 and /48) by the scans from them."""
        with self._moment() as connection:
            return chart_queries.top_networks(connection, since, until, limit)

    def top_ports(self, since: int, until: int, *, limit: int = TOP_ROWS) -> tuple[Ranked, ...]:
        """Rank ports by the sources that touched them, by whole hours."""
        with self._moment() as connection:
            return chart_queries.top_ports(connection, since, until, limit)

    def top_techniques(self, since: int, until: int, *, limit: int = TOP_ROWS) -> tuple[Ranked, ...]:
        """Rank techniques by the scans that used them."""
        with self._moment() as connection:
            return chart_queries.top_techniques(connection, since, until, limit)

    def learnt(self, since: int, until: int) -> tuple[LearntRow, ...]:
        """List the open ports that scans have learnt, the last first."""
        with self._moment() as connection:
            return learnt_queries.learnt(connection, since, until)

    def timeline(self, since: int, until: int, *, span_s: int) -> tuple[Bucket, ...]:
        """Count scans by when they opened, in spans from `since` on."""
        with self._moment() as connection:
            return chart_queries.timeline(connection, since, until, span_s)

    def port_heat(self, since: int, until: int, *, span_s: int = 3600, ports: int = 20) -> HeatMap:
        """Map the most sought ports over time, by whole hours."""
        with self._moment() as connection:
            return chart_queries.port_heat(connection, since, until, span_s, ports)

    def overview(self, since: int, until: int, *, top: int = TOP_ROWS) -> Overview:
        """Give what a first page shows, all of one moment; `until` is also when bans must be in force."""
        is_open = "SELECT COUNT(*) FROM scans WHERE is_open = 1"
        notices = "SELECT COUNT(*) FROM notices WHERE time_ns BETWEEN ? AND ?"
        with self._moment() as connection:
            totals = chart_queries.source_totals(connection, since, until, top)
            return Overview(
                since=Timestamp(since),
                until=Timestamp(until),
                scans=totals.scans,
                open_scans=connection.execute(is_open).fetchone()[0],
                sources=totals.sources,
                probes=totals.probes,
                bans_in_force=ban_queries.count_in_force(connection, until),
                notices=connection.execute(notices, (since, until)).fetchone()[0],
                sources_top=totals.top,
                networks_top=chart_queries.top_networks(connection, since, until, top),
                ports_top=chart_queries.top_ports(connection, since, until, top),
                techniques_top=chart_queries.top_techniques(connection, since, until, top),
                timeline=chart_queries.timeline(connection, since, until, _bucket_s(since, until)),
            )

    @contextmanager
    def _moment(self) -> Iterator[sqlite3.Connection]:
        """Let several queries see the same state of the file."""
        try:
            self._connection.execute("BEGIN")
            try:
                yield self._connection
            finally:
                if self._connection.in_transaction:  # not after an error that ended it
                    self._connection.execute("ROLLBACK")
        except (sqlite3.Error, OverflowError, UnicodeDecodeError) as error:
            raise StoreError(f"{self._path} cannot be read: {error}", remedy="is the service running?") from error


def _bucket_s(since: int, until: int) -> int:
    """Divide a period into about a hundred spans of at least a minute."""
    return max(60, (until - since) // 1_000_000_000 // OVERVIEW_BUCKETS)
