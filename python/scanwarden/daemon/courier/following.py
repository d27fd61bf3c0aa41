"""Follow the service's records, and take from the database what was missed meanwhile."""

from collections.abc import Iterator
from pathlib import Path

from scanwarden.control.client import ControlClient
from scanwarden.errors import StoreError
from scanwarden.formats import native
from scanwarden.model.records import Record
from scanwarden.model.time import Timestamp
from scanwarden.store import Reader, ScanFilter
from scanwarden.store.reader import StoredScan

MAX_MISSED = 10_000  # scans that are taken from the database at once


class Follower:
    """The records of one service, over its read socket and from its database."""

    def __init__(self, client: ControlClient, store: Path) -> None:
        self._client = client
        self._store = store

    def records(self, seen_ns: int) -> Iterator[Record | None]:
        """Yield what was missed since a time, then records as they come, and None whenever nothing comes for a while.

        The stream is open before the database is read, so that nothing falls between the two; what is in both comes
        twice. Ends with ScanwardenError when the service does.
        """
        stream = self._client.events()
        next(stream)
        yield from self.missed(seen_ns)
        yield None
        for line in stream:
            yield native.decode(line) if line else None

    def hang_up(self) -> None:
        """End `records` in whatever thread it waits."""
        self._client.hang_up()

    def missed(self, seen_ns: int) -> Iterator[Record]:
        """Yield what the database knows of scans seen since a time, the oldest first; nothing if it cannot be read."""
        try:
            with Reader(self._store) as reader:
                ids = list(_ids_since(reader, seen_ns))
                for scan_id in reversed(ids):
                    if (scan := reader.scan(scan_id)) is not None:
                        yield from records_of(scan)
        except StoreError:
            return  # the stream goes on without it; the service itself reports a broken database


def records_of(scan: StoredScan) -> Iterator[Record]:
    """Yield a stored scan as the records it came from: its latest statement, decisions and bans."""
    yield scan.statement
    yield from (decision.record() for decision in scan.decisions)
    yield from (ban.record() for ban in scan.bans)


def _ids_since(reader: Reader, seen_ns: int) -> Iterator[str]:
    """Yield scans seen since a time, the last opened first."""
    after: str | None = None
    left = MAX_MISSED
    wanted = ScanFilter(since=Timestamp(seen_ns))
    while left > 0:
        page = reader.scans(wanted, after=after, limit=min(500, left))
        left -= len(page.scans)
        yield from (row.id for row in page.scans)
        if page.next is None:
            return
        after = page.next
