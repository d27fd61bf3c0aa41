"""Stored answers read well: bounded lists, ended bans, groups."""

import msgspec
import pytest

from scanwarden.cli.stored_text import answer_words, ban_sentence, scan_entry, scan_story
from scanwarden.formats.text.layout import Role, unpainted
from scanwarden.model.address import Prefix
from scanwarden.store.reader import StoredScan
from scanwarden.store.views import BanRow, DecisionRow, ScanStep
from tests.unit.store.records import ROW, START, scan_id, statement

BAN = BanRow(
    scan=None,
    source=Prefix.parse("192.0.2.0/24"),
    starts_at=START,
    expires_at=START.plus(600),
    duration_s=600,
    reason="scan",
    responder="nftables",
    forgeable=False,
)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "192.0.2.1, TCP SYN: tcp 1-10; 10 probes; learnt no open port"),
        ({"ports": "", "targets": 255, "techniques": ("arp",)}, "192.0.2.1, ARP: 255 hosts; "),
        ({"targets": 3}, "tcp 1-10 of 3 hosts"),
        ({"part_of": scan_id(2)}, f"part of {scan_id(2)}"),
        ({"action": "notify"}, "policy: tell, no ban"),
    ],
)
def test_a_line_says_what_matters(changes: dict[str, object], said: str) -> None:
    assert said in " ".join(scan_entry(msgspec.structs.replace(ROW, **changes), unpainted)[1:]).replace("   ", " ")


def test_only_grave_scans_are_painted_as_alarms() -> None:
    def roles(severity: int) -> list[str]:
        found: list[str] = []

        def paint(text: str, role: Role) -> str:
            found.append(role)
            return text

        scan_entry(msgspec.structs.replace(ROW, severity=severity), paint)
        return found

    assert roles(4)[0] == "alarm"
    assert roles(3)[0] == "headline"


def test_a_ban_says_how_it_ended() -> None:
    assert ban_sentence(BAN).endswith("banned 192.0.2.0/24 for 10 min, until 2026-01-02 03:10:00 UTC (nftables)")
    ended = msgspec.structs.replace(BAN, ended_at=START.plus(5), end_reason="lifted by root")
    assert ban_sentence(ended).endswith("; ended 2026-01-02 03:00:05 UTC: lifted by root")


def test_an_answer_about_a_group_names_nobody() -> None:
    decision = DecisionRow(
        scan=scan_id(1), time=START, action="notify", would=True, reason="a group", source=None, duration_s=None
    )
    assert answer_words(decision) == "told you, no ban: a group"


def test_long_histories_are_cut_and_counted() -> None:
    step = ScanStep(time=START, event="updated", reason="x", techniques=("tcp_syn",), severity=2, probes=4, nats=14.0)
    scan = StoredScan(
        row=ROW, statement=statement(1, "closed"), steps=(step,) * 50, decisions=(), bans=(), folded=(scan_id(3),) * 20
    )
    lines = scan_story(scan, unpainted)
    assert sum(line.startswith("  updated") for line in lines) == 20
    assert any("and 30 more changes" in line for line in lines)
    assert "and 12 more" in " ".join(" ".join(lines).split())
