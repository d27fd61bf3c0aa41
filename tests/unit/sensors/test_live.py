"""A live sensor passes on what the ring says, and its failures as errors of ours."""

import pytest

from scanwarden._core import _native
from scanwarden.detector.face import new_core
from scanwarden.detector.settings import DetectorSettings
from scanwarden.errors import SensorError
from scanwarden.sensors.live import LiveSensor, open_interfaces


class BrokenRing:
    """A ring that fails at everything."""

    def fileno(self) -> int:
        return 7

    def dispatch(self, detector: _native.Detector, /) -> int:
        raise _native.NativeError(f"eth0 is gone, {len(detector.counters())} counters")

    def statistics(self) -> dict[str, int]:
        return {"dropped": 3}

    def take_record_error(self) -> str | None:
        return "the disk is full"

    def close(self) -> None:
        raise _native.NativeError("the record cannot be written")


def test_what_the_ring_says_is_passed_on() -> None:
    sensor = LiveSensor(["eth0"], BrokenRing())
    assert sensor.interfaces == ("eth0",)
    assert sensor.fileno() == 7
    assert sensor.statistics() == {"dropped": 3}
    assert sensor.record_failure() == "the disk is full"


def test_failures_of_the_ring_are_errors_of_ours() -> None:
    sensor = LiveSensor(["eth0"], BrokenRing())
    with pytest.raises(SensorError, match="eth0 is gone"):
        sensor.feed(new_core(DetectorSettings()))
    with pytest.raises(SensorError, match="the record cannot be written"):
        sensor.close()


def test_an_interface_that_does_not_exist_is_named() -> None:
    with pytest.raises(SensorError, match=r"nowhere0|CAP_NET_RAW"):
        open_interfaces(["nowhere0"])
