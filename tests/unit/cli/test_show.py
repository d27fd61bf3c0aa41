"""`show` tells the whole life of one scan."""

import json
from pathlib import Path

import pytest

from tests.unit.cli.stores import kept, run, widest
from tests.unit.store.records import banned, decided, scan_id, statement, unbanned


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Give a scan that was banned, and one that folded into it."""
    return kept(
        tmp_path / "store.db",
        [
            statement(1, at_s=1),
            decided(1, at_s=1, would=False),
            banned(at_s=1),
            statement(1, "updated", at_s=2, reason="technique udp", probes=20),
            statement(1, "closed", at_s=30, probes=40),
            unbanned(at_s=60),
            statement(0x1F, "closed", at_s=5, source="192.0.2.9", part_of=scan_id(1)),
        ],
    )


def test_people_read_the_story_the_history_and_the_ban(store: Path) -> None:
    result = run("show", scan_id(1), "--store", store)
    assert result.exit_code == 0
    assert "203.0.113.7 scanned 10 ports of 192.0.2.10" in result.stdout
    assert "  done      bans 203.0.113.7 for 10 min: evidence" in result.stdout
    assert "  opened    2026-01-02 03:00:01 UTC: 10 probes, 14.0 nats\n" in result.stdout
    assert "  updated   2026-01-02 03:00:02 UTC: 20 probes, 14.0 nats (technique udp)\n" in result.stdout
    assert "  closed    2026-01-02 03:00:30 UTC: 40 probes, 14.0 nats\n" in result.stdout
    assert f"scans that belong to it: {scan_id(0x1F)}" in result.stdout
    ban = " ".join(result.stdout.split("  ban  ")[1].split())
    assert ban.startswith("2026-01-02 03:00:01 UTC: banned 203.0.113.7 for 10 min, until 2026-01-02 03:10:01 UTC")
    assert ban.endswith("ended 2026-01-02 03:01:00 UTC: lifted by root")
    assert widest(result) <= 80


def test_programs_read_everything(store: Path) -> None:
    answer = json.loads(run("show", scan_id(1), "--store", store, "--format", "json").stdout)
    assert answer["row"]["id"] == answer["statement"]["id"] == scan_id(1)
    assert [step["event"] for step in answer["steps"]] == ["opened", "updated", "closed"]
    assert answer["bans"][0]["end_reason"] == "lifted by root"
    assert answer["folded"] == [scan_id(0x1F)]


def test_a_scan_that_has_not_ended_says_so(tmp_path: Path) -> None:
    store = kept(tmp_path / "store.db", [statement(1)])
    assert "state     going on" in run("show", scan_id(1), "--store", store).stdout
