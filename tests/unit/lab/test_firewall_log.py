"""The made-up firewall log holds what it says, and the program names exactly its scanners."""

import random
from pathlib import Path

import pytest

from scanwarden.daemon.replay import Replay, ReplayOptions
from scanwarden.lab.firewall_log import FirewallLog, Scenario
from scanwarden.model.detection import Opened
from scanwarden.model.notice import Notice
from scanwarden.model.records import Record

SEEDS = [random.randrange(1 << 32) for _ in range(3)]


def test_the_same_seed_gives_the_same_log() -> None:
    scenario = Scenario(seed=4, lines=3000, scanners=5, bystanders=100)
    first, again = (FirewallLog(scenario) for _ in range(2))
    assert first.scanners == again.scanners
    assert list(first.lines()) == list(again.lines())


def test_a_log_holds_what_was_asked_for() -> None:
    log = FirewallLog(Scenario(seed=5, lines=3000, scanners=5, bystanders=100))
    lines = [line.decode() for line in log.lines()]
    ports: dict[str, set[str]] = {}
    for line in lines:
        ports.setdefault(line.split("SRC=")[1].split(" ")[0], set()).add(line.split("DPT=")[1].split(" ")[0])
    assert len(lines) == 3000
    assert len(ports) == 105
    assert {source for source, touched in ports.items() if len(touched) > 3} == log.scanners


@pytest.mark.parametrize("seed", SEEDS, ids=range(len(SEEDS)))
def test_exactly_the_scanners_are_named_once_each(tmp_path: Path, seed: int) -> None:
    log = FirewallLog(Scenario(seed=seed, lines=100_000))
    path = tmp_path / "messages"
    with path.open("wb") as file:
        file.writelines(log.lines())
    told: list[Record] = []
    totals = Replay(ReplayOptions(), tell=told.append, progress=lambda _read, _total: None).run([str(path)])
    named = [str(one.source.address) for one in told if isinstance(one, Opened)]
    assert (totals.lines, totals.failures) == (100_000, [])
    assert sorted(named) == sorted(log.scanners), f"seed {seed}"
    assert [one.text for one in told if isinstance(one, Notice)] == [], f"seed {seed}"
