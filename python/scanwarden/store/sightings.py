"""Keep what a host wants to tell its fleet on disk, until the bus has it: a bounded queue between two processes.

The service appends, the fleet's agent takes away; neither waits for the other. A segment is a file that appears whole,
under a name that sorts by age. When the folder is full, the oldest segments go and their number is kept beside them.
"""

import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from scanwarden.errors import StoreError

PARTITIONS = 16  # sightings are divided by source, so that as many correlators can share the work
SUFFIX = ".sightings"
DROPPED = "dropped"
SPOOL = "spool"  # the folder in [fleet] folder
_HEAD = struct.Struct(">HI")  # partition, length of the rows in bytes
MOST_PIECE_BYTES = 1 << 24


class Piece(NamedTuple):
    """Packed rows of one partition."""

    partition: int
    rows: bytes


class SightingsSpool:
    """The folder; one process writes, another one reads and removes."""

    def __init__(self, folder: Path, *, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._last_ns = 0

    @property
    def folder(self) -> Path:
        """Give the folder, where the agent also says how it is doing."""
        return self._folder

    def open(self) -> None:
        """Make the folder; raise StoreError if that cannot be."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o750)
        except OSError as error:
            raise StoreError(f"{self._folder} cannot be made: {error.strerror}") from error

    def append(self, pieces: Iterable[Piece], now_ns: int) -> int:
        """Add a segment and give how many older ones had to go for it; raise StoreError if it cannot be written."""
        content = b"".join(_HEAD.pack(piece.partition, len(piece.rows)) + piece.rows for piece in pieces)
        if not content:
            return 0
        self._last_ns = max(now_ns, self._last_ns + 1)
        path = self._folder / f"{self._last_ns:020d}{SUFFIX}"
        try:
            dropped = self._make_room(len(content))
            beside = path.with_suffix(".part")
            beside.write_bytes(content)
            beside.replace(path)
        except OSError as error:
            raise StoreError(f"{self._folder} cannot be written: {error.strerror}") from error
        return dropped

    def segments(self) -> list[Path]:
        """List the segments, oldest first."""
        try:
            return sorted(self._folder.glob(f"*{SUFFIX}"))
        except OSError as error:
            raise StoreError(f"{self._folder} cannot be read: {error.strerror}") from error

    def waiting_bytes(self) -> int:
        """Give the bytes that wait."""
        return sum(_size(path) for path in self.segments())

    def dropped(self) -> int:
        """Count the segments that had to go since the folder was made."""
        try:
            return int((self._folder / DROPPED).read_text())
        except (OSError, ValueError):
            return 0  # none was ever dropped

    def _make_room(self, needed: int) -> int:
        sizes = [(path, _size(path)) for path in self.segments()]
        total = sum(size for _, size in sizes) + needed
        dropped = 0
        for path, size in sizes:
            if total <= self._max_bytes:
                break
            path.unlink(missing_ok=True)
            total -= size
            dropped += 1
        if dropped:
            (self._folder / DROPPED).write_text(str(self.dropped() + dropped))
        return dropped


def read_segment(path: Path) -> list[Piece]:
    """Read a segment; raise StoreError if it cannot be read or is damaged."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}") from error
    return list(_pieces(path, content))


def _pieces(path: Path, content: bytes) -> Iterator[Piece]:
    offset = 0
    while offset < len(content):
        if offset + _HEAD.size > len(content):
            raise StoreError(f"{path} is damaged at byte {offset}")
        partition, length = _HEAD.unpack_from(content, offset)
        offset += _HEAD.size
        if length > MOST_PIECE_BYTES or offset + length > len(content):
            raise StoreError(f"{path} is damaged at byte {offset}")
        yield Piece(partition, content[offset : offset + length])
        offset += length


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0  # the reader took it
