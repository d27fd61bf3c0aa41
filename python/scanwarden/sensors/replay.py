"""Read a capture file, or a log, or standard input, as a sensor."""

import os
import stat
import sys
import time
from pathlib import Path
from typing import Protocol

from scanwarden._core import _native
from scanwarden.errors import SensorError
from scanwarden.model.address import Prefix
from scanwarden.model.notice import Notice
from scanwarden.sensors.log_file import LogSensor
from scanwarden.sensors.log_reading import LogReading

STANDARD_INPUT = "-"
CAPTURE = "capture"
PACKETS_TO_INFER_HOME = 100_000


class CaptureReader(Protocol):
    """What the core's reader of captures offers."""

    def infer_home(self, max_packets: int, /) -> list[str]:
        """Say who answers whom, reading ahead."""

    def replay(self, detector: _native.Detector, max_packets: int, /) -> bool:
        """Feed packets; say whether there are more."""

    def progress(self) -> tuple[int, int | None]:
        """Say how many bytes of how many were read."""

    def packets(self) -> int:
        """Say how many packets were read."""


class ReplaySensor:
    """One capture: pcap or pcapng, plain or compressed with gzip or zstd."""

    def __init__(self, name: str, reader: CaptureReader) -> None:
        self.name = name
        self._reader = reader

    def infer_home(self) -> tuple[Prefix, ...]:
        """Guess the addresses that answer others from the first packets; empty if nobody answers."""
        try:
            return tuple(sorted(Prefix.parse(text) for text in self._reader.infer_home(PACKETS_TO_INFER_HOME)))
        except _native.NativeError as error:
            raise _read_error(error) from error

    def feed(self, core: _native.Detector, *, max_packets: int) -> bool:
        """Feed the next packets to the detector and say whether there are more.

        Raise SensorError at damage, after every packet before it was fed.
        """
        try:
            return self._reader.replay(core, max_packets)
        except _native.NativeError as error:
            raise _read_error(error) from error

    def progress(self) -> tuple[int, int | None]:
        """Give the bytes read and the bytes in all, as stored; None where the end is not known."""
        return self._reader.progress()

    def packets(self) -> int:
        """Give the number of packets read so far."""
        return self._reader.packets()

    def lines(self) -> int:
        """Give 0: a capture has packets."""
        return 0

    def notices(self) -> list[Notice]:
        """Give nothing: all that a capture tells, the detector states."""
        return []


def input_formats() -> list[str]:
    """Name everything that `open_input` can be told a file is."""
    return [CAPTURE, *_native.log_formats()]


def open_input(path: str, *, reading: LogReading, input_format: str | None = None) -> ReplaySensor | LogSensor:
    """Open the capture or log at `path`, `-` for standard input.

    The format is recognised unless `input_format` names it. Raise SensorError saying why the file cannot be read, or
    what it looks like and which formats are known.
    """
    name = "standard input" if path == STANDARD_INPUT else path
    settings = reading.as_json(sensor=f"replay:{name}", reference_ns=_passed_ns(path))
    try:
        if path == STANDARD_INPUT:
            return _sensor(name, _native.open_file(sys.stdin.fileno(), name, settings, input_format))
        if Path(path).is_dir():
            raise SensorError(f"{path} is a directory", remedy="name the files in it")
        if Path(path).is_fifo():
            return _open_fifo(path, settings, input_format)
        return _sensor(name, _native.open_file(path, name, settings, input_format))
    except _native.NativeError as error:
        raise _read_error(error) from error


def _passed_ns(path: str) -> int:
    """Give the latest moment known to have passed, by which lines without a year are dated.

    What comes through a pipe was written by now. A file tells when it was changed, so there it is 0.
    """
    try:
        status = os.fstat(sys.stdin.fileno()) if path == STANDARD_INPUT else Path(path).stat()
    except (OSError, ValueError):
        return 0  # opening it says what is wrong
    return 0 if stat.S_ISREG(status.st_mode) else time.time_ns()


def open_capture(path: str) -> ReplaySensor:
    """Open the capture at `path`, `-` for standard input; raise SensorError if it is not one."""
    opened = open_input(path, reading=LogReading(), input_format=CAPTURE)
    if isinstance(opened, LogSensor):
        raise TypeError(f"{path} was opened as a log")
    return opened


def _sensor(name: str, opened: _native.CaptureFile | _native.LogFile) -> ReplaySensor | LogSensor:
    return LogSensor(name, opened) if isinstance(opened, _native.LogFile) else ReplaySensor(name, opened)


def _open_fifo(path: str, settings: bytes, input_format: str | None) -> ReplaySensor | LogSensor:
    """Open a named pipe here, where Ctrl-C ends the wait for a writer; the core duplicates the descriptor."""
    try:
        with Path(path).open("rb", buffering=0) as pipe:
            return _sensor(path, _native.open_file(pipe.fileno(), path, settings, input_format))
    except OSError as error:
        raise SensorError(f"{path} cannot be read: {error.strerror}") from error


def _read_error(error: _native.NativeError) -> SensorError:
    return SensorError(str(error))
