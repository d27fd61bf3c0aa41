"""Make records for the tests of the store."""

import random

from scanwarden.model.address import Address, Prefix
from scanwarden.model.detection import (
    Closed,
    Detection,
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
    Updated,
)
from scanwarden.model.notice import Notice
from scanwarden.model.ports import Ports
from scanwarden.model.records import Banned, Decided, Unbanned
from scanwarden.model.time import NS_PER_S, Timestamp
from scanwarden.store.codec import TECHNIQUES
from scanwarden.store.views import ScanRow

HOUR_NS = 3600 * NS_PER_S
START = Timestamp.parse("2026-01-02T03:00:00Z")
TARGET = Address.parse("192.0.2.10")
KINDS: dict[str, type[Detection]] = {"opened": Opened, "updated": Updated, "closed": Closed}


def scan_id(number: int) -> str:
    return f"sw-{number:016x}"


ROW = ScanRow(
    id=scan_id(1),
    opened_at=START,
    first_seen=START,
    last_seen=START,
    is_open=False,
    source="192.0.2.1",
    members=0,
    verified=False,
    group=None,
    part_of=None,
    techniques=("tcp_syn",),
    pattern="vertical",
    pace="burst",
    severity=2,
    tool=None,
    sensor="replay:x",
    probes=10,
    packets=20,
    outcomes=Outcomes(),
    nats=14.0,
    targets=1,
    learnt=0,
    ports="tcp 1-10",
)


def statement(
    number: int = 1,
    event: str = "opened",
    *,
    at_s: float = 0,
    seen_s: tuple[float, float] | None = None,
    source: str | None = "203.0.113.7",
    prefix: str | None = None,
    members: tuple[str, ...] = (),
    group: GroupKind | None = None,
    part_of: str | None = None,
    tcp: str = "1-10",
    udp: str = "",
    techniques: tuple[Technique, ...] = ("tcp_syn",),
    severity: int = 2,
    tool: str | None = "nmap",
    probes: int = 10,
    reason: str | None = None,
    sensor: str = "capture:eth0",
) -> Opened | Updated | Closed:
    """Make a statement about a scan; times are seconds after START."""
    first, last = seen_s or (at_s - 1, at_s)
    address = None if source is None else Address.parse(source)
    made = KINDS[event](
        id=scan_id(number),
        time=START.plus(at_s),
        first_seen=START.plus(first),
        last_seen=START.plus(last),
        source=Source(
            address=address,
            prefix=Prefix.parse(prefix) if prefix else None if address is None else address.prefix(),
            members=tuple(Member(address=Address.parse(member), verified=False) for member in members),
            verified=False,
        ),
        group=group,
        part_of=part_of,
        reason=reason,
        targets=(Target(address=TARGET, tcp=Ports.parse(tcp), udp=Ports.parse(udp) if udp else None),),
        techniques=techniques,
        pattern="vertical",
        pace="burst",
        outcomes=Outcomes(open=1, closed=8, filtered=1),
        learnt_open=(Target(address=TARGET, tcp=Ports.parse("22")),),
        probes=probes,
        packets=2 * probes,
        evidence=Evidence(
            nats=14.0,
            threshold=13.8,
            parts=(
                EvidencePart(
                    rule="closed_port",
                    contact="tcp/1 at 192.0.2.10",
                    outcome="closed",
                    nats=3.5,
                    time=START.plus(first),
                ),
            ),
        ),
        severity=severity,
        tool=None if tool is None else Tool(name=tool, confidence=0.9),
        attack=("T1046",),
        sensor=sensor,
    )
    assert isinstance(made, (Opened, Updated, Closed))
    return made


def decided(number: int = 1, *, at_s: float = 0, action: str = "ban", would: bool = True) -> Decided:
    return Decided(
        id=scan_id(number),
        time=START.plus(at_s),
        action=action,  # type: ignore[arg-type]  # the tests name right ones
        would=would,
        reason="evidence",
        source=Prefix.parse("203.0.113.7"),
        duration_s=600,
    )


def banned(
    source: str = "203.0.113.7",
    *,
    number: int | None = 1,
    at_s: float = 0,
    duration_s: int = 600,
    responder: str = "nftables",
    forgeable: bool = False,
) -> Banned:
    return Banned(
        id=None if number is None else scan_id(number),
        time=START.plus(at_s),
        source=Prefix.parse(source),
        duration_s=duration_s,
        expires_at=START.plus(at_s + duration_s),
        reason="scan",
        responder=responder,
        forgeable=forgeable,
    )


def unbanned(source: str = "203.0.113.7", *, at_s: float = 60, responder: str = "nftables") -> Unbanned:
    return Unbanned(
        id=None,
        time=START.plus(at_s),
        source=Prefix.parse(source),
        duration_s=600,
        expires_at=START.plus(600),
        reason="lifted by root",
        responder=responder,
        forgeable=False,
    )


def notice(kind: str = "flood", *, at_s: float = 0, text: str = "a flood") -> Notice:
    return Notice(time=START.plus(at_s), kind=kind, text=text, sensor="capture:eth0", counts={"packets": 3})


def random_scan(number: int, chance: random.Random, *, span_s: int = 30 * 86_400) -> Closed:
    """Make a closed scan like those an open host sees: mostly a few ports, some wide."""
    at = chance.uniform(0, span_s)
    wide = chance.random()
    if wide < 0.02:
        tcp = "1-1000"
    elif wide < 0.1:
        tcp = ",".join(map(str, sorted(chance.sample(range(1, 65536), 60))))
    else:
        tcp = ",".join(map(str, sorted(set(chance.choices([22, 23, 80, 443, 445, 3389, 5432, 8080, 6379], k=4)))))
    made = statement(
        number,
        "closed",
        at_s=at + 30,
        seen_s=(at, at + 30),
        source=".".join(
            str(part)
            for part in (
                chance.choice([198, 203, 185]),
                chance.randrange(4),
                *(chance.randrange(256) for _ in range(2)),
            )
        ),
        tcp=tcp,
        udp="53,161" if chance.random() < 0.1 else "",
        techniques=tuple(sorted(set(chance.choices(TECHNIQUES[:11], k=2)))),
        severity=chance.choice([1, 2, 2, 2, 3, 3, 4, 5]),
        tool=chance.choice(["nmap", "masscan", "zmap", None]),
        probes=chance.randrange(4, 2000),
    )
    assert isinstance(made, Closed)
    return made
