"""Ask which open ports scanners have learnt, and from whom first contacts came."""

import sqlite3

from msgspec import Struct

from scanwarden.model.ports import Ports
from scanwarden.model.time import Timestamp
from scanwarden.store.codec import unpack_statement

MAX_SCANS = 2000
_SQL = (
    "SELECT scans.id, scans.last_ns, scan_bodies.body FROM scans JOIN scan_bodies USING (number) "
    "WHERE scans.last_ns BETWEEN ? AND ? AND scans.learnt > 0 AND scans.part_of IS NULL "
    "ORDER BY scans.last_ns DESC LIMIT ?"
)


class LearntRow(Struct, frozen=True, kw_only=True):
    """What one scan learnt of one of our addresses; `sources` are its source, or the members of its group."""

    scan: str
    time: Timestamp
    sources: tuple[str, ...]
    address: str
    protocol: str
    ports: Ports


def learnt(connection: sqlite3.Connection, since: int, until: int) -> tuple[LearntRow, ...]:
    """List what was learnt in a period, the last first; at most the last 2,000 scans that learnt anything."""
    found: list[LearntRow] = []
    for scan, last, body in connection.execute(_SQL, (since, until, MAX_SCANS)):
        statement = unpack_statement(body)
        source = statement.source
        sources = (str(source.address),) if source.address else tuple(str(one.address) for one in source.members)
        found += [
            LearntRow(
                scan=scan,
                time=Timestamp(last),
                sources=sources,
                address=str(target.address),
                protocol=kind,
                ports=ports,
            )
            for target in statement.learnt_open
            for kind, ports in target.touched.items()
            if kind in ("tcp", "udp", "sctp")
        ]
    return tuple(found)
