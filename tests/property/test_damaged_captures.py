"""A damaged capture never breaks a replay: it gives what came before the damage, or one error that names the file.

A few damages of each kind and capture are tried; `SCANWARDEN_DAMAGES=2000` tries as many.
"""

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanwarden.daemon.replay import Replay, ReplayOptions
from scanwarden.errors import SensorError
from scanwarden.formats import native
from scanwarden.formats.text.narrator import Narrator
from scanwarden.model.records import Record

GOLDEN = Path(__file__).parents[1] / "golden"
CAPTURES = sorted(GOLDEN.glob("*/input.pcap"))
DAMAGES = int(os.environ.get("SCANWARDEN_DAMAGES", "6"))
SMALL_BYTES = min(100 * DAMAGES, 2000)  # cut at every byte


def cuts(content: bytes) -> Iterator[bytes]:
    """Give the capture cut at every byte if it is small, else at drawn places."""
    draw = random.Random(len(content))
    small = len(content) < SMALL_BYTES
    for end in range(len(content)) if small else sorted(draw.sample(range(len(content)), min(DAMAGES, len(content)))):
        yield content[:end]


def flips(content: bytes) -> Iterator[bytes]:
    """Give the capture with one to eight drawn bytes changed."""
    draw = random.Random(len(content))
    for _ in range(DAMAGES):
        damaged = bytearray(content)
        for _ in range(draw.randint(1, 8)):
            damaged[draw.randrange(len(damaged))] ^= draw.randint(1, 255)
        yield bytes(damaged)


def check(path: Path) -> None:
    """Replay; every record can be written and told, and a failure names the file.

    A few damages of each kind and capture are tried; `SCANWARDEN_DAMAGES=2000` tries as many.
    """
    told: list[Record] = []
    narrator = Narrator(is_live=False, explains=True)
    totals = Replay(ReplayOptions(), tell=told.append, progress=lambda _read, _total: None).run([str(path)])
    for record in told:
        native.encode(record)
        assert all(line.isprintable() for line in narrator.lines(record))
    for failure in totals.failures:
        assert isinstance(failure, SensorError)
        assert path.name in failure.message


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: path.parent.name)
@pytest.mark.parametrize("damage", [cuts, flips], ids=["cut", "flipped"])
def test_a_damaged_capture_is_survived(capture: Path, damage: object, tmp_path: Path) -> None:
    assert callable(damage)
    damaged = tmp_path / "damaged.pcap"
    for content in damage(capture.read_bytes()):
        damaged.write_bytes(content)
        check(damaged)
