"""Keep the last survey in a file, so that those who may not look at the host themselves can read it."""

import os
from pathlib import Path

import msgspec

from scanwarden.audit.openings import Survey
from scanwarden.errors import StoreError

FILE_NAME = "audit.json"
MAX_BYTES = 16 << 20
_FILE_MODE = 0o640


def keep(survey: Survey, path: Path) -> None:
    """Write a survey in place of the last one, at once or not at all; raises StoreError."""
    fresh = path.with_name(f".{path.name}.new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        with os.fdopen(os.open(fresh, flags, _FILE_MODE), "wb") as opened:
            opened.write(msgspec.json.encode(survey))
        fresh.replace(path)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}") from error


def last(path: Path) -> Survey | None:
    """Read the last survey; None if there is none yet. Raises StoreError for a file that is not one."""
    try:
        with path.open("rb") as opened:
            return msgspec.json.decode(opened.read(MAX_BYTES), type=Survey)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError) as error:
        raise StoreError(f"{path} is no survey: {error}", remedy="remove it; the next survey writes it anew") from error
