"""Keep the records of one command in a store file beside telling them."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from scanwarden.cli.options import store_file_option
from scanwarden.config.quantity import Duration
from scanwarden.config.sections.store import StoreSettings
from scanwarden.errors import StoreError
from scanwarden.model.records import Ready, Record
from scanwarden.store import Store
from scanwarden.store.database import connect_to_write

FLUSH_S = 30.0
PATIENCE_RECORDS = 5_000  # half the queue: a replay outruns any disk, and waits for it here
store_option = store_file_option("Also keep every record in this file, for scans, show, explain and sources.")


class Keeping:
    """Keep records in a file until the command ends; without a file, only pass them on.

    `waits` says that the disk may hold up the command, as in a replay, which then loses nothing; a live watch never
    waits. Age is counted from the newest packet, so that old captures stay: what is ten years older goes.
    """

    def __init__(self, file: Path | None, tell: Callable[[Record], None], *, waits: bool) -> None:
        self._tell = tell
        self._file = file
        self._waits = waits
        self._since_flush = 0
        self._newest_ns = 0
        self._store = None if file is None else self._open(file)

    def __enter__(self) -> "Keeping":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write what waits; raise StoreError if something was lost and nothing worse has happened."""
        if self._store is None:
            return
        self._store.flush(FLUSH_S)
        self._store.close()
        state = self._store.state()
        lost = state.dropped + state.refused + state.queued
        if lost and kind is None:
            raise StoreError(
                f"{lost:,} records were not kept in {self._file}: {state.reason or 'the disk is too slow'}"
            )

    def tell(self, record: Record) -> None:
        """Tell a record and keep it."""
        self._tell(record)
        if self._store is None:
            return
        if not isinstance(record, Ready):  # that one bears the time of this host, not of the packets
            self._newest_ns = max(self._newest_ns, int(record.time))
        self._store.add(record)
        self._since_flush += 1
        if self._waits and self._since_flush >= PATIENCE_RECORDS:
            self._since_flush = 0
            self._store.flush(FLUSH_S)

    def _open(self, file: Path) -> Store:
        settings = StoreSettings(path=file, retention=Duration.parse("3650 d"))
        _refuse_unusable(file, int(settings.max_size))
        return Store(settings, now_ns=lambda: self._newest_ns)


def _refuse_unusable(file: Path, max_bytes: int) -> None:
    """Raise StoreError for a file that is no store, before the writer would put it aside as a damaged one."""
    try:
        connect_to_write(file, max_bytes).close()
    except StoreError as error:
        raise StoreError(error.message, remedy=error.remedy or "name another file with --store") from error
    except (sqlite3.Error, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise StoreError(f"{file} cannot be written: {reason}", remedy="name another file with --store") from error
