"""Replay a capture in this process and return what is told."""

from collections.abc import Sequence
from pathlib import Path

from scanwarden.daemon.replay import Replay, ReplayOptions
from scanwarden.model.address import Prefix
from scanwarden.model.records import Record


def replayed(capture: Path, *, home: Sequence[Prefix] = ()) -> list[Record]:
    """Return every record of `capture`; an empty `home` is inferred. Raises SensorError if it cannot be read."""
    told: list[Record] = []
    replay = Replay(ReplayOptions(home=tuple(home)), tell=told.append, progress=lambda _read, _total: None)
    for failure in replay.run([str(capture)]).failures:
        raise failure
    return told
