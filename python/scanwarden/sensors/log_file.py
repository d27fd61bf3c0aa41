"""Read a log file as a sensor: firewall lines, failed logins, alerts of other detectors, flow records."""

from collections import Counter
from typing import Protocol

from scanwarden._core import _native
from scanwarden.errors import SensorError
from scanwarden.formats import native
from scanwarden.model.address import Prefix
from scanwarden.model.notice import Notice

BYTES_A_TURN = 4 * 1024 * 1024
UNUSED = "unused."  # the core counts lines that gave nothing under names that start so


class LogReader(Protocol):
    """What the core's reader of logs offers."""

    def format(self) -> str:
        """Name the format."""

    def replay(self, detector: _native.Detector, min_bytes: int, /) -> bool:
        """Feed lines; say whether there are more."""

    def take_events(self) -> list[bytes]:
        """Give what is to be told beside scans."""

    def progress(self) -> tuple[int, int | None]:
        """Say how many bytes of how many were read."""

    def lines(self) -> int:
        """Say how many lines were read."""

    def counters(self) -> dict[str, int]:
        """Give the counters."""


class LogSensor:
    """One log of a known format, plain or compressed with gzip or zstd."""

    def __init__(self, name: str, reader: LogReader) -> None:
        self.name = name
        self._reader = reader

    @property
    def format(self) -> str:
        """Name the format of the log."""
        return self._reader.format()

    def infer_home(self) -> tuple[Prefix, ...]:
        """Give nothing: a log shows no answers, and what its host refused was meant for it or its network."""
        return ()

    def feed(self, core: _native.Detector, *, max_packets: int) -> bool:  # noqa: ARG002 a log is read by bytes
        """Feed the next lines to the detector and say whether there are more.

        Raise SensorError where the file cannot be unpacked, after every line before it was fed.
        """
        try:
            return self._reader.replay(core, BYTES_A_TURN)
        except _native.NativeError as error:
            raise SensorError(str(error)) from error

    def notices(self) -> list[Notice]:
        """Take out who guesses logins, and whom other detectors named, since the last call."""
        return taken_notices(self._reader)

    def progress(self) -> tuple[int, int | None]:
        """Give the bytes read and the bytes in all, as stored; None where the end is not known."""
        return self._reader.progress()

    def packets(self) -> int:
        """Give 0: a log has lines."""
        return 0

    def lines(self) -> int:
        """Give the number of lines read so far."""
        return self._reader.lines()

    def unused(self) -> Counter[str]:
        """Say of how many lines nothing came, by reason."""
        counted = self._reader.counters()
        return Counter({name.removeprefix(UNUSED): n for name, n in counted.items() if name.startswith(UNUSED)})


class NoticeSource(Protocol):
    """What gives notices as JSON objects."""

    def take_events(self) -> list[bytes]:
        """Give the notices since the last call."""


def taken_notices(source: NoticeSource) -> list[Notice]:
    """Take out the waiting notices of a log of the core."""
    decoded = [native.decode(event) for event in source.take_events()]
    return [notice for notice in decoded if isinstance(notice, Notice)]
