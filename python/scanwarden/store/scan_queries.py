"""Ask for scans: lists with filters, one scan with its history."""

import sqlite3
from collections.abc import Sequence
from typing import Any

from scanwarden.errors import StoreError
from scanwarden.model.detection import Outcomes
from scanwarden.model.time import Timestamp
from scanwarden.store.codec import Statement, technique_bits, techniques_of, unpack_statement
from scanwarden.store.keys import enclosing, key_range
from scanwarden.store.spans import PROTOCOLS
from scanwarden.store.views import DecisionRow, ScanFilter, ScanPage, ScanRow, ScanStep

MAX_PAGE_ROWS = 1000
_ROW = (
    "number, id, opened_ns, first_ns, last_ns, is_open, source, members, verified, group_kind, part_of, techniques, "
    "pattern, pace, severity, tool, sensor, probes, packets, open, closed, filtered, unknown, nats, targets, learnt, "
    "ports, (SELECT action FROM decisions WHERE scan = scans.id ORDER BY time_ns DESC, number DESC LIMIT 1)"
)


class Condition:
    """The WHERE clause of a filter: constant fragments, and the values bound to them."""

    def __init__(self) -> None:
        self.fragments: list[str] = ["1"]
        self.values: list[object] = []

    def add(self, fragment: str, *values: object) -> None:
        """Ask for one more thing."""
        self.fragments.append(fragment)
        self.values.extend(values)

    def __str__(self) -> str:
        return " AND ".join(self.fragments)


def condition_of(wanted: ScanFilter) -> Condition:
    """Write a filter as SQL."""
    condition = Condition()
    if wanted.since is not None:
        condition.add("last_ns >= ?", wanted.since)
    if wanted.until is not None:
        condition.add("opened_ns <= ?", wanted.until)
    if wanted.minimum_severity is not None:
        condition.add("severity >= ?", wanted.minimum_severity)
    if wanted.techniques:
        condition.add("(techniques & ?) <> 0", technique_bits(wanted.techniques))
    if wanted.is_open is not None:
        condition.add("is_open = ?", wanted.is_open)
    if wanted.text:
        inner = "number IN (SELECT number FROM scans WHERE search LIKE ? ESCAPE '\\')"
        condition.add(inner, f"%{_escaped(wanted.text.lower())}%")
    _add_source(condition, wanted)
    _add_port(condition, wanted)
    return condition


def scans(connection: sqlite3.Connection, wanted: ScanFilter, after: str | None, limit: int) -> ScanPage:
    """List scans, the last opened first; `after` is the `next` of the page before."""
    condition = condition_of(wanted)
    if after is not None:
        condition.add("(opened_ns, number) < (?, ?)", *_position(after))
    limit = max(1, min(limit, MAX_PAGE_ROWS))
    # The columns, one of which is a question of its own, are looked up only for the rows of this page.
    newest = ["SELECT number FROM scans WHERE", str(condition), "ORDER BY opened_ns DESC, number DESC LIMIT ?"]
    sql = ["SELECT", _ROW, "FROM scans WHERE number IN (", *newest, ") ORDER BY opened_ns DESC, number DESC"]
    rows = connection.execute(" ".join(sql), (*condition.values, limit + 1)).fetchall()
    following = f"{rows[limit - 1][2]}.{rows[limit - 1][0]}" if len(rows) > limit else None
    return ScanPage(scans=tuple(scan_row(row) for row in rows[:limit]), next=following)


def count(connection: sqlite3.Connection, wanted: ScanFilter) -> int:
    """Count the scans that a filter finds."""
    condition = condition_of(wanted)
    sql = " ".join(["SELECT COUNT(*) FROM scans WHERE", str(condition)])
    return int(connection.execute(sql, condition.values).fetchone()[0])


def row_of(connection: sqlite3.Connection, scan_id: str) -> ScanRow | None:
    """Give one scan as it stands in lists."""
    row = connection.execute(" ".join(["SELECT", _ROW, "FROM scans WHERE id = ?"]), (scan_id,)).fetchone()
    return None if row is None else scan_row(row)


def ids_beginning(connection: sqlite3.Connection, start: str, limit: int) -> tuple[str, ...]:
    """List the ids of scans that begin so, in their order."""
    sql = "SELECT id FROM scans WHERE id >= ? AND id < ? ORDER BY id LIMIT ?"
    return tuple(row[0] for row in connection.execute(sql, (start, f"{start}\U0010ffff", limit)))


def body_of(connection: sqlite3.Connection, scan_id: str) -> Statement | None:
    """Give the latest statement about a scan."""
    sql = "SELECT body FROM scan_bodies JOIN scans USING (number) WHERE id = ?"
    row = connection.execute(sql, (scan_id,)).fetchone()
    return None if row is None else unpack_statement(row[0])


def steps_of(connection: sqlite3.Connection, scan_id: str) -> tuple[ScanStep, ...]:
    """Give the history of a scan, oldest first."""
    sql = (
        "SELECT s.time_ns, s.event, s.reason, s.techniques, s.severity, s.probes, s.nats "
        "FROM scan_steps AS s JOIN scans USING (number) WHERE id = ? ORDER BY s.time_ns, s.rowid"
    )
    return tuple(
        ScanStep(
            time=Timestamp(time),
            event=event,
            reason=reason,
            techniques=techniques_of(bits),
            severity=severity,
            probes=probes,
            nats=nats,
        )
        for time, event, reason, bits, severity, probes, nats in connection.execute(sql, (scan_id,))
    )


def decisions_of(connection: sqlite3.Connection, scan_id: str) -> tuple[DecisionRow, ...]:
    """Give what the policy answered about a scan, oldest first."""
    sql = (
        "SELECT scan, time_ns, action, would, reason, source, duration_s FROM decisions "
        "WHERE scan = ? ORDER BY time_ns, number LIMIT 1000"
    )
    return tuple(
        DecisionRow(
            scan=scan,
            time=Timestamp(time),
            action=action,
            would=bool(would),
            reason=reason,
            source=source,
            duration_s=duration_s,
        )
        for scan, time, action, would, reason, source, duration_s in connection.execute(sql, (scan_id,))
    )


def folded_into(connection: sqlite3.Connection, scan_id: str) -> tuple[str, ...]:
    """Give the scans that folded into a group's scan."""
    sql = "SELECT id FROM scans WHERE part_of = ? ORDER BY number LIMIT 1024"
    return tuple(row[0] for row in connection.execute(sql, (scan_id,)))


def scan_row(row: Sequence[Any]) -> ScanRow:
    """Read a row of columns as selected here."""
    (_, scan_id, opened, first, last, is_open, source, members, verified, group, part_of, bits, *rest) = row
    (pattern, pace, severity, tool, sensor, probes, packets, was_open, closed, filtered, unknown, *tail) = rest
    nats, targets, learnt, ports, action = tail
    return ScanRow(
        id=scan_id,
        opened_at=Timestamp(opened),
        first_seen=Timestamp(first),
        last_seen=Timestamp(last),
        is_open=bool(is_open),
        source=source,
        members=members,
        verified=bool(verified),
        group=group,
        part_of=part_of,
        techniques=techniques_of(bits),
        pattern=pattern,
        pace=pace,
        severity=severity,
        tool=tool,
        sensor=sensor,
        probes=probes,
        packets=packets,
        outcomes=Outcomes(open=was_open, closed=closed, filtered=filtered, unknown=unknown),
        nats=nats,
        targets=targets,
        learnt=learnt,
        ports=ports,
        action=action,
    )


def _add_source(condition: Condition, wanted: ScanFilter) -> None:
    """Ask for scans of a source inside the network, or of a network that holds it."""
    if wanted.source is None:
        return
    around = enclosing(wanted.source)
    inner = ["number IN (SELECT number FROM scan_sources WHERE key BETWEEN ? AND ?"]
    if around:
        inner += ["UNION SELECT number FROM scan_sources WHERE (key, bits) IN (VALUES"]
        inner += [", ".join("(?, ?)" for _ in around), ")"]
    condition.add(" ".join([*inner, ")"]), *key_range(wanted.source), *(part for key in around for part in key))


def _add_port(condition: Condition, wanted: ScanFilter) -> None:
    """Ask for scans of a port; single ports are found by one index, the few ranges by another."""
    if wanted.port is None and wanted.protocol is None:
        return
    if wanted.port is None:
        exists = "EXISTS (SELECT 1 FROM scan_ports WHERE scan_ports.number = scans.number AND protocol = ?)"
        condition.add(exists, PROTOCOLS[wanted.protocol or "tcp"])
        return
    protocols = [PROTOCOLS[wanted.protocol]] if wanted.protocol else list(PROTOCOLS.values())
    among = ["AND protocol IN (", ", ".join("?" for _ in protocols), ")"]
    inner = ["number IN (SELECT number FROM scan_ports WHERE first = ?", *among]
    inner += ["UNION ALL SELECT number FROM scan_ports WHERE last > first AND first < ? AND last >= ?", *among, ")"]
    condition.add(" ".join(inner), wanted.port, *protocols, wanted.port, wanted.port, *protocols)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _position(after: str) -> tuple[int, int]:
    opened, dot, number = after.partition(".")
    if not (dot and _is_number(opened) and _is_number(number)):
        raise StoreError("the mark of the next page is not one that a page gave")
    return int(opened), int(number)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 19 and int(text) < 2**63
