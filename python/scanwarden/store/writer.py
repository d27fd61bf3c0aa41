"""Write records in batches on one thread, and live through full, read-only and broken disks."""

import contextlib
import logging
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from scanwarden.errors import ScanwardenError, StoreError
from scanwarden.model.records import Record
from scanwarden.store import retention
from scanwarden.store.backlog import Backlog
from scanwarden.store.database import DamagedError, connect_to_write, is_damage, limit_pages, put_aside
from scanwarden.store.inserts import Inserter
from scanwarden.store.salvage import rescue_bans

log = logging.getLogger(__name__)
BATCH_RECORDS = 500
IDLE_S = 5.0
FIRST_RETRY_S = 0.5
LONGEST_RETRY_S = 30.0
TIDY_EVERY_NS = 600 * 1_000_000_000
TIDY_EVERY_RECORDS = 20_000
# A scan is closed after a day at most; one that is older and still open lost its end in a crash.
FORGOTTEN_NS = 2 * 86_400 * 1_000_000_000
MAX_CHUNKS = 200
# What one odd record can cause, as opposed to what is wrong with the disk.
REFUSALS = (
    *(sqlite3.IntegrityError, sqlite3.InterfaceError, sqlite3.DataError, sqlite3.ProgrammingError),
    *(OverflowError, ValueError),
)


@dataclass
class Condition:
    """What the writer knows about its own health; written by its thread alone."""

    reason: str | None = "not opened yet"
    written: int = 0
    refused: int = 0
    removed: int = 0
    set_aside: list[str] = field(default_factory=list)


class Writer(threading.Thread):
    """The one thread that writes the store.

    Its errors never reach anybody else: they become `condition.reason`, and the records wait.
    """

    def __init__(
        self, path: Path, backlog: Backlog, *, max_bytes: int, retention_ns: int, now_ns: Callable[[], int]
    ) -> None:
        super().__init__(name="store-writer", daemon=True)
        self.condition = Condition()
        self._path = path
        self._backlog = backlog
        self._max_bytes = max_bytes
        self._retention_ns = retention_ns
        self._now_ns = now_ns
        self._connection: sqlite3.Connection | None = None
        self._inserter: Inserter | None = None
        self._tidied_ns: int | None = None
        self._written_since_tidy = 0
        self._replaced_after: int | None = None

    def run(self) -> None:
        """Write until the backlog is closed and empty, or closed and not to be written."""
        retry_s = FIRST_RETRY_S
        while not (self._backlog.is_closed and not len(self._backlog)):
            if self.write_once():
                retry_s = FIRST_RETRY_S
            elif self._backlog.is_closed:
                break
            else:
                self._backlog.wait_closed(retry_s)
                retry_s = min(2 * retry_s, LONGEST_RETRY_S)
        self.disconnect()

    def write_once(self) -> bool:
        """Open if need be, write one batch, tidy if it is time; say whether all went well."""
        batch: list[Record] = []
        try:
            connection = self._open()
            batch = self._backlog.take(BATCH_RECORDS, IDLE_S)
            if batch:
                self._write(connection, batch)
                self._backlog.written()
                batch = []
            self._tidy_if_due(connection)
        except DamagedError as error:
            self._backlog.put_back(batch)
            return self.replace(str(error))
        except (sqlite3.Error, OSError, StoreError) as error:
            self._backlog.put_back(batch)
            return self._failed(error)
        self._recovered()
        return True

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = connect_to_write(self._path, self._max_bytes)
            self._inserter = Inserter(self._connection)
            self._recovered()
        return self._connection

    def _write(self, connection: sqlite3.Connection, batch: list[Record]) -> None:
        """Write a batch in one transaction; if the database refuses one of its records, each by itself."""
        try:
            self._transaction(connection, batch)
        except REFUSALS as error:
            log.warning("a batch was refused", extra={"reason": str(error)})
            for record in batch:
                try:
                    self._transaction(connection, [record])
                except REFUSALS:
                    self.condition.refused += 1
        self._written_since_tidy += len(batch)

    def _transaction(self, connection: sqlite3.Connection, batch: list[Record]) -> None:
        inserter = self._inserter
        if inserter is None:
            raise StoreError("the store is closed")
        connection.execute("BEGIN IMMEDIATE")
        try:
            for record in batch:
                inserter.insert(record)
            connection.execute("COMMIT")
        except BaseException:
            inserter.counter.forget()
            self._roll_back(connection)
            raise
        self.condition.written += len(batch)

    def _tidy_if_due(self, connection: sqlite3.Connection) -> None:
        now = self._now_ns()
        is_due = self._tidied_ns is None or abs(now - self._tidied_ns) >= TIDY_EVERY_NS
        if is_due or self._written_since_tidy >= TIDY_EVERY_RECORDS:
            self._tidied_ns = now
            self._written_since_tidy = 0
            self._tidy(connection, now)

    def _tidy(self, connection: sqlite3.Connection, now: int) -> None:
        retention.close_forgotten(connection, now - FORGOTTEN_NS)
        for _ in range(MAX_CHUNKS):
            removed = self._remove(connection, lambda: retention.remove_expired(connection, now - self._retention_ns))
            if not removed:
                break
        self._make_room(connection, now)
        retention.give_back(connection)

    def _make_room(self, connection: sqlite3.Connection, now: int) -> None:
        for _ in range(MAX_CHUNKS):
            if retention.used_bytes(connection) <= self._max_bytes:
                return
            if not self._remove(connection, lambda: retention.remove_oldest(connection, now)):
                return

    def _remove(self, connection: sqlite3.Connection, remove: Callable[[], int]) -> int:
        connection.execute("BEGIN IMMEDIATE")
        try:
            removed = remove()
            connection.execute("COMMIT")
        except BaseException:
            self._roll_back(connection)
            raise
        if self._inserter is not None:
            self._inserter.counter.forget()
        self.condition.removed += removed
        return removed

    def _roll_back(self, connection: sqlite3.Connection) -> None:
        if connection.in_transaction:
            with contextlib.suppress(sqlite3.Error):  # the error that led here is the one to report
                connection.execute("ROLLBACK")

    def _failed(self, error: Exception) -> bool:
        """Note why nothing is written, and make room if the file has reached its limit; say whether to go on."""
        if isinstance(error, sqlite3.Error) and is_damage(error):
            return self.replace(f"{self._path} is damaged: {error}")
        code = getattr(error, "sqlite_errorcode", None)
        if code == sqlite3.SQLITE_FULL and self._connection is not None and self._made_room(self._connection):
            return True
        self._note(error.message if isinstance(error, ScanwardenError) else f"{self._path}: {error}")
        self.disconnect()
        return False

    def _made_room(self, connection: sqlite3.Connection) -> bool:
        """Remove the oldest rows of a file that is full; say whether that worked.

        A small file is not full, whatever SQLite says: then the disk is, and rows would be lost for nothing.
        """
        try:
            if retention.used_bytes(connection) < self._max_bytes // 2:
                return False
            limit_pages(connection, self._max_bytes * 2)  # to remove rows, pages of the index may be needed
            removed = self._remove(connection, lambda: retention.remove_oldest(connection, self._now_ns()))
            limit_pages(connection, self._max_bytes)
        except sqlite3.Error as error:
            log.warning("no room could be made", extra={"reason": str(error)})
            return False
        return removed > 0

    def replace(self, reason: str) -> bool:
        """Put a damaged file aside and begin a new one with the bans of the old; say whether that worked.

        A file that breaks before anything was written to it is not replaced again: then it is the disk.
        """
        self._note(reason)
        self.disconnect()
        if self._replaced_after == self.condition.written:
            return False
        self._replaced_after = self.condition.written
        now = self._now_ns()
        try:
            aside = put_aside(self._path, now)
            self.condition.set_aside.append(str(aside))
            connection = self._open()
            bans = rescue_bans(aside, connection, now)
            connection.execute("INSERT INTO set_aside VALUES (?, ?, ?)", (now, str(aside), reason))
        except (sqlite3.Error, OSError, StoreError) as error:
            self._note(f"{reason}; it could not be replaced: {error}")
            self.disconnect()
            return False
        log.warning("a damaged store was replaced", extra={"file": str(aside), "reason": reason, "bans": bans})
        return True

    def _note(self, reason: str) -> None:
        if self.condition.reason != reason:
            log.error("the store cannot be written", extra={"reason": reason})
        self.condition.reason = reason

    def _recovered(self) -> None:
        self.condition.reason = None

    def disconnect(self) -> None:
        """Let go of the file; the next write opens it again."""
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):  # a broken file may refuse even to be closed
                self._connection.close()
        self._connection = self._inserter = None
