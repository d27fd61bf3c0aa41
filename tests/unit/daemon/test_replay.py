"""A replay tells records in order, counts what it read, and keeps what came before a failure."""

from pathlib import Path

import pytest

from scanwarden.daemon.replay import Replay, ReplayOptions, Totals
from scanwarden.lab.frames import Icmp, ethernet, mac_bytes, packet
from scanwarden.lab.pcap import TimedFrame
from scanwarden.model.address import Prefix
from scanwarden.model.detection import Closed
from scanwarden.model.records import Decided, Ready, Record
from tests.captures import GAP_NS, GUARDED, SCANNER, START_NS, capture, refused


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """Give a capture of one scan of ten ports."""
    return capture(tmp_path / "scan.pcap", refused(range(1, 11)))


def run(*paths: Path, options: ReplayOptions | None = None) -> tuple[list[Record], Totals]:
    told: list[Record] = []
    replay = Replay(options or ReplayOptions(), tell=told.append, progress=lambda _read, _total: None)
    return told, replay.run([str(path) for path in paths])


def test_records_come_in_order(scan: Path) -> None:
    told, totals = run(scan)
    assert [type(record).__name__ for record in told] == ["Ready", "Opened", "Decided", "Closed"]
    assert (totals.files, totals.packets, totals.scans, totals.failures) == (1, 20, 1, [])
    assert totals.cpu_ns > 0


def test_a_replay_says_what_would_have_been_done_and_does_nothing(scan: Path) -> None:
    told, _ = run(scan)
    (decided,) = [record for record in told if isinstance(record, Decided)]
    assert (decided.action, decided.would, str(decided.source)) == ("ban", True, f"{SCANNER}/32")


def test_home_is_inferred_and_said_to_be(scan: Path) -> None:
    (ready, *_), _ = run(scan)
    assert isinstance(ready, Ready)
    assert ([str(home) for home in ready.home], ready.home_inferred, ready.mode) == ([f"{GUARDED}/32"], True, "replay")


def ping_sweep(hosts: int) -> list[TimedFrame]:
    """Give a ping with data of as many addresses, of which only the guarded host answers."""
    router, there = mac_bytes("02:00:00:00:00:01"), mac_bytes("02:00:00:00:00:02")
    frames: list[TimedFrame] = []
    for number in range(1, hosts + 1):
        target, at_ns = f"192.0.2.{number}", START_NS + number * GAP_NS
        echo = Icmp(8, rest=number.to_bytes(4, "big"), payload=bytes(8))
        frames.append((at_ns, ethernet(router, there, packet(SCANNER, target, echo))))
        if target == GUARDED:
            reply = Icmp(0, rest=number.to_bytes(4, "big"), payload=bytes(8))
            frames.append((at_ns + GAP_NS // 10, ethernet(there, router, packet(target, SCANNER, reply))))
    return frames


def test_where_home_is_inferred_those_who_answer_nobody_may_be_targets(tmp_path: Path) -> None:
    told, totals = run(capture(tmp_path / "sweep.pcap", ping_sweep(40)))
    (closed,) = [record for record in told if isinstance(record, Closed)]
    assert (totals.scans, str(closed.source.address), closed.pattern, closed.probes) == (1, SCANNER, "horizontal", 40)


def test_a_given_home_is_taken(scan: Path) -> None:
    (ready, *rest), totals = run(scan, options=ReplayOptions(home=(Prefix.parse(SCANNER),)))
    assert isinstance(ready, Ready)
    assert ([str(home) for home in ready.home], ready.home_inferred) == ([f"{SCANNER}/32"], False)
    assert (rest, totals.scans) == ([], 0), "what another host receives is no scan of home"


def test_a_higher_threshold_finds_less(scan: Path) -> None:
    assert run(scan, options=ReplayOptions(threshold_nats=100.0))[1].scans == 0


def test_each_file_stands_for_itself(scan: Path, tmp_path: Path) -> None:
    few = [capture(tmp_path / f"{first}.pcap", refused(range(first, first + 2))) for first in (1, 3, 5)]
    assert run(*few)[1].scans == 0
    _, totals = run(scan, scan)
    assert (totals.files, totals.scans) == (2, 2)


def test_a_damaged_file_gives_what_came_before_and_does_not_end_the_replay(scan: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.pcap"
    damaged.write_bytes(scan.read_bytes()[:-5])
    told, totals = run(damaged, tmp_path / "absent.pcap", scan)
    assert totals.scans == 2
    assert len(totals.failures) == 2
    assert "damaged.pcap" in totals.failures[0].message
    assert "absent.pcap" in totals.failures[1].message
    assert [type(record).__name__ for record in told].count("Closed") == 2


def test_an_interruption_closes_what_was_found(scan: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanwarden.daemon.replay.PACKETS_A_TURN", 12)

    def interrupt(_read: int, _total: int | None) -> None:
        raise KeyboardInterrupt

    told: list[Record] = []
    totals = Replay(ReplayOptions(), tell=told.append, progress=interrupt).run([str(scan), str(scan)])
    assert totals.was_interrupted
    assert (totals.packets, totals.scans) == (12, 1)
    assert [type(record).__name__ for record in told] == ["Ready", "Opened", "Decided", "Closed"]
