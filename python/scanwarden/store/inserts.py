"""Write each kind of record into its tables; called inside a transaction by the one writer."""

import sqlite3
from typing import NamedTuple

from scanwarden.model.detection import Closed, Detection
from scanwarden.model.notice import Notice
from scanwarden.model.records import Banned, Decided, Ready, Record, Unbanned
from scanwarden.store.codec import Statement, pack, technique_bits, techniques_of
from scanwarden.store.counts import NS_PER_HOUR, Counter, Kind, hour_of, new_spans
from scanwarden.store.keys import key_of, neighbourhood
from scanwarden.store.spans import Span, size, spans_of, text_of

MAX_STEPS = 64
MAX_SOURCES = 1024
MAX_TEXT_CHARS = 1000
# What does not fit SQLite's 64 bits is cut; no real time or count comes near.
_MAX_INTEGER = 2**63 - 1

_COLUMNS = [
    "id",
    "opened_ns",
    "time_ns",
    "first_ns",
    "last_ns",
    "is_open",
    "source",
    "key",
    "bits",
    "network",
    "members",
    "verified",
    "group_kind",
    "part_of",
    "techniques",
    "pattern",
    "pace",
    "severity",
    "tool",
    "sensor",
    "probes",
    "packets",
    "open",
    "closed",
    "filtered",
    "unknown",
    "nats",
    "targets",
    "learnt",
    "ports",
    "search",
]
_INSERT_SCAN = " ".join(
    ["INSERT INTO scans (", ", ".join(_COLUMNS), ") VALUES (", ", ".join(f":{name}" for name in _COLUMNS), ")"]
)
_UPDATE_SCAN = " ".join(
    [
        "UPDATE scans SET",
        ", ".join(f"{name} = :{name}" for name in _COLUMNS if name not in ("id", "opened_ns")),
        "WHERE number = :number",
    ]
)


class _Known(NamedTuple):
    """What the database already says about a scan."""

    number: int
    time_ns: int
    techniques: int


class Inserter:
    """Write records through one connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.counter = Counter(connection)

    def insert(self, record: Record) -> None:
        """Write one record; a statement that is older than the stored one only adds to the history."""
        match record:
            case Decided():
                self._decision(record)
            case Banned():
                self._ban(record)
            case Unbanned():
                self._unban(record)
            case Notice():
                self._notice(record)
            case Ready():
                pass  # says that a sensor works; nothing about a scan
            case _:
                self._statement(record)

    def _statement(self, record: Statement) -> None:
        sql = "SELECT number, time_ns, techniques FROM scans WHERE id = ?"
        row = self._connection.execute(sql, (record.id,)).fetchone()
        known = _Known(*row) if row else None
        if known is not None and record.time < known.time_ns:
            self._step(known.number, record)
            return
        spans = spans_of(record.targets)
        columns = _columns(record, text_of(spans))
        if known is None:
            number = int(self._connection.execute(_INSERT_SCAN, columns).lastrowid or 0)
            old_spans: dict[int, list[Span]] = {}
        else:
            number = known.number
            self._connection.execute(_UPDATE_SCAN, {**columns, "number": number})
            old_spans = self._spans(number)
        self._count(record, number, known, spans, old_spans)
        self._put_spans(number, spans, old_spans)
        self._connection.execute("INSERT OR REPLACE INTO scan_bodies VALUES (?, ?)", (number, pack(record)))
        self._put_sources(number, record)
        self._step(number, record)

    def _count(
        self,
        record: Statement,
        number: int,
        known: _Known | None,
        spans: dict[int, list[Span]],
        old_spans: dict[int, list[Span]],
    ) -> None:
        """Add what is new about a scan to the counts of its hour; members of a group count with the group."""
        if record.part_of is not None:
            return
        old_techniques = known.techniques if known else 0
        new_techniques = technique_bits(record.techniques) & ~old_techniques
        self.counter.add(record.time, Kind.TECHNIQUE, techniques_of(new_techniques))
        if known is None and record.source.address is not None:
            self.counter.add(record.time, Kind.NETWORK, [str(neighbourhood(record.source.address))])
        counted = self._counted_this_hour(number, record)
        for protocol, found in spans.items():
            fresh = new_spans(found, old_spans.get(protocol, ()), counted.get(protocol, ()))
            self.counter.add_ports(record.time, protocol, fresh, size(found))

    def _counted_this_hour(self, number: int, record: Statement) -> dict[int, list[Span]]:
        """Give the ports of the other scans of the same source in this hour."""
        if record.source.prefix is None:
            return {}
        key, bits = key_of(record.source.prefix)
        found: dict[int, list[Span]] = {}
        sql = "SELECT number FROM scans WHERE key = ? AND bits = ? AND last_ns >= ? AND number <> ? LIMIT 16"
        for (other,) in self._connection.execute(
            sql, (key, bits, hour_of(record.time) * NS_PER_HOUR, number)
        ).fetchall():
            for protocol, spans in self._spans(other).items():
                found.setdefault(protocol, []).extend(spans)
        return found

    def _spans(self, number: int) -> dict[int, list[Span]]:
        found: dict[int, list[Span]] = {}
        sql = "SELECT protocol, first, last FROM scan_ports WHERE number = ? ORDER BY protocol, first"
        for protocol, first, last in self._connection.execute(sql, (number,)):
            found.setdefault(protocol, []).append((first, last))
        return found

    def _put_spans(self, number: int, spans: dict[int, list[Span]], old_spans: dict[int, list[Span]]) -> None:
        if spans == old_spans:
            return
        if old_spans:
            self._connection.execute("DELETE FROM scan_ports WHERE number = ?", (number,))
        rows = [(number, protocol, first, last) for protocol, found in spans.items() for first, last in found]
        self._connection.executemany("INSERT INTO scan_ports VALUES (?, ?, ?, ?)", rows)

    def _put_sources(self, number: int, record: Detection) -> None:
        named = [(member.address.prefix(), member.verified) for member in record.source.members[:MAX_SOURCES]]
        if record.source.prefix is not None:
            named.append((record.source.prefix, record.source.verified))
        rows = [(*key_of(network), number, verified) for network, verified in named]
        self._connection.executemany("INSERT OR REPLACE INTO scan_sources VALUES (?, ?, ?, ?)", rows)

    def _step(self, number: int, record: Statement) -> None:
        step = (
            *(number, record.time, type(record).__name__.lower(), _cut(record.reason)),
            *(
                technique_bits(record.techniques),
                record.severity,
                min(record.probes, _MAX_INTEGER),
                record.evidence.nats,
            ),
            *(number, MAX_STEPS),
        )
        self._connection.execute(
            "INSERT INTO scan_steps SELECT ?, ?, ?, ?, ?, ?, ?, ? "
            "WHERE (SELECT COUNT(*) FROM scan_steps WHERE number = ?) < ?",
            step,
        )

    def _decision(self, record: Decided) -> None:
        source = None if record.source is None else str(record.source)
        row = (record.id, record.time, record.action, record.would, _cut(record.reason), source, record.duration_s)
        self._connection.execute(
            "INSERT INTO decisions (scan, time_ns, action, would, reason, source, duration_s) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            row,
        )

    def _ban(self, record: Banned) -> None:
        """Write a ban; an earlier one of the same source by the same responder ends with it."""
        key, bits = key_of(record.source)
        self._end(record, key, bits, record.time, "renewed")
        self._connection.execute(
            "INSERT INTO bans (scan, key, bits, starts_ns, expires_ns, duration_s, reason, responder, forgeable) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(record.id, key, bits, record.time, record.expires_at, record.duration_s),
                *(_cut(record.reason), record.responder, record.forgeable),
            ),
        )

    def _unban(self, record: Unbanned) -> None:
        key, bits = key_of(record.source)
        self._end(record, key, bits, record.time, record.reason)

    def _end(self, record: Banned | Unbanned, key: bytes, bits: int, time_ns: int, reason: str) -> None:
        self._connection.execute(
            "UPDATE bans SET ended_ns = ?, end_reason = ? "
            "WHERE key = ? AND bits = ? AND responder = ? AND ended_ns IS NULL AND starts_ns <= ?",
            (time_ns, _cut(reason), key, bits, record.responder, time_ns),
        )

    def _notice(self, record: Notice) -> None:
        source = record.source.address if record.source else None
        row = (
            record.id,
            record.time,
            _cut(record.kind),
            _cut(record.text),
            str(source) if source else None,
            pack(record),
        )
        sql = "INSERT INTO notices (id, time_ns, kind, text, source, body) VALUES (?, ?, ?, ?, ?, ?)"
        self._connection.execute(sql, row)


def _cut(text: str | None) -> str | None:
    """Cut a text, and replace lone surrogates, which SQLite cannot store."""
    return None if text is None else text[:MAX_TEXT_CHARS].encode("utf-8", "replace").decode("utf-8")


def _columns(record: Statement, ports: str) -> dict[str, object]:
    source = record.source
    address = None if source.address is None else str(source.address)
    key, bits = (None, None) if source.prefix is None else key_of(source.prefix)
    tool = _cut(record.tool.name) if record.tool else None
    words = (address, source.prefix, tool, record.sensor, record.id, record.group)
    return {
        "id": record.id,
        "opened_ns": record.time,
        "time_ns": record.time,
        "first_ns": record.first_seen,
        "last_ns": record.last_seen,
        "is_open": not isinstance(record, Closed),
        "source": address,
        "key": key,
        "bits": bits,
        "network": None if source.address is None else str(neighbourhood(source.address)),
        "members": len(source.members),
        "verified": source.verified,
        "group_kind": record.group,
        "part_of": record.part_of,
        "techniques": technique_bits(record.techniques),
        "pattern": record.pattern,
        "pace": record.pace,
        "severity": record.severity,
        "tool": tool,
        "sensor": _cut(record.sensor),
        "probes": min(record.probes, _MAX_INTEGER),
        "packets": min(record.packets, _MAX_INTEGER),
        "open": min(record.outcomes.open, _MAX_INTEGER),
        "closed": min(record.outcomes.closed, _MAX_INTEGER),
        "filtered": min(record.outcomes.filtered, _MAX_INTEGER),
        "unknown": min(record.outcomes.unknown, _MAX_INTEGER),
        "nats": record.evidence.nats,
        "targets": len(record.targets),
        "learnt": sum(size(spans) for spans in spans_of(record.learnt_open).values()),
        "ports": ports,
        "search": _cut(" ".join(str(word) for word in words if word is not None).lower()),
    }
