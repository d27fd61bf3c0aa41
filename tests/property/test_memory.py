"""A flood of ever new sources costs a fixed amount of memory, and hides no scan.

The full count, millions of sources in replay and live, is `make soak`.
"""

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from scanwarden.lab.pcap import TimedFrame, write_pcap
from tests.conftest import REPOSITORY
from tests.property.attempts import detect
from tests.property.flood import TARGET, random_sources, syn_frames

SOURCES = 500_000
BUDGET_BYTES = 32 << 20
OVERHEAD_BYTES = 32 << 20  # the interpreter with its modules, the window over the file, tables of fixed size
RETURNING = 40_000
MOST_GROWTH_KIB = 256
# Prints by how many KiB the memory of a detector grows after 20,000 packets of a capture, without the pages of files.
GROWTH = """
import sys
from pathlib import Path
from scanwarden._core import _native

def held_kib():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon:"))

capture, settings = sys.argv[1:]
detector, file = _native.Detector(settings.encode()), _native.CaptureFile(capture)
file.replay(detector, 20_000)
before = held_kib()
while file.replay(detector, 100_000):
    pass
print(held_kib() - before)
"""
HIDDEN = "41.7.7.7"
HIDDEN_NUMBER = int.from_bytes(bytes(map(int, HIDDEN.split("."))))


def flood() -> Iterator[TimedFrame]:
    """Give the flood, with one source among it that tries forty ports, one every 5 ms."""
    for number, (time_ns, frame) in enumerate(syn_frames(random_sources(SOURCES))):
        yield time_ns, frame
        if number > SOURCES // 2 and number % 5000 == 0:
            port = 100 + number // 5000
            yield from ((time_ns, hidden) for _, hidden in syn_frames([HIDDEN_NUMBER], port=port))


@pytest.fixture(scope="module")
def flooded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Replay the flood in a process of its own."""
    capture = tmp_path_factory.mktemp("flood") / "flood.pcap"
    quiet = syn_frames([1], gap_ns=0)  # after the flood, so that the last outcomes are decided in time
    write_pcap(capture, chain(flood(), ((time_ns + 10**10, frame) for time_ns, frame in quiet)))
    program = REPOSITORY / "benches" / "detect.py"
    command = [sys.executable, str(program), str(capture), f"{TARGET}/32", str(BUDGET_BYTES)]
    ended = subprocess.run(command, check=True, capture_output=True, timeout=120)
    capture.unlink()
    told: dict[str, Any] = json.loads(ended.stdout)
    return told


def test_half_a_million_sources_stay_within_the_budget(flooded: dict[str, Any]) -> None:
    assert flooded["packets"] > SOURCES
    assert flooded["peak_bytes"] < BUDGET_BYTES + OVERHEAD_BYTES


def test_sources_that_come_back_take_no_memory_that_was_not_taken_at_the_start(tmp_path: Path) -> None:
    capture = tmp_path / "returning.pcap"
    sources = list(random_sources(RETURNING))
    visits = [((at + visit * 10**8, frame) for at, frame in syn_frames(sources, port=80 + visit)) for visit in range(6)]
    write_pcap(capture, chain(*visits))
    settings = json.dumps({"home": [TARGET], "sensor": "test", "memory_bytes": BUDGET_BYTES})
    ended = subprocess.run(
        [sys.executable, "-c", GROWTH, str(capture), settings], check=True, capture_output=True, timeout=120
    )
    assert int(ended.stdout) < MOST_GROWTH_KIB


def test_what_the_budget_cost_is_counted(flooded: dict[str, Any]) -> None:
    refused = flooded["counters"]["evictions.visits_refused"]
    displaced = flooded["counters"]["evictions.sources_displaced"]
    kept = BUDGET_BYTES // 256  # a source takes at least so much
    assert refused + displaced > SOURCES - kept


def test_a_scan_hidden_in_the_flood_is_found_and_nobody_else(flooded: dict[str, Any]) -> None:
    assert flooded["sources"] == [HIDDEN]


def returning_flood(seed: int) -> Iterator[TimedFrame]:
    """Give a flood at a million a second whose sources come back for other ports, and a scan, 2,000 ports a second."""
    chance = random.Random(seed)
    sources = list(random_sources(120_000))
    for number in range(300_000):
        is_scan = number > 75_000 and number % 500 == 0
        source = HIDDEN_NUMBER if is_scan else chance.choice(sources)
        port = number // 500 if is_scan else chance.choice((80, 443, 8080))
        ((time_ns, frame),) = syn_frames([source], port=port)
        yield time_ns + number * 1000, frame


@pytest.mark.parametrize("seed", range(2))
def test_a_scan_among_sources_that_come_back_is_found(seed: int) -> None:
    told = detect(list(returning_flood(seed)), home=[TARGET], memory_bytes=2 << 20)
    assert told.opened == {HIDDEN}


def test_the_capture_is_what_it_should_be(tmp_path: Path) -> None:
    assert len(set(random_sources(SOURCES))) == SOURCES
    path = tmp_path / "few.pcap"
    write_pcap(path, syn_frames(random_sources(10)))
    assert path.stat().st_size == 24 + 10 * (16 + 54)
