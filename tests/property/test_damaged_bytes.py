"""No cut and no changed byte makes the core panic or hang: what is before the damage is used, then one error is given.

Every capture of the golden tests, and every recorded one where there are some, is cut and changed in the process
itself; `SCANWARDEN_DAMAGES=2000` tries as many places in each. A few damaged captures go through the command as well.
"""

import contextlib
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanwarden._core import _native
from tests.conftest import REPOSITORY, find_cases

DAMAGES = int(os.environ.get("SCANWARDEN_DAMAGES", "40"))
SMALL_BYTES = 2048  # cut at every byte
SMALL_ENOUGH_IN_HASTE = 500
GOLDEN = sorted((REPOSITORY / "tests" / "golden").glob("*/input.pcap"))
RECORDED = sorted((find_cases() or Path("/nonexistent")).glob("captures/*.pcap"))
CAPTURES: list[object] = [*GOLDEN, *RECORDED]
if not RECORDED:
    CAPTURES.append(pytest.param(None, marks=pytest.mark.skip(reason="no recorded cases here: set SCANWARDEN_CASES")))
SETTINGS = b'{"memory_bytes": 1048576}'
COMMAND_LIMIT_S = 20  # a damaged capture that takes longer hangs


def name_of(capture: Path | None) -> str:
    """Name a capture by its file, or by its folder where all files have one name."""
    return "none" if capture is None else f"{capture.parent.name}-{capture.stem}"


def cuts(content: bytes) -> Iterator[bytes]:
    """Cut a small capture at every byte, another at drawn places."""
    is_small = len(content) < (SMALL_BYTES if DAMAGES >= SMALL_BYTES // 2 else SMALL_ENOUGH_IN_HASTE)
    draw = random.Random(len(content))
    yield from (
        content[:end]
        for end in (range(len(content)) if is_small else draw.sample(range(len(content)), min(DAMAGES, len(content))))
    )


def flips(content: bytes) -> Iterator[bytes]:
    """Change one to eight drawn bytes, every second time in the first three hundred, where the headers are."""
    draw = random.Random(len(content) + 1)
    for number in range(DAMAGES):
        damaged = bytearray(content)
        reach = min(len(damaged), 300) if number % 2 else len(damaged)
        for _ in range(draw.randint(1, 8)):
            damaged[draw.randrange(reach)] ^= draw.randint(1, 255)
        yield bytes(damaged)


def read(content: bytes) -> int:
    """Replay the bytes of a capture; give the number of packets that were used."""
    descriptor = os.memfd_create("damaged")
    try:
        os.write(descriptor, content)
        os.lseek(descriptor, 0, os.SEEK_SET)
        detector = _native.Detector(SETTINGS)
        try:
            capture = _native.CaptureFile(descriptor, "damaged")
        except _native.NativeError:
            return 0
        with contextlib.suppress(_native.NativeError):
            while capture.replay(detector, 100_000):
                pass
        detector.finish()
        detector.take_events()
        counters = detector.counters()
        assert counters["captured"] == capture.packets()
        assert counters["scans_opened"] == counters["scans_closed"]
        return capture.packets()
    finally:
        os.close(descriptor)


@pytest.mark.parametrize("capture", CAPTURES, ids=name_of)
def test_a_cut_capture_gives_what_is_before_the_cut(capture: Path) -> None:
    content = capture.read_bytes()
    whole = read(content)
    assert whole > 0
    used = {len(cut): read(cut) for cut in cuts(content)}
    assert all(packets <= whole for packets in used.values())
    in_order = [used[length] for length in sorted(used)]
    assert in_order == sorted(in_order), "a longer piece gave fewer packets"


@pytest.mark.parametrize("capture", CAPTURES, ids=name_of)
def test_a_changed_capture_is_survived(capture: Path) -> None:
    content = capture.read_bytes()
    for damaged in flips(content):
        read(damaged)


@pytest.mark.parametrize("seed", range(4))
def test_the_command_survives_damage_without_a_traceback(seed: int, tmp_path: Path) -> None:
    draw = random.Random(seed)
    content = draw.choice(GOLDEN).read_bytes()
    damaged = draw.choice(list(flips(content)))
    path = tmp_path / "damaged.pcap"
    path.write_bytes(damaged if seed % 2 else damaged[: draw.randrange(len(damaged))])
    command = [sys.executable, "-m", "scanwarden", "replay", str(path)]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=COMMAND_LIMIT_S)
    assert ended.returncode in {0, 1, 2}
    assert "Traceback" not in ended.stderr + ended.stdout
    assert (ended.returncode == 2) == ("damaged.pcap" in ended.stderr)
