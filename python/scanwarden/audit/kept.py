"""Keep the last survey in a file, so that those who may not look at the host themselves can read it."""

from pathlib import Path

import msgspec

from scanwarden.audit.openings import Survey
from scanwarden.errors import StoreError
from scanwarden.store.state_file import keep_state, last_state

FILE_NAME = "audit.json"
MAX_BYTES = 16 << 20


def keep(survey: Survey, path: Path) -> None:
    """Write a survey in place of the last one, at once or not at all; raises StoreError."""
    keep_state(survey, path)


def last(path: Path) -> Survey | None:
    """Read the last survey; None if there is none yet. Raises StoreError for a file that is not one."""
    try:
        return last_state(path, Survey, max_bytes=MAX_BYTES)
    except (OSError, msgspec.MsgspecError) as error:
        raise StoreError(f"{path} is no survey: {error}", remedy="remove it; the next survey writes it anew") from error
