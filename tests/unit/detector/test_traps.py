"""What touching a trap counts for: as much as is set, once per trap, whatever the capture saw of it."""

from pathlib import Path

import pytest

from scanwarden._core import _native
from scanwarden.detector.face import Detector, new_core
from scanwarden.detector.settings import DetectorSettings
from scanwarden.lab.pcap import TimedFrame
from scanwarden.model.address import Prefix
from scanwarden.model.detection import Opened
from scanwarden.model.records import Statement
from scanwarden.model.time import NS_PER_S
from scanwarden.sensors.replay import open_capture
from tests.captures import GUARDED, SCANNER, START_NS, accepted, capture, refused

USUAL_NATS = 7.0


@pytest.fixture
def core() -> _native.Detector:
    return new_core(DetectorSettings(home=(Prefix.parse(GUARDED),), sensor="traps"))


def touch(core: _native.Detector, port: int, *, nats: float = USUAL_NATS, protocol: str = "tcp") -> list[Statement]:
    core.observe_trapped(
        time_ns=START_NS + NS_PER_S,
        source=SCANNER,
        target=GUARDED,
        protocol=protocol,
        port=port,
        weight_nats=nats,
        is_verified=protocol == "tcp",
    )
    return list(Detector(core).statements())


@pytest.mark.parametrize(("nats", "touches"), [(13.8155, 1), (13.8, 1), (13.7, 2), (7.0, 2), (5.0, 3), (1.4, 10)])
def test_a_touch_weighs_what_is_set(core: _native.Detector, nats: float, touches: int) -> None:
    for port in range(1, touches):
        assert touch(core, port, nats=nats) == []
    opened = touch(core, touches, nats=nats)[0]
    assert isinstance(opened, Opened)
    assert opened.source.verified
    assert [part.rule for part in opened.evidence.parts] == ["trap_port"] * touches
    assert sum(part.nats for part in opened.evidence.parts) == pytest.approx(opened.evidence.nats, abs=0.1)


def test_the_same_trap_counts_once(core: _native.Detector) -> None:
    assert [touch(core, 79) for _ in range(5)] == [[]] * 5
    assert len(touch(core, 111)) == 1


def test_a_port_the_capture_saw_open_is_a_trap_all_the_same(core: _native.Detector, tmp_path: Path) -> None:
    open_capture(str(capture(tmp_path / "open.pcap", accepted([79, 111])))).feed(core, max_packets=100)
    assert touch(core, 79) == []
    (opened,) = touch(core, 111)
    assert isinstance(opened, Opened)
    assert [part.rule for part in opened.evidence.parts] == ["trap_port"] * 2


def test_a_trap_that_the_capture_sees_later_keeps_its_weight(core: _native.Detector, tmp_path: Path) -> None:
    assert touch(core, 79) == []
    frames = accepted([79], start_ns=START_NS + 2 * NS_PER_S)
    open_capture(str(capture(tmp_path / "open.pcap", frames))).feed(core, max_packets=100)
    assert len(touch(core, 111)) == 1


def test_a_datagram_proves_nothing(core: _native.Detector) -> None:
    touch(core, 69, protocol="udp")
    (opened,) = touch(core, 161, protocol="udp")
    assert isinstance(opened, Opened)
    assert not opened.source.verified


def test_what_cannot_be_read_is_named(core: _native.Detector) -> None:
    with pytest.raises(_native.NativeError, match="tcp or udp"):
        touch(core, 8, protocol="icmp")


def stealthy(tmp_path: Path, frames: list[TimedFrame], *, traps: tuple[str, ...], nats: float = 7.0) -> list[Statement]:
    core = new_core(DetectorSettings(home=(Prefix.parse(GUARDED),), trap_ports=traps, trap_nats=nats))
    open_capture(str(capture(tmp_path / "stealth.pcap", frames))).feed(core, max_packets=1000)
    core.finish()
    return list(Detector(core).statements())


def test_two_closed_ports_are_a_scan_if_they_are_stealth_traps(tmp_path: Path) -> None:
    assert stealthy(tmp_path, refused([79, 111]), traps=()) == []
    opened = stealthy(tmp_path, refused([79, 111]), traps=("tcp/70-111",))[0]
    assert isinstance(opened, Opened)
    assert [(part.rule, part.nats) for part in opened.evidence.parts] == [("trap_port", 7.0)] * 2
    assert not opened.source.verified


def test_silence_is_as_good_as_a_refusal(tmp_path: Path) -> None:
    assert isinstance(stealthy(tmp_path, refused([79, 111])[::2], traps=("tcp/79", "tcp/111"))[0], Opened)


def test_one_stealth_trap_convicts_where_it_weighs_as_much(tmp_path: Path) -> None:
    assert isinstance(stealthy(tmp_path, refused([79]), traps=("tcp/79",), nats=13.8)[0], Opened)


def test_a_service_that_answers_is_no_trap(tmp_path: Path) -> None:
    assert stealthy(tmp_path, accepted([79]), traps=("tcp/79",), nats=13.8) == []
    later = refused([79], source="192.0.2.99", start_ns=START_NS + NS_PER_S)
    assert stealthy(tmp_path, [*accepted([79]), *later], traps=("tcp/79",), nats=13.8) == []
