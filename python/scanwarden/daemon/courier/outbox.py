"""Keep what has to be told until it is told, in a small database of its own, so that no restart loses it."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from scanwarden.daemon.courier.planning import SinkState, Waiting
from scanwarden.errors import StoreError
from scanwarden.formats import native
from scanwarden.model.detection import Closed, Opened, Updated
from scanwarden.model.records import Banned, Decided
from scanwarden.store.codec import Statement

MAX_WAITING = 10_000  # scans for one sink; then the least severe and oldest is dropped, and counted
MAX_TOLD = 100_000  # scans remembered as told, so that none is told twice
FILE_MODE = 0o600
_BUSY_MS = 5000
_TABLES = """
CREATE TABLE IF NOT EXISTS waiting (
    sink TEXT NOT NULL, scan TEXT NOT NULL, severity INTEGER NOT NULL, added_ns INTEGER NOT NULL,
    detection BLOB NOT NULL, decision BLOB, ban BLOB, PRIMARY KEY (sink, scan)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS told (
    number INTEGER PRIMARY KEY, sink TEXT NOT NULL, scan TEXT NOT NULL, UNIQUE (sink, scan));
CREATE TABLE IF NOT EXISTS sinks (
    sink TEXT PRIMARY KEY, last_sent_ns INTEGER NOT NULL, failures INTEGER NOT NULL, retry_ns INTEGER NOT NULL)
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS progress (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), seen_ns INTEGER NOT NULL);
"""


class Letter(Struct, frozen=True, kw_only=True):
    """What is known about a scan that is to be told."""

    detection: Statement
    decision: Decided | None = None
    ban: Annotated[Banned | None, Meta(description="The latest ban for it.")] = None


class Outbox:
    """One connection to the box; one thread uses it. Every method raises StoreError if the file fails."""

    def __init__(self, path: Path) -> None:
        try:
            path.touch(FILE_MODE, exist_ok=True)
            self._connection = sqlite3.connect(path, isolation_level=None)
            self._connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.executescript(_TABLES)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                f"{path} cannot be used: {error}", remedy="move it away: what waits in it will not be told"
            ) from error
        self._path = path
        self.dropped = 0

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def seen_ns(self) -> int | None:
        """Give the time up to which records were taken over; None in a new box."""
        with self._transaction() as connection:
            row = connection.execute("SELECT seen_ns FROM progress").fetchone()
        return None if row is None else int(row[0])

    def advance(self, seen_ns: int) -> None:
        """Note that records up to a time were taken over; it never goes back."""
        with self._transaction() as connection:
            connection.execute(
                "INSERT INTO progress VALUES (1, ?) "
                "ON CONFLICT (only_row) DO UPDATE SET seen_ns = max(seen_ns, excluded.seen_ns)",
                (seen_ns,),
            )

    def add(self, sink: str, detection: Statement, *, minimum_severity: int, now_ns: int) -> None:
        """Have a scan told once, if it is grave enough and no part of a group; bring up to date what waits already."""
        if detection.part_of is not None:
            self._remove(sink, [detection.id])
            return
        with self._transaction() as connection:
            if connection.execute("SELECT 1 FROM told WHERE sink = ? AND scan = ?", (sink, detection.id)).fetchone():
                return
            is_waiting = connection.execute(
                "UPDATE waiting SET severity = ?, detection = ? WHERE sink = ? AND scan = ?",
                (detection.severity, native.encode(detection), sink, detection.id),
            ).rowcount
            if is_waiting or detection.severity < minimum_severity:
                return
            connection.execute(
                "INSERT INTO waiting (sink, scan, severity, added_ns, detection) VALUES (?, ?, ?, ?, ?)",
                (sink, detection.id, detection.severity, now_ns, native.encode(detection)),
            )
            self.dropped += connection.execute(
                "DELETE FROM waiting WHERE sink = ?1 AND scan IN (SELECT scan FROM waiting WHERE sink = ?1 "
                "ORDER BY severity DESC, added_ns DESC LIMIT -1 OFFSET ?2)",
                (sink, MAX_WAITING),
            ).rowcount

    def amend(self, record: Decided | Banned) -> None:
        """Add the decision, or the ban, to what waits about its scan."""
        column = "decision" if isinstance(record, Decided) else "ban"
        with self._transaction() as connection:
            sql = " ".join(["UPDATE waiting SET", column, "= ? WHERE scan = ?"])
            connection.execute(sql, (native.encode(record), record.id))

    def waiting(self, sink: str) -> list[Waiting]:
        """List what a sink has not told."""
        with self._transaction() as connection:
            rows = connection.execute("SELECT scan, severity, added_ns FROM waiting WHERE sink = ?", (sink,)).fetchall()
        return [Waiting(scan=scan, severity=severity, added_ns=added_ns) for scan, severity, added_ns in rows]

    def letters(self, sink: str, scans: Sequence[str]) -> list[Letter]:
        """Give what is known about scans that wait, in the order asked for."""
        found = []
        sql = "SELECT detection, decision, ban FROM waiting WHERE sink = ? AND scan = ?"
        with self._transaction() as connection:
            for scan in scans:
                row = connection.execute(sql, (sink, scan)).fetchone()
                if row is not None and (letter := _letter(*row)) is not None:
                    found.append(letter)
        return found

    def state(self, sink: str) -> SinkState:
        """Say what a sink did last."""
        with self._transaction() as connection:
            sql = "SELECT last_sent_ns, failures, retry_ns FROM sinks WHERE sink = ?"
            row = connection.execute(sql, (sink,)).fetchone()
        return SinkState() if row is None else SinkState(last_sent_ns=row[0], failures=row[1], retry_ns=row[2])

    def told(self, sink: str, scans: Sequence[str], state: SinkState) -> None:
        """Note in one step that scans were told, or given up, and what the sink did."""
        with self._transaction() as connection:
            connection.executemany("DELETE FROM waiting WHERE sink = ? AND scan = ?", [(sink, one) for one in scans])
            connection.executemany(
                "INSERT OR IGNORE INTO told (sink, scan) VALUES (?, ?)", [(sink, one) for one in scans]
            )
            connection.execute(
                "DELETE FROM told WHERE number <= (SELECT max(number) FROM told) - ?",
                (MAX_TOLD,),
            )
            self._put_state(connection, sink, state)

    def failed(self, sink: str, state: SinkState) -> None:
        """Note that a sink has to try again."""
        with self._transaction() as connection:
            self._put_state(connection, sink, state)

    def _remove(self, sink: str, scans: Sequence[str]) -> None:
        with self._transaction() as connection:
            connection.executemany("DELETE FROM waiting WHERE sink = ? AND scan = ?", [(sink, one) for one in scans])

    @staticmethod
    def _put_state(connection: sqlite3.Connection, sink: str, state: SinkState) -> None:
        connection.execute(
            "INSERT OR REPLACE INTO sinks VALUES (?, ?, ?, ?)",
            (sink, state.last_sent_ns, state.failures, state.retry_ns),
        )

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise StoreError(f"{self._path} cannot be used: {error}") from error


def _letter(detection: bytes, decision: bytes | None, ban: bytes | None) -> Letter | None:
    told = native.decode(detection)
    decided = native.decode(decision) if decision else None
    banned = native.decode(ban) if ban else None
    if not isinstance(told, Opened | Updated | Closed):
        return None
    return Letter(
        detection=told,
        decision=decided if isinstance(decided, Decided) else None,
        ban=banned if isinstance(banned, Banned) else None,
    )
