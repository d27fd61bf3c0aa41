"""Let one instance run on a host: whoever holds the lock."""

import fcntl
import os
from pathlib import Path
from typing import Self

from scanwarden.errors import ScanwardenError


class InstanceLock:
    """A lock on a file that the kernel releases when its holder ends, however it ends."""

    def __init__(self, path: Path) -> None:
        """Take the lock; raise ScanwardenError naming the process that has it."""
        self._path = path
        try:
            path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
        except OSError as error:
            raise ScanwardenError(f"{path} cannot be opened: {error.strerror}", remedy="run as root") from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._descriptor, 20).decode("ascii", "replace").strip() or "unknown"
            os.close(self._descriptor)
            raise ScanwardenError(
                f"scanwarden runs already on this host, as process {holder}", remedy="stop it first"
            ) from None
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        """Let another instance run."""
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        """Return the lock."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let another instance run."""
        self.release()
