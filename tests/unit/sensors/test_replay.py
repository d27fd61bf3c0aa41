"""A capture is read whatever it is packed in, and what cannot be read is named with what to do."""

import gzip
import os
import subprocess
from pathlib import Path

import pytest

from scanwarden.detector.face import Detector, new_core
from scanwarden.detector.settings import DetectorSettings
from scanwarden.errors import SensorError
from scanwarden.sensors.replay import open_capture
from tests.captures import GUARDED, capture, refused


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """Give a capture of twenty packets."""
    return capture(tmp_path / "scan.pcap", refused(range(1, 11)))


def test_packets_are_fed_in_portions(scan: Path) -> None:
    core = new_core(DetectorSettings())
    sensor = open_capture(str(scan))
    assert sensor.feed(core, max_packets=15)
    assert sensor.packets() == 15
    while sensor.feed(core, max_packets=15):
        pass
    assert sensor.packets() == 20
    assert sensor.progress() == (scan.stat().st_size, scan.stat().st_size)


def test_home_is_whoever_answers(scan: Path) -> None:
    sensor = open_capture(str(scan))
    assert [str(home) for home in sensor.infer_home()] == [f"{GUARDED}/32"]
    core = new_core(DetectorSettings())
    while sensor.feed(core, max_packets=1000):
        pass
    assert sensor.packets() == 20, "what was read ahead is still fed"


def test_a_packed_capture_is_unpacked(scan: Path, tmp_path: Path) -> None:
    packed = tmp_path / "scan.pcap.gz"
    packed.write_bytes(gzip.compress(scan.read_bytes()))
    core = new_core(DetectorSettings())
    assert not open_capture(str(packed)).feed(core, max_packets=1000)
    assert Detector(core).counters()["packets"] == 20


def test_a_named_pipe_is_read(scan: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    core = new_core(DetectorSettings())
    with subprocess.Popen(["cp", "--no-preserve=all", str(scan), str(pipe)]) as writer:
        sensor = open_capture(str(pipe))
        while sensor.feed(core, max_packets=1000):
            pass
        assert writer.wait(10) == 0
    assert sensor.packets() == 20
    assert sensor.progress()[1] is None


def test_damage_is_named_with_its_place_after_what_came_before(scan: Path) -> None:
    scan.write_bytes(scan.read_bytes()[:-5])
    core = new_core(DetectorSettings())
    sensor = open_capture(str(scan))
    with pytest.raises(SensorError, match=rf"{scan}.*(byte|offset)"):
        sensor.feed(core, max_packets=1000)
    assert Detector(core).counters()["packets"] == 19


@pytest.mark.parametrize(
    ("name", "content"), [("absent.pcap", None), ("text.pcap", b"no capture\n" * 9), ("empty.pcap", b"")]
)
def test_what_is_no_capture_is_named(name: str, content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SensorError, match=name):
        open_capture(str(path)).feed(new_core(DetectorSettings()), max_packets=1)


def test_a_directory_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SensorError, match="is a directory; name the files in it"):
        open_capture(str(tmp_path))
