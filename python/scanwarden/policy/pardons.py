"""Remember whose ban an administrator lifted, so that what was known by then does not bring it back."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import TypeVar

from scanwarden.model.address import Prefix
from scanwarden.model.detection import ScanId
from scanwarden.model.time import Timestamp

DEFAULT_MAX_PARDONS = 4096

K = TypeVar("K", bound=Hashable)


class Pardons:
    """The scans whose bans were lifted by hand, and when each source was pardoned; the oldest is forgotten first."""

    def __init__(self, max_pardons: int = DEFAULT_MAX_PARDONS) -> None:
        self._max_pardons = max_pardons
        self._scans: OrderedDict[ScanId, Timestamp] = OrderedDict()
        self._sources: OrderedDict[bytes, Timestamp] = OrderedDict()

    def add(self, source: Prefix, scan: ScanId | None, now: Timestamp) -> None:
        """Take in that the ban of a source was lifted by hand; `scan` is what it was banned for, if that is known."""
        self._put(self._sources, source.key, now)
        if scan is not None:
            self._put(self._scans, scan, now)

    def lifted_for(self, scan: ScanId) -> Timestamp | None:
        """Return when the ban for a scan was lifted; None if nobody did that."""
        return self._scans.get(scan)

    def lifted_since(self, source: Prefix, began: Timestamp) -> Timestamp | None:
        """Return when a source was pardoned, if that was after `began`; None otherwise."""
        lifted = self._sources.get(source.key)
        return lifted if lifted is not None and lifted >= began else None

    def _put(self, table: OrderedDict[K, Timestamp], key: K, now: Timestamp) -> None:
        table[key] = now
        table.move_to_end(key)
        if len(table) > self._max_pardons:
            table.popitem(last=False)
