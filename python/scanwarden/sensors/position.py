"""Keep how far a file was read, across restarts."""

import hashlib
from pathlib import Path

import msgspec

from scanwarden.errors import SensorError

MAX_FINISHED_KEPT = 16


class FileMark(msgspec.Struct, frozen=True):
    """Tell one file from others: its device and inode, and its first bytes, since inodes are used again."""

    device: int
    inode: int
    head: bytes


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """How far the log at `path` was read: `offset` bytes of `file`, which was changed last at `changed_ns`.

    `finished` names the files that were read to their end and rotated away, the latest last.
    """

    path: str
    file: FileMark
    offset: int
    changed_ns: int
    finished: tuple[FileMark, ...] = ()


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Position)


def position_file(folder: Path, log: Path) -> Path:
    """Name the file in `folder` that keeps the position in `log`."""
    return folder / f"log-position-{hashlib.sha256(str(log).encode()).hexdigest()[:16]}.json"


def load_position(file: Path) -> Position | None:
    """Read a position; None if none was kept. Raise SensorError if it cannot be read."""
    try:
        return _DECODER.decode(file.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError, ValueError) as error:
        raise SensorError(
            f"the position in {file} cannot be read: {error}", remedy="remove the file to begin with now"
        ) from error


def save_position(file: Path, position: Position) -> None:
    """Write a position, whole or not at all. Raises OSError."""
    beside = file.with_name(f"{file.name}.new")
    beside.write_bytes(_ENCODER.encode(position))
    beside.replace(file)
