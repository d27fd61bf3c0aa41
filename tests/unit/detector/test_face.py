"""The core's events become values of the model; a setting it refuses is named."""

import json
from pathlib import Path

import pytest

from scanwarden.detector.face import Detector, new_core
from scanwarden.detector.settings import DetectorSettings
from scanwarden.errors import ConfigError
from scanwarden.model.address import Prefix
from scanwarden.model.detection import Closed, Opened
from scanwarden.sensors.replay import open_capture
from tests.captures import GUARDED, SCANNER, capture, refused
from tests.samples import READY


def test_what_the_core_found_is_stated_once(tmp_path: Path) -> None:
    core = new_core(DetectorSettings(home=(Prefix.parse(GUARDED),), sensor="replay:test"))
    detector = Detector(core)
    open_capture(str(capture(tmp_path / "scan.pcap", refused(range(1, 11))))).feed(core, max_packets=1000)
    (opened,) = detector.statements()
    assert isinstance(opened, Opened)
    assert str(opened.source.address) == SCANNER
    assert opened.sensor == "replay:test"
    detector.finish()
    assert [type(statement) for statement in detector.statements()] == [Closed]
    assert list(detector.statements()) == []
    assert detector.counters()["packets"] == 20


def test_time_passes_by_ticks(tmp_path: Path) -> None:
    core = new_core(DetectorSettings(home=(Prefix.parse(GUARDED),)))
    detector = Detector(core)
    unanswered = refused(range(1, 11))[::2]
    open_capture(str(capture(tmp_path / "silent.pcap", unanswered))).feed(core, max_packets=1000)
    assert list(detector.statements()) == []
    detector.tick(unanswered[-1][0] + 2_000_000_000)
    assert [type(statement) for statement in detector.statements()] == [Opened]


def test_a_setting_that_the_core_refuses_is_named() -> None:
    with pytest.raises(ConfigError, match="open_ports"):
        new_core(DetectorSettings(open_ports=("tcp/x",)))


class OddCore:
    """A core that states what no detector may."""

    def tick(self, now_ns: int) -> None: ...
    def finish(self) -> None: ...
    def counters(self) -> dict[str, int]:
        return {}

    def take_events(self) -> list[bytes]:
        return [json.dumps(READY).encode()]


def test_only_detections_and_notices_are_taken_from_the_core() -> None:
    with pytest.raises(TypeError, match="stated a Ready"):
        list(Detector(OddCore()).statements())
