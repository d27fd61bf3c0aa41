"""Be the store for the rest of the program: take records, tell the state, open readers."""

import time
from collections.abc import Callable
from pathlib import Path

from scanwarden.config.sections.store import StoreSettings
from scanwarden.model.records import Record
from scanwarden.store.backlog import Backlog
from scanwarden.store.reader import Reader
from scanwarden.store.views import StoreState
from scanwarden.store.writer import Writer


class Store:
    """Keep records in a database file, whatever happens to the disk.

    `add` never raises and never waits for the disk; `state` says what became of the records. The
    clock is only for retention and the names of files put aside.
    """

    def __init__(self, settings: StoreSettings, *, now_ns: Callable[[], int] = time.time_ns) -> None:
        self._path = settings.path
        self._backlog = Backlog(settings.queue)
        self._writer = Writer(
            settings.path,
            self._backlog,
            max_bytes=int(settings.max_size),
            retention_ns=int(settings.retention),
            now_ns=now_ns,
        )
        self._writer.start()

    def add(self, record: Record) -> None:
        """Queue a record to be written; if the queue is full the oldest record in it is lost and counted."""
        self._backlog.put(record)

    def flush(self, timeout_s: float) -> bool:
        """Wait until everything queued is written; say whether it is."""
        return self._backlog.wait_until_empty(timeout_s)

    def state(self) -> StoreState:
        """Say how the store is doing."""
        condition = self._writer.condition
        return StoreState(
            is_degraded=condition.reason is not None,
            reason=condition.reason,
            queued=len(self._backlog),
            written=condition.written,
            dropped=self._backlog.dropped,
            refused=condition.refused,
            removed=condition.removed,
            file_bytes=_file_bytes(self._path),
            set_aside=tuple(condition.set_aside),
        )

    def reader(self) -> Reader:
        """Open the store for questions, for use by one thread; raise StoreError if it cannot be read."""
        return Reader(self._path)

    def close(self, timeout_s: float = 5.0) -> None:
        """Write what is queued, if the disk lets us, and stop."""
        self._backlog.close()
        self._writer.join(timeout_s)


def _file_bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
