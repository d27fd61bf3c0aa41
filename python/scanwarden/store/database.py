"""Open the database file, judge it, and put a damaged one aside."""

import contextlib
import logging
import os
import re
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from scanwarden.errors import StoreError
from scanwarden.store.migrations import migrate, newest_version, version_of

log = logging.getLogger(__name__)
# "SWst"; tells our file from the database of another program (sqlite.org/fileformat, application id).
APPLICATION_ID = 0x53577374
BUSY_MS = 2000
FILE_MODE = 0o640
READ_CACHE_KIB = 16 * 1024
CHECKED_BYTES = 64 * 1024 * 1024
MAX_SET_ASIDE = 5
# A version this much newer than ours was never released: the number itself is damaged.
_PLAUSIBLE_NEWER = 1000
_TABLES = (
    *("scans", "scan_bodies", "scan_steps", "scan_ports", "scan_sources"),
    *("bans", "decisions", "notices", "counts", "set_aside"),
)
_COMPANIONS = ("", "-wal", "-shm", "-journal")
# How the check of SQLite says that the disk failed, which says nothing about the file (btree.c).
_UNREADABLE = re.compile(r"error code=(\d+)")
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT, sqlite3.SQLITE_SCHEMA}


class DamagedError(StoreError):
    """Report a file that is no usable store and should be put aside."""


def is_damage(error: sqlite3.Error) -> bool:
    """Say whether an error means that the file itself is broken, not the disk or a lock."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in _DAMAGE
    return type(error) is sqlite3.DatabaseError  # the module's own errors about our use of it are subclasses


def connect_to_write(path: Path, max_bytes: int) -> sqlite3.Connection:
    """Open or create the store; raise DamagedError if the file is broken, sqlite3.Error or OSError for a bad disk.

    A disk that fails for a moment can look like damage, so a file counts as broken when it was found so three times.
    """
    for _ in range(2):
        try:
            return _connected_to_write(path, max_bytes)
        except DamagedError as error:
            log.info("a store looks damaged and is looked at again", extra={"reason": error.message})
    return _connected_to_write(path, max_bytes)


def _connected_to_write(path: Path, max_bytes: int) -> sqlite3.Connection:
    path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    if not path.exists():
        descriptor = os.open(path, os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, FILE_MODE)
        os.fchmod(descriptor, FILE_MODE)  # whatever the umask: the group that may ask reads it
        os.close(descriptor)
    connection = sqlite3.connect(path, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=False)
    try:
        _prepare(connection, path, max_bytes)
    except sqlite3.Error as error:
        connection.close()
        # Every statement of the preparation is right, so an error in one means that the file is not.
        if is_damage(error) or getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR:
            raise DamagedError(f"{path} is damaged: {error}") from error
        raise
    except StoreError:
        connection.close()
        raise
    return connection


def connect_to_read(path: Path) -> sqlite3.Connection:
    """Open the store for questions; raise StoreError if there is none."""
    try:
        try:
            connection, version = _opened_to_read(path, "mode=ro")
        except sqlite3.OperationalError as error:
            if not _is_at_rest(path, error):
                raise
            connection, version = _opened_to_read(path, "mode=ro&immutable=1")
    except sqlite3.Error as error:
        raise StoreError(f"{path} cannot be read: {error}", remedy="is the service running?") from error
    if version != newest_version():
        connection.close()
        raise StoreError(f"{path} has version {version}, this program needs {newest_version()}")
    return connection


def _opened_to_read(path: Path, how: str) -> tuple[sqlite3.Connection, int]:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?{how}", uri=True, timeout=BUSY_MS / 1000, isolation_level=None
    )
    try:
        connection.execute("PRAGMA query_only = ON")
        # A service that has confined itself may write nowhere but to its own folder: sorting stays in memory.
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute(f"PRAGMA cache_size = -{READ_CACHE_KIB:d}")
        return connection, version_of(connection)
    except sqlite3.Error:
        connection.close()
        raise


def _is_at_rest(path: Path, error: sqlite3.OperationalError) -> bool:
    """Say whether nobody writes and this user may not begin to, so that the file alone is the whole truth.

    Who may only read the folder cannot make the shared memory of a write-ahead log (sqlite.org/wal.html, 7).
    """
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN) and not Path(f"{path}-wal").exists()


def put_aside(path: Path, now_ns: int) -> Path:
    """Rename a damaged store and its companions; the newest five are kept. OSError passes through."""
    stamp = f"{datetime.fromtimestamp(now_ns / 1e9, UTC):%Y%m%dT%H%M%S}"
    aside = path.with_name(f"{path.name}.damaged-{stamp}Z")
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.damaged-{stamp}Z-{number}")
    for companion in _COMPANIONS:
        with contextlib.suppress(FileNotFoundError):
            Path(f"{path}{companion}").rename(f"{aside}{companion}")
    _remove_oldest(path)
    return aside


def _remove_oldest(path: Path) -> None:
    kept = sorted(
        (one for one in path.parent.glob(f"{path.name}.damaged-*") if not one.name.endswith(_COMPANIONS[1:])),
        key=lambda one: one.stat().st_mtime_ns,
    )
    for old in kept[:-MAX_SET_ASIDE]:
        for companion in _COMPANIONS:
            with contextlib.suppress(FileNotFoundError):
                Path(f"{old}{companion}").unlink()


def _prepare(connection: sqlite3.Connection, path: Path, max_bytes: int) -> None:
    _refuse_foreign(connection, path)
    if not version_of(connection):
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute(f"PRAGMA journal_size_limit = {max(1 << 20, max_bytes // 8):d}")
    if path.stat().st_size <= CHECKED_BYTES:
        answer = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if (code := _UNREADABLE.search(answer)) and int(code[1]) & 0xFF == sqlite3.SQLITE_IOERR:
            raise StoreError(f"{path} cannot be read: disk I/O error", remedy="see what the kernel says: dmesg")
        if answer != "ok":
            raise DamagedError(f"{path} is damaged: {answer}")
    migrate(connection)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID:d}")
    _refuse_strange_tables(connection)
    limit_pages(connection, max_bytes)


def limit_pages(connection: sqlite3.Connection, max_bytes: int) -> None:
    """Keep the file from growing beyond its limit, with a quarter to spare for removing what is old."""
    page_bytes = int(connection.execute("PRAGMA page_size").fetchone()[0])
    connection.execute(f"PRAGMA max_page_count = {max_bytes * 5 // 4 // page_bytes:d}")


def _refuse_foreign(connection: sqlite3.Connection, path: Path) -> None:
    """Leave the database of another program alone; ours is known by its mark or, if that is damaged, its tables."""
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    mark = int(connection.execute("PRAGMA application_id").fetchone()[0])
    if tables and mark != APPLICATION_ID and not tables & set(_TABLES):
        raise StoreError(f"{path} is the database of another program", remedy="choose another path in [store]")
    if version_of(connection) > newest_version() + _PLAUSIBLE_NEWER:
        raise DamagedError(f"{path} is damaged: its version is {version_of(connection)}")


def _refuse_strange_tables(connection: sqlite3.Connection) -> None:
    """Notice a version number that damage has made up: a table that does not answer is an sqlite3.Error."""
    for table in _TABLES:
        connection.execute(" ".join(["SELECT * FROM", table, "LIMIT 1"])).fetchone()
