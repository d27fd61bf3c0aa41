"""Drive one detector of the core: let time pass, end it, and take out what it states."""

from collections.abc import Iterator
from typing import Protocol

from scanwarden._core import _native
from scanwarden.detector.settings import DetectorSettings
from scanwarden.errors import ConfigError
from scanwarden.formats import native
from scanwarden.model.records import Statement


class Core(Protocol):
    """What the Rust detector offers besides taking packets."""

    def tick(self, now_ns: int, /) -> None:
        """Let deadlines pass."""

    def finish(self) -> None:
        """Decide what is pending and close every scan."""

    def take_events(self) -> list[bytes]:
        """Give the events since the last call, oldest first, as JSON objects."""

    def counters(self) -> dict[str, int]:
        """Give counters by name."""


class Detector:
    """State scans found in what sensors feed to the core."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def tick(self, now_ns: int) -> None:
        """Let deadlines up to `now_ns`, nanoseconds since 1970, pass; an earlier time changes nothing."""
        self._core.tick(now_ns)

    def finish(self) -> None:
        """Take it that no more packets come: decide what is pending and close every scan."""
        self._core.finish()

    def statements(self) -> Iterator[Statement]:
        """Take out what was found since the last call, oldest first.

        Each is decoded when its turn comes: the ports of one large scan take megabytes, and many may close at once.
        """
        return _decoded(self._core.take_events())

    def counters(self) -> dict[str, int]:
        """Give counters by name: packets, probes, `malformed.` reasons, what each cap cost."""
        return self._core.counters()


def new_core(settings: DetectorSettings) -> _native.Detector:
    """Make the core's detector; raise ConfigError naming a setting that it refuses."""
    try:
        return _native.Detector(settings.as_json())
    except _native.NativeError as error:
        raise ConfigError(str(error)) from error


def _decoded(events: list[bytes]) -> Iterator[Statement]:
    events.reverse()
    while events:
        yield _statement(events.pop())


def _statement(event: bytes) -> Statement:
    record = native.decode(event)
    if not isinstance(record, Statement):
        raise TypeError(f"the detector stated a {type(record).__name__}")
    return record
