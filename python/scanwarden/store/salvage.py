"""Save what must not be lost from a damaged file: the bans that are still in force."""

import sqlite3
from pathlib import Path

_COLUMNS = "scan, key, bits, starts_ns, expires_ns, duration_s, reason, responder, forgeable"
MAX_BANS = 100_000


def rescue_bans(damaged: Path, into: sqlite3.Connection, now_ns: int) -> int:
    """Copy every readable ban that has not ended; give their number. Damage is expected and ends the copy."""
    rows: list[tuple[object, ...]] = []
    try:
        source = sqlite3.connect(f"{damaged.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
        try:
            sql = " ".join(
                ["SELECT", _COLUMNS, "FROM bans NOT INDEXED WHERE ended_ns IS NULL AND expires_ns > ? LIMIT ?"]
            )
            rows.extend(source.execute(sql, (now_ns, MAX_BANS)))
        finally:
            source.close()
    except (sqlite3.Error, UnicodeDecodeError):
        pass  # what was read before the damage is kept
    return sum(_copied(into, row) for row in rows)


def _copied(into: sqlite3.Connection, row: tuple[object, ...]) -> bool:
    """Copy one ban if its columns make sense."""
    key, bits, starts, expires, duration = row[1:6]
    numbers = (bits, starts, expires, duration)
    if not (isinstance(key, bytes) and len(key) == 16 and all(isinstance(number, int) for number in numbers)):
        return False
    sql = " ".join(["INSERT INTO bans (", _COLUMNS, ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"])
    try:
        into.execute(sql, row)
    except sqlite3.IntegrityError:
        return False
    return True
