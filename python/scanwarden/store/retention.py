"""Remove what is too old, and the oldest when the file is too large."""

import sqlite3

from scanwarden.store.counts import Kind, day_of, hour_of

CHUNK_ROWS = 500
# The oldest twentieth goes at once when the file is full, so that it is not full again a moment later.
SHARE_REMOVED = 20
VACUUM_PAGES = 2000


def remove_expired(connection: sqlite3.Connection, oldest_ns: int) -> int:
    """Remove one chunk of what ended before a time; give the number of scans removed.

    Scans that are still open and bans that may be in force stay.
    """
    scans = connection.execute(
        "DELETE FROM scans WHERE number IN (SELECT number FROM scans WHERE last_ns < ? AND is_open = 0 LIMIT ?)",
        (oldest_ns, CHUNK_ROWS),
    ).rowcount
    for statement in (
        "DELETE FROM decisions WHERE number IN (SELECT number FROM decisions WHERE time_ns < ? LIMIT ?)",
        "DELETE FROM notices WHERE number IN (SELECT number FROM notices WHERE time_ns < ? LIMIT ?)",
        "DELETE FROM bans WHERE number IN (SELECT number FROM bans WHERE expires_ns < ? LIMIT ?)",
    ):
        connection.execute(statement, (oldest_ns, CHUNK_ROWS))
    _forget_counts(connection, oldest_ns)
    return scans


def close_forgotten(connection: sqlite3.Connection, oldest_ns: int) -> None:
    """Mark scans as closed whose end nobody reported, as after a crash."""
    connection.execute("UPDATE scans SET is_open = 0 WHERE is_open = 1 AND last_ns < ?", (oldest_ns,))


def remove_oldest(connection: sqlite3.Connection, now_ns: int) -> int:
    """Remove the oldest share of everything, whatever its age; give the number of scans removed."""
    scans = 0
    for table, time in (("scans", "opened_ns"), ("decisions", "time_ns"), ("notices", "time_ns")):
        sql = ["DELETE FROM", table, "WHERE number IN (SELECT number FROM", table, "ORDER BY", time, "LIMIT"]
        sql += ["1 + (SELECT COUNT(*) FROM", table, f") / {SHARE_REMOVED:d})"]
        removed = connection.execute(" ".join(sql)).rowcount
        scans += removed if table == "scans" else 0
    share = int(connection.execute("SELECT 1 + COUNT(*) / ? FROM bans", (SHARE_REMOVED,)).fetchone()[0])
    connection.execute(
        "DELETE FROM bans WHERE number IN (SELECT number FROM bans WHERE expires_ns < ? ORDER BY expires_ns LIMIT ?)",
        (now_ns, share),
    )
    oldest = connection.execute("SELECT MIN(opened_ns) FROM scans").fetchone()[0]
    if oldest is not None:
        _forget_counts(connection, oldest)
    return scans


def _forget_counts(connection: sqlite3.Connection, oldest_ns: int) -> None:
    sql = "DELETE FROM counts WHERE kind = ? AND is_day = ? AND span < ?"
    for kind in Kind:
        connection.execute(sql, (kind, False, hour_of(oldest_ns)))
        connection.execute(sql, (kind, True, day_of(oldest_ns)))


def used_bytes(connection: sqlite3.Connection) -> int:
    """Give the size of the database without its free pages."""
    page_bytes, pages, free = (
        int(connection.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("page_size", "page_count", "freelist_count")
    )
    return page_bytes * (pages - free)


def give_back(connection: sqlite3.Connection) -> None:
    """Return some free pages to the file system; a little at a time, since it holds up the writer."""
    connection.execute(f"PRAGMA incremental_vacuum({VACUUM_PAGES:d})").fetchall()
