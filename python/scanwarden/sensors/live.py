"""Watch network interfaces as a sensor."""

from collections.abc import Sequence
from typing import Protocol

from scanwarden._core import _native
from scanwarden.errors import SensorError

RING_BYTES = 8 * 1024 * 1024  # an interface


class CaptureRing(Protocol):
    """What the core's live capture offers."""

    def fileno(self) -> int:
        """Give the descriptor that becomes readable."""

    def dispatch(self, detector: _native.Detector, /) -> int:
        """Feed what waits; say how many packets."""

    def statistics(self) -> dict[str, int]:
        """Give the capture's counters."""

    def take_record_error(self) -> str | None:
        """Say once why recording stopped."""

    def close(self) -> None:
        """End the capture."""


class LiveSensor:
    """The packets of some interfaces that the kernel filter lets through."""

    def __init__(self, interfaces: Sequence[str], ring: CaptureRing) -> None:
        self.interfaces = tuple(interfaces)
        self._ring = ring

    def fileno(self) -> int:
        """Give the descriptor that becomes readable when packets wait, for an event loop to watch."""
        return self._ring.fileno()

    def feed(self, core: _native.Detector) -> int:
        """Feed a bounded number of waiting packets to the detector and say how many; 0 means that none waits."""
        try:
            return self._ring.dispatch(core)
        except _native.NativeError as error:
            raise SensorError(str(error)) from error

    def statistics(self) -> dict[str, int]:
        """Give the counters by name: received, dropped, and so on."""
        return self._ring.statistics()

    def record_failure(self) -> str | None:
        """Say, once, why packets are no longer recorded; None while all is well."""
        return self._ring.take_record_error()

    def close(self) -> None:
        """End the capture and write what is left of the record; raise SensorError if that fails."""
        try:
            self._ring.close()
        except _native.NativeError as error:
            raise SensorError(str(error)) from error


def open_interfaces(
    interfaces: Sequence[str],
    *,
    is_promiscuous: bool = False,
    record: str | None = None,
    ring_bytes: int = RING_BYTES,
) -> LiveSensor:
    """Capture from the interfaces from now on; `record` names a file that gets every packet used.

    Raise SensorError naming an interface that cannot be opened, or the missing privilege.
    """
    try:
        ring = _native.LiveCapture(list(interfaces), ring_bytes, is_promiscuous, record)
    except _native.NativeError as error:
        raise SensorError(str(error)) from error
    return LiveSensor(interfaces, ring)
