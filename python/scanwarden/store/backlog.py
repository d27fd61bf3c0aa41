"""Hold records between those who report them and the one thread that writes them."""

import threading
from collections import deque

from scanwarden.model.records import Record


class Backlog:
    """A bounded queue that never makes the reporter wait: when it is full the oldest record is dropped."""

    def __init__(self, max_records: int) -> None:
        self._records: deque[Record] = deque()
        self._max_records = max_records
        self._changed = threading.Condition()
        self._is_closed = False
        self._taken = 0
        self.dropped = 0

    def put(self, record: Record) -> None:
        """Add a record; what comes after `close` is dropped and counted too."""
        with self._changed:
            if self._is_closed:
                self.dropped += 1
                return
            if len(self._records) + self._taken >= self._max_records:
                self.dropped += 1
                if not self._records:
                    return
                self._records.popleft()
            self._records.append(record)
            self._changed.notify_all()

    def take(self, max_records: int, timeout_s: float) -> list[Record]:
        """Take the oldest records to write them; waits until there is one, the time is up or it is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._records or self._is_closed, timeout_s)
            batch = [self._records.popleft() for _ in range(min(max_records, len(self._records)))]
            self._taken = len(batch)
            return batch

    def written(self) -> None:
        """Say that what was taken needs no place any more."""
        with self._changed:
            self._taken = 0
            self._changed.notify_all()

    def put_back(self, batch: list[Record]) -> None:
        """Return what was taken and could not be written to the front."""
        with self._changed:
            self._records.extendleft(reversed(batch))
            self._taken = 0

    def close(self) -> None:
        """Take no more records, and wake whoever waits."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def wait_until_empty(self, timeout_s: float) -> bool:
        """Wait until everything is written; say whether it is."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._records and not self._taken, timeout_s)

    def wait_closed(self, timeout_s: float) -> bool:
        """Wait for `close`, at most so long; say whether it came."""
        with self._changed:
            return self._changed.wait_for(lambda: self._is_closed, timeout_s)

    @property
    def is_closed(self) -> bool:
        """Say whether nothing more will come."""
        return self._is_closed

    def __len__(self) -> int:
        return len(self._records) + self._taken
