"""Open a log file; the service has a way of its own, for files that only root may read."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

OpenFile = Callable[[Path], int]
"""Give a descriptor that reads a file; raise OSError, FileNotFoundError if there is none."""


def open_plainly(path: Path, *, follows_links: bool = True) -> int:
    """Open a regular file as this process may; raise OSError, also for what is no regular file."""
    # A fifo would block here for ever without O_NONBLOCK.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | (0 if follows_links else os.O_NOFOLLOW))
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise OSError(f"{path} is not a regular file")
