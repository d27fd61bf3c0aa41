"""Keep one value in a file for other processes of the service: whole, or as it was."""

import os
from pathlib import Path
from typing import TypeVar

import msgspec

from scanwarden.errors import StoreError

State = TypeVar("State")
_MODE = 0o640


def keep_state(state: msgspec.Struct, path: Path) -> None:
    """Write a value in place of the last one, at once or not at all; raise StoreError."""
    fresh = path.with_name(f".{path.name}.new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        with os.fdopen(os.open(fresh, flags, _MODE), "wb") as opened:
            opened.write(msgspec.json.encode(state))
        fresh.replace(path)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}") from error


def last_state(path: Path, kind: type[State], *, max_bytes: int) -> State | None:
    """Read the last value; None if there is none yet. Raise OSError, or MsgspecError for a file that holds none."""
    try:
        with path.open("rb") as opened:
            return msgspec.json.decode(opened.read(max_bytes), type=kind)
    except FileNotFoundError:
        return None
