from pathlib import Path

import pytest

from scanwarden.errors import SensorError
from scanwarden.lab import crafted
from scanwarden.lab.accuracy.replaying import replayed
from scanwarden.lab.crafted import CRAFTED
from scanwarden.model.address import Prefix
from scanwarden.model.detection import Opened
from scanwarden.model.records import Ready


def test_replay_uses_the_home_it_is_given(tmp_path: Path) -> None:
    scene, _ = crafted.staged(CRAFTED[0], 1)
    scene.write(tmp_path / "x.pcap")
    told = replayed(tmp_path / "x.pcap", home=[Prefix.parse(text) for text in scene.home])
    (ready,) = [record for record in told if isinstance(record, Ready)]
    assert sorted(map(str, ready.home)) == sorted(scene.home)
    assert any(isinstance(record, Opened) for record in told)


def test_capture_that_cannot_be_read_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(SensorError):
        replayed(tmp_path / "absent.pcap")
