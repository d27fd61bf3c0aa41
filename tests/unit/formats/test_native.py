"""Records survive the trip through JSON unchanged, and a wrong line is named."""

import json

import pytest

from scanwarden.errors import RecordError
from scanwarden.formats import native
from scanwarden.model.detection import Opened
from scanwarden.model.records import Banned, Decided, Ready

TIME = "2026-01-02T03:04:05.123456789Z"
OPENED = {
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
NOTICE = {
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
READY = {
    "event": "ready",
    "time": TIME,
    "sensor": "replay:x.pcap",
    "interfaces": [],
    "home": ["10.77.1.10/32"],
    "home_inferred": True,
    "mode": "replay",
}
DECISION = {
    "event": "decision",
    "id": "sw-3f2a9c51d07b44e1",
    "time": TIME,
    "action": "ban",
    "would": True,
    "reason": "forgeable evidence",
    "source": "10.77.1.50/32",
    "duration_s": 600,
}
BAN = {
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
RECORDS = [
    OPENED,
    OPENED | {"event": "updated", "reason": "technique tcp_xmas"},
    OPENED | {"event": "closed"},
    GROUP,
    NOTICE,
    READY,
    DECISION,
    BAN,
    BAN | {"event": "unban", "reason": "expired"},
]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: str(record["event"]))
def test_a_record_round_trips_key_for_key(record: dict[str, object]) -> None:
    line = json.dumps(record).encode()
    assert json.loads(native.encode(native.decode(line))) == record


def test_the_event_names_the_type() -> None:
    kinds = [type(native.decode(json.dumps(record).encode())) for record in (OPENED, READY, DECISION, BAN)]
    assert kinds == [Opened, Ready, Decided, Banned]


def test_a_record_is_one_line() -> None:
    line = json.dumps(NOTICE | {"text": "two\nlines\u2028\x1b[2J"}).encode()
    assert b"\n" not in native.encode(native.decode(line))


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        json.dumps(OPENED | {"event": "gone"}).encode(),
        json.dumps(OPENED | {"time": "yesterday"}).encode(),
        json.dumps(OPENED | {"severity": 6}).encode(),
        json.dumps(OPENED | {"techniques": ["tcp_magic"]}).encode(),
        json.dumps(OPENED | {"targets": [{"address": "nowhere"}]}).encode(),
        json.dumps(BAN | {"source": "10.77.1.50/24"}).encode(),
    ],
)
def test_a_wrong_line_is_refused_with_a_reason(line: bytes) -> None:
    with pytest.raises(RecordError, match="in the record"):
        native.decode(line)
