"""Ask for bans: what is in force, what to restore after a start, what happened to a source before."""

import sqlite3
from typing import Any

from scanwarden.model.address import Prefix
from scanwarden.model.ban import Ban
from scanwarden.model.time import Timestamp
from scanwarden.store.keys import enclosing, key_of, key_range, network_of
from scanwarden.store.views import BanRow

MAX_RESTORED = 200_000
_ROW = "scan, key, bits, starts_ns, expires_ns, duration_s, reason, responder, forgeable, ended_ns, end_reason"


def in_force(connection: sqlite3.Connection, now: int, limit: int) -> tuple[BanRow, ...]:
    """List the bans that have neither expired nor been lifted, those that last longest first."""
    sql = ["SELECT", _ROW, "FROM bans WHERE ended_ns IS NULL AND expires_ns > ? ORDER BY expires_ns DESC LIMIT ?"]
    return tuple(_ban_row(row) for row in connection.execute(" ".join(sql), (now, limit)))


def count_in_force(connection: sqlite3.Connection, now: int) -> int:
    """Count the sources that are banned, each once however many responders enforce it."""
    sql = (
        "SELECT COUNT(*) FROM (SELECT DISTINCT key, bits FROM bans INDEXED BY bans_not_ended "
        "WHERE ended_ns IS NULL AND expires_ns > ?)"
    )
    return int(connection.execute(sql, (now,)).fetchone()[0])


def count_made(connection: sqlite3.Connection, since: int, until: int) -> int:
    """Count the bans that began in a period, each once however many responders enforce it."""
    sql = "SELECT COUNT(*) FROM (SELECT DISTINCT key, bits, starts_ns FROM bans WHERE starts_ns BETWEEN ? AND ?)"
    return int(connection.execute(sql, (since, until)).fetchone()[0])


def to_restore(connection: sqlite3.Connection, now: int) -> tuple[Ban, ...]:
    """Give each banned source once, with the ban that lasts longest.

    Whether established flows are spared follows from whether the evidence was forgeable.
    """
    sql = [
        "SELECT scan, key, bits, starts_ns, MAX(expires_ns), duration_s, reason, forgeable FROM bans",
        "WHERE ended_ns IS NULL AND expires_ns > ? GROUP BY key, bits ORDER BY 5 DESC LIMIT ?",
    ]
    return tuple(
        Ban(
            id=scan,
            source=network_of(key, bits),
            starts_at=Timestamp(starts),
            duration_s=max(1, duration_s),
            reason=reason,
            forgeable=bool(forgeable),
            spare_established=bool(forgeable),
        )
        for scan, key, bits, starts, _, duration_s, reason, forgeable in connection.execute(
            " ".join(sql), (now, MAX_RESTORED)
        )
    )


def of_scan(connection: sqlite3.Connection, scan_id: str) -> tuple[BanRow, ...]:
    """List the bans that a scan earned, oldest first."""
    sql = ["SELECT", _ROW, "FROM bans WHERE scan = ? ORDER BY starts_ns, number LIMIT 1000"]
    return tuple(_ban_row(row) for row in connection.execute(" ".join(sql), (scan_id,)))


def of_source(connection: sqlite3.Connection, source: Prefix, limit: int) -> tuple[BanRow, ...]:
    """List the bans of a network, of those inside it and of those that hold it, newest first."""
    around = enclosing(source)
    sql = ["SELECT", _ROW, "FROM bans WHERE key BETWEEN ? AND ?"]
    if around:
        sql += ["OR (key, bits) IN (VALUES", ", ".join("(?, ?)" for _ in around), ")"]
    sql.append("ORDER BY starts_ns DESC LIMIT ?")
    values = (*key_range(source), *(part for key in around for part in key), limit)
    return tuple(_ban_row(row) for row in connection.execute(" ".join(sql), values))


def earlier(connection: sqlite3.Connection, source: Prefix, since: int) -> int:
    """Count the bans of exactly this source on proved evidence since a time: its place on the ladder."""
    sql = "SELECT COUNT(DISTINCT starts_ns) FROM bans WHERE key = ? AND bits = ? AND starts_ns >= ? AND forgeable = 0"
    return int(connection.execute(sql, (*key_of(source), since)).fetchone()[0])


def standings(connection: sqlite3.Connection, since: int, limit: int) -> tuple[tuple[Prefix, int, Timestamp], ...]:
    """Give sources whose bans on proved evidence ended after a time, with how many there were and the last end.

    Oldest first, the newest `limit` of them. A ban that was lifted before its end does not count.
    """
    sql = (
        "SELECT key, bits, COUNT(DISTINCT starts_ns), MAX(expires_ns) FROM bans "
        "WHERE expires_ns >= ? AND forgeable = 0 AND (ended_ns IS NULL OR ended_ns >= expires_ns) "
        "GROUP BY key, bits ORDER BY 4 DESC LIMIT ?"
    )
    newest_first = connection.execute(sql, (since, limit)).fetchall()
    return tuple((network_of(key, bits), count, Timestamp(until)) for key, bits, count, until in reversed(newest_first))


def _ban_row(row: tuple[Any, ...]) -> BanRow:
    (scan, key, bits, starts, expires, duration_s, reason, responder, forgeable, ended, end_reason) = row
    return BanRow(
        scan=scan,
        source=network_of(key, bits),
        starts_at=Timestamp(starts),
        expires_at=Timestamp(expires),
        duration_s=duration_s,
        reason=reason,
        responder=responder,
        forgeable=bool(forgeable),
        ended_at=None if ended is None else Timestamp(ended),
        end_reason=end_reason,
    )
