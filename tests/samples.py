"""Give tests one record of each kind, as JSON objects and as model values."""

import json
from typing import Any

from scanwarden.formats import native
from scanwarden.model.records import Record

TIME = "2026-01-02T03:04:05.123456789Z"
OPENED: dict[str, Any] = {
    "event": "opened",
    "id": "sw-3f2a9c51d07b44e1",
    "time": TIME,
    "first_seen": TIME,
    "last_seen": TIME,
    "source": {"address": "10.77.1.50", "prefix": "10.77.1.50/32", "members": [], "verified": False},
    "group": None,
    "part_of": None,
    "reason": None,
    "targets": [{"address": "10.77.1.10", "tcp": "1-1000", "udp": "53,161"}],
    "techniques": ["tcp_syn"],
    "stages": ["ports"],
    "tricks": [],
    "pattern": "vertical",
    "pace": "burst",
    "outcomes": {"open": 3, "closed": 990, "filtered": 7, "unknown": 0},
    "learnt_open": [{"address": "10.77.1.10", "tcp": "22,80,443"}],
    "probes": 1000,
    "packets": 2003,
    "evidence": {
        "nats": 14.0,
        "threshold": 13.82,
        "parts": [
            {"rule": "closed_port", "contact": "tcp/23 at 10.77.1.10", "outcome": "closed", "nats": 3.5, "time": TIME}
        ],
        "parts_left_out": 0,
    },
    "severity": 2,
    "tool": {"name": "nmap", "confidence": 0.9},
    "attack": ["T1046"],
    "sensor": "replay:x.pcap",
}
GROUP = OPENED | {
    "source": {
        "address": None,
        "prefix": None,
        "members": [{"address": "fd77::5", "verified": True}, {"address": "fd77::6", "verified": False}],
        "verified": False,
    },
    "group": "decoys",
}
NOTICE: dict[str, Any] = {
    "event": "notice",
    "id": "sw-3f2a9c51d07b44e1",
    "time": TIME,
    "kind": "flood",
    "source": None,
    "targets": [{"address": "10.77.1.10", "tcp": "80"}],
    "text": "10.77.1.10 port 80 is flooded",
    "counts": {"syns": 10000},
    "sensor": "replay:x.pcap",
}
READY: dict[str, Any] = {
    "event": "ready",
    "time": TIME,
    "sensor": "replay:x.pcap",
    "interfaces": [],
    "home": ["10.77.1.10/32"],
    "home_inferred": True,
    "mode": "replay",
}
DECISION: dict[str, Any] = {
    "event": "decision",
    "id": "sw-3f2a9c51d07b44e1",
    "time": TIME,
    "action": "ban",
    "would": True,
    "reason": "forgeable evidence",
    "source": "10.77.1.50/32",
    "duration_s": 600,
}
BAN: dict[str, Any] = {
    "event": "ban",
    "id": "sw-3f2a9c51d07b44e1",
    "time": TIME,
    "source": "10.77.1.50/32",
    "duration_s": 600,
    "expires_at": "2026-01-02T03:14:05.123456789Z",
    "reason": "forgeable evidence",
    "responder": "nftables",
    "forgeable": True,
}
CLOSED = OPENED | {"event": "closed", "last_seen": "2026-01-02T03:04:05.523456789Z"}
UPDATED = OPENED | {"event": "updated", "reason": "technique tcp_xmas"}
UNBAN = BAN | {"event": "unban", "reason": "expired"}


def record(json_object: dict[str, Any], **changes: Any) -> Record:  # noqa: ANN401 any JSON value
    """Make the model's value of a JSON object with some keys changed."""
    return native.decode(json.dumps(json_object | changes).encode())
