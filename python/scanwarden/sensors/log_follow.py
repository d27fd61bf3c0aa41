"""Follow a log file as a live sensor."""

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path

from scanwarden._core import _native
from scanwarden.errors import SensorError
from scanwarden.model.notice import Notice
from scanwarden.model.time import NS_PER_S
from scanwarden.sensors.follower import FileFollower
from scanwarden.sensors.log_file import taken_notices
from scanwarden.sensors.log_reading import LogReading, utc_offset_s
from scanwarden.sensors.opening import OpenFile, open_plainly
from scanwarden.sensors.position import Position, load_position, position_file, save_position

POLL_S = 0.25
CHUNK_BYTES = 256 * 1024
SAMPLE_BYTES = 32 * 1024
SAVE_EVERY_S = 1.0  # under load; else whenever there is nothing more to read
DEFAULT_FORMAT = "syslog"  # of a file that is empty so far


class LogFollow:
    """The lines that are appended to a log file from now on, through rotation.

    A file that cannot be read any more is told once as a trouble, and tried again.
    """

    def __init__(
        self,
        path: Path,
        *,
        reading: LogReading,
        log_format: str | None = None,
        kept_in: Path | None = None,
        open_file: OpenFile = open_plainly,
    ) -> None:
        """Open the file, and go on where the position kept in the folder `kept_in` says.

        Raise SensorError if the file cannot be read or is of no known format.
        """
        self.name = f"log:{path}"
        self._path = path
        self._kept = position_file(kept_in, path) if kept_in is not None else None
        self._saved: Position | None = load_position(self._kept) if self._kept is not None else None
        self._saved_s = 0.0
        try:
            self._follower = FileFollower(path, position=self._saved, open_file=open_file)
        except OSError as error:
            raise _unreadable(path, error) from error
        self._time_zone = reading.time_zone
        self._zone_minute = -1
        settings = reading.as_json(sensor=self.name)
        try:
            self._feed = _native.LogFeed(log_format or recognised(path, open_file), settings)
        except _native.NativeError as error:
            raise SensorError(str(error)) from error
        self._troubles: list[str] = []
        self._is_in_trouble = False
        self._is_unsaved = False

    async def run(self, core: _native.Detector, on_fed: Callable[[], None]) -> None:
        """Feed what is appended until cancelled, a quarter of a second late at most; `on_fed` hears of each turn."""
        while True:
            fed = self.turn(core, now_ns=time.time_ns(), now_s=time.monotonic())
            if fed:
                on_fed()
            await asyncio.sleep(0 if fed else POLL_S)

    def turn(self, core: _native.Detector, *, now_ns: int, now_s: float) -> int:
        """Feed the next bytes and say how many; `now_ns` dates lines without a year, `now_s` is monotonic."""
        try:
            chunk = self._follower.read(CHUNK_BYTES, now_s=now_s)
        except OSError as error:
            if not self._is_in_trouble:
                self._troubles.append(str(_unreadable(self._path, error)))
            self._is_in_trouble = True
            return 0
        self._is_in_trouble = False
        if chunk:
            self._keep_to_zone(now_ns // NS_PER_S)
            self._feed.advance(now_ns)
            self._feed.feed(chunk, core)
        if not chunk or now_s - self._saved_s >= SAVE_EVERY_S:
            self._saved_s = now_s
            self._save()
        return len(chunk)

    def _keep_to_zone(self, second: int) -> None:
        """Ask once a minute how far from UTC the log's zone is: summer time begins and ends."""
        if self._time_zone is not None and second // 60 != self._zone_minute:
            self._zone_minute = second // 60
            self._feed.set_utc_offset(utc_offset_s(self._time_zone, second))

    def notices(self) -> list[Notice]:
        """Take out who guesses logins, and whom other detectors named, since the last call."""
        return taken_notices(self._feed)

    def troubles(self) -> list[str]:
        """Take out what went wrong since the last call."""
        taken, self._troubles = self._troubles, []
        return taken

    def statistics(self) -> dict[str, int]:
        """Give the counters by name: lines, probes, rotations, and under `unused.` why lines were not used."""
        return self._feed.counters() | {"rotations": self._follower.rotations, "cuts": self._follower.cuts}

    def close(self) -> None:
        """Keep the position, and let go of the file."""
        self._save()
        self._follower.close()

    def _save(self) -> None:
        """Keep how far whole lines were read, if that changed; a folder that cannot be written is told once."""
        if self._kept is None:
            return
        position = self._follower.position(unfinished_bytes=self._feed.unfinished_bytes())
        if position is None or (self._saved is not None and _is_same(position, self._saved)):
            return
        self._saved = position
        try:
            save_position(self._kept, position)
        except OSError as error:
            if not self._is_unsaved:
                self._troubles.append(f"the position in {self._path} is not kept: {self._kept}: {error.strerror}")
            self._is_unsaved = True


def _is_same(one: Position, other: Position) -> bool:
    return (one.file, one.offset) == (other.file, other.offset)


def recognised(path: Path, open_file: OpenFile = open_plainly) -> str:
    """Name the format of a log by the end of what it holds; an empty file is taken for syslog.

    Raise SensorError if it looks like no known log.
    """
    try:
        with os.fdopen(open_file(path), "rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - SAMPLE_BYTES))
            sample = file.read(SAMPLE_BYTES)
    except FileNotFoundError:
        return DEFAULT_FORMAT
    except OSError as error:
        raise _unreadable(path, error) from error
    if size > SAMPLE_BYTES:
        sample = sample.partition(b"\n")[2]
    found = _native.detect_log_format(sample)
    if found is None and sample.strip():
        raise SensorError(f"{path} is a log of no known format", remedy=f"known are {', '.join(_native.log_formats())}")
    return found or DEFAULT_FORMAT


def _unreadable(path: Path, error: OSError) -> SensorError:
    return SensorError(f"{path} cannot be followed: {error.strerror or error}")
