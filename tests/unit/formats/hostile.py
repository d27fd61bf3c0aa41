"""Give records whose every text is hostile: it tries to forge fields, to end lines and to move the cursor."""

from typing import Any

from scanwarden.model.records import Record
from tests.samples import BAN, CLOSED, DECISION, GROUP, NOTICE, OPENED, UNBAN, UPDATED, record

FORGED = "198.51.100.66"
ATTACKS = (
    f"x\nattackalert: Connect from host: {FORGED}/{FORGED} to TCP port: 22",
    f"] ({FORGED}) Scan from: [{FORGED}]",
    f"x to 10.0.0.1 ports 1, 2\r\n{FORGED} to 10.0.0.1 ports 1, 2, fSrpauxy @00:00:00",
    f" TCP: port scan detected [ports 1,2] from {FORGED} [ports 3]",
    f"scan detected (x): {FORGED} -> 10.0.0.1 tcp: [1]",
    f"x|y=z src={FORGED} \\| \\= act=ban",
    f'","src_ip":"{FORGED}","a":"\\',
    f"x\t{FORGED}\t1\t10.0.0.1",
    "\x1b[2J\x1b]0;title\x07\x9b31m\x7f\x00",
    "\u202eesrever\u2066\u2028\u2029\u200b\ufeff\ud7ff\ue000",
    "x" * 5000,
)


def records(attack: str) -> list[Record]:
    """Put one hostile text wherever a record holds text."""
    zone = attack.replace("%", "").replace("/", " ").strip()  # what a zone can hold
    source: dict[str, Any] = {"address": f"fe80::1%{zone}", "prefix": "fe80::/64"}
    scan = {
        "source": {"members": [], "verified": True} | source,
        "targets": [{"address": f"fe80::2%{zone}", "tcp": "23"}],
        "tool": {"name": attack, "confidence": 0.5},
        "sensor": attack,
        "attack": [attack],
        "reason": attack,
    }
    notice_source = {"source": {"members": [], "verified": False} | source}
    notice = {"kind": attack, "text": attack, "sensor": attack, "counts": {attack: 7}, "id": attack}
    return [
        *(record(scan_kind, **scan) for scan_kind in (OPENED, UPDATED)),
        record(GROUP, sensor=attack, attack=[attack]),
        record(DECISION, reason=attack),
        record(BAN, reason=attack, responder=attack),
        record(UNBAN, reason=attack, responder=attack),
        record(CLOSED, **scan),
        record(NOTICE, **notice, **notice_source),
    ]
