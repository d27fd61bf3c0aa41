"""Replay captures inside a test and collect what is told."""

from collections.abc import Sequence
from pathlib import Path

from scanwarden.daemon.replay import Replay, ReplayOptions
from scanwarden.errors import ScanwardenError
from scanwarden.model.address import Prefix
from scanwarden.model.detection import Detection, Opened
from scanwarden.model.records import Record


def replayed(capture: Path, *, home: Sequence[str] = ()) -> list[Record]:
    """Give every record of a capture; raise what kept it from being read."""
    told: list[Record] = []
    options = ReplayOptions(home=tuple(map(Prefix.parse, home)))
    replay = Replay(options, tell=told.append, progress=lambda _read, _total: None)
    failures: list[ScanwardenError] = replay.run([str(capture)]).failures
    if failures:
        raise failures[0]
    return told


def opened(records: Sequence[Record]) -> list[Opened]:
    """Give the scans found, as they opened."""
    return [record for record in records if isinstance(record, Opened)]


def sources_of(detection: Detection) -> set[str]:
    """Give every address that a detection names as a source."""
    own = {str(detection.source.address)} if detection.source.address else set()
    return own | {str(member.address) for member in detection.source.members}
