"""Look sources up in the user's files, and read those again when they change."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

from scanwarden.config.sections.enrichment import EnrichmentSettings
from scanwarden.enrich.known import Known
from scanwarden.enrich.lists import read_list
from scanwarden.enrich.mmdb import MmdbFile, country_of, network_of
from scanwarden.enrich.reverse import name_of
from scanwarden.errors import ConfigError
from scanwarden.model.address import Address
from scanwarden.model.prefix_table import PrefixTable

_Stamp = tuple[int, int, int] | None
T = TypeVar("T")


class _Files(Struct, frozen=True, kw_only=True):
    """What was read, together: a look-up sees all of one reading."""

    country: MmdbFile | None = None
    network: MmdbFile | None = None
    researchers: PrefixTable | None = None
    lists: tuple[tuple[str, PrefixTable], ...] = ()
    stamps: dict[Path, _Stamp] = {}


class Enricher:
    """What is known about addresses; safe for use by several threads.

    A file that cannot be read, at the start or when it has changed, is left as it was read last and named in
    `troubles`: what it says is a help, never a condition.
    """

    def __init__(
        self, settings: EnrichmentSettings, *, fetched: Path | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Take the settings, and the folder that fetched lists are in; nothing is read before it is asked for."""
        self._settings = settings
        self._fetched = fetched
        self._clock = clock
        self._lock = threading.Lock()
        self._files: _Files | None = None
        self._looked_s = 0.0
        self.troubles: tuple[str, ...] = ()

    @property
    def is_used(self) -> bool:
        """Say whether the settings name anything to look into."""
        settings = self._settings
        return bool(self._paths() or settings.reverse_dns)

    def of(self, address: Address) -> Known:
        """Say what is known about an address."""
        files = self._current()
        country = country_of(files.country.find(address)) if files.country else None
        number, operator = network_of(files.network.find(address)) if files.network else (None, None)
        researcher = files.researchers.match(address) if files.researchers else None
        return Known(
            country=country,
            network_number=number,
            network_name=operator,
            researcher=researcher[1] if researcher else None,
            lists=tuple(name for name, table in files.lists if table.match(address) is not None),
            name=name_of(address) if self._settings.reverse_dns else None,
        )

    def _current(self) -> _Files:
        with self._lock:
            now_s = self._clock()
            if self._files is None or now_s - self._looked_s >= self._settings.refresh.seconds:
                self._looked_s = now_s
                stamps = {path: _stamp(path) for path in self._paths()}
                if self._files is None or stamps != self._files.stamps:
                    self._files = self._read(self._files or _Files(), stamps)
            return self._files

    def _paths(self) -> tuple[Path, ...]:
        settings = self._settings
        named = (settings.country_file, settings.network_file, settings.researchers_file, *settings.threat_lists)
        fetched = sorted(self._fetched.glob("*.list")) if self._fetched and settings.threat_urls else []
        return (*(path for path in named if path is not None), *fetched)

    def _read(self, old: _Files, stamps: dict[Path, _Stamp]) -> _Files:
        """Read what has changed; keep the rest, and what cannot be read."""
        settings = self._settings
        troubles: list[str] = []

        def changed(path: Path) -> bool:
            return path not in old.stamps or old.stamps[path] != stamps[path]

        def mmdb(path: Path | None, before: MmdbFile | None) -> MmdbFile | None:
            return _tried(lambda: MmdbFile(path), before, troubles) if path and changed(path) else before

        def table(path: Path, before: PrefixTable | None, *, with_names: bool = False) -> PrefixTable | None:
            if not changed(path):
                return before
            return _tried(lambda: read_list(path, with_names=with_names).table, before, troubles)

        known_lists = dict(old.lists)
        lists = [path for path in self._paths() if path in settings.threat_lists or path.suffix == ".list"]
        tables = [(path.stem, table(path, known_lists.get(path.stem))) for path in lists]
        path = settings.researchers_file
        files = _Files(
            country=mmdb(settings.country_file, old.country),
            network=mmdb(settings.network_file, old.network),
            researchers=table(path, old.researchers, with_names=True) if path else None,
            lists=tuple((name, found) for name, found in tables if found is not None),
            stamps=stamps,
        )
        self.troubles = tuple(troubles)
        return files


def _tried(read: Callable[[], T], before: T | None, troubles: list[str]) -> T | None:
    try:
        return read()
    except ConfigError as error:
        troubles.append(str(error))
        return before


def _stamp(path: Path) -> _Stamp:
    """Tell one state of a file from another; None if it is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_ino, found.st_size, found.st_mtime_ns)
