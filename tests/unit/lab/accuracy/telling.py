"""Make the records of a scan for the tests of the accuracy report."""

from typing import Any

from scanwarden.model.address import Address, Prefix
from scanwarden.model.detection import (
    Closed,
    Evidence,
    EvidencePart,
    GroupKind,
    Member,
    Opened,
    Outcomes,
    Source,
    Target,
    Technique,
    Tool,
)
from scanwarden.model.ports import Ports
from scanwarden.model.records import Record
from scanwarden.model.time import Timestamp

START = 1_767_225_600_000_000_000
SCANNER = "192.0.2.7"


def scan(
    number: int = 1,
    *,
    address: str | None = SCANNER,
    members: tuple[str, ...] = (),
    group: GroupKind | None = None,
    part_of: str | None = None,
    technique: Technique = "tcp_syn",
    tool: str | None = None,
    rule: str = "closed_port",
    ports: str = "22-24",
) -> list[Record]:
    """Give the opening and the end of one scan; it opened 2.5 ms after its first probe."""
    weighed = Ports.parse(ports)
    common: dict[str, Any] = {
        "id": f"sw-{number:016x}",
        "first_seen": Timestamp(START),
        "last_seen": Timestamp(START + 2_500_000),
        "source": Source(
            address=Address.parse(address) if address else None,
            prefix=Prefix.parse(f"{address}/32") if address else None,
            members=tuple(Member(address=Address.parse(member), verified=False) for member in members),
        ),
        "group": group,
        "targets": (Target(address=Address.parse("10.0.0.1"), tcp=weighed),),
        "techniques": (technique,),
        "pattern": "vertical",
        "pace": "burst",
        "outcomes": Outcomes(closed=len(weighed)),
        "probes": len(weighed),
        "packets": len(weighed),
        "evidence": Evidence(
            nats=14,
            threshold=13.8,
            parts=tuple(
                EvidencePart(
                    rule=rule, contact=f"tcp/{port} at 10.0.0.1", outcome="closed", nats=3.5, time=Timestamp(START)
                )
                for port in weighed
            ),
        ),
        "severity": 3,
        "tool": Tool(name=tool, confidence=0.9) if tool else None,
        "sensor": "replay:x",
    }
    return [
        Opened(time=Timestamp(START + 2_500_000), **common),
        Closed(time=Timestamp(START + 9_000_000), part_of=part_of, **common),
    ]
