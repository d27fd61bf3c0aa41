"""Recorded scans are found, named and blamed on the right source; recorded harmless traffic gives nothing."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from scanwarden.model.detection import Detection
from scanwarden.model.records import Record
from tests.conftest import find_cases
from tests.replaying import replayed, sources_of


class Row(NamedTuple):
    """A line of the manifest."""

    name: str
    technique: str
    sources: frozenset[str]
    expected: frozenset[str]

    @property
    def is_harmless(self) -> bool:
        return self.expected == {"none"}


def rows() -> Iterator[Row]:
    """Read the manifest; nothing where there are no recorded cases, which `test_there_are_cases` then says."""
    manifest = (find_cases() or Path()) / "captures" / "manifest.tsv"
    if not manifest.is_file():
        return
    with manifest.open(newline="") as lines:
        for line in csv.DictReader(lines, delimiter="\t"):
            yield Row(
                line["name"],
                line["technique"],
                frozenset(line["sources"].split(",")),
                frozenset(line["expected"].split("|")),
            )


HARMLESS = [row for row in rows() if row.is_harmless]
SCANS = [row for row in rows() if not row.is_harmless]


def replay_row(row: Row, cases: Path) -> list[Record]:
    return replayed(cases / "captures" / f"{row.name}.pcap")


def test_there_are_cases(cases: Path) -> None:
    assert (cases / "captures" / "manifest.tsv").is_file()
    assert len(SCANS) >= 30
    assert len(HARMLESS) >= 10


@pytest.mark.parametrize("row", SCANS, ids=lambda row: row.name)
def test_a_recorded_scan_is_named_and_its_source_found(row: Row, cases: Path) -> None:
    detections = [record for record in replay_row(row, cases) if isinstance(record, Detection)]
    named = [detection for detection in detections if sources_of(detection) & row.sources]
    assert named, f"sources named: {[sorted(sources_of(detection)) for detection in detections]}"
    assert row.sources <= {source for detection in named for source in sources_of(detection)}
    assert techniques(named) & row.expected, f"techniques named: {sorted(techniques(named))}"


@pytest.mark.parametrize("row", HARMLESS, ids=lambda row: row.name)
def test_recorded_harmless_traffic_gives_no_detection(row: Row, cases: Path) -> None:
    found = [record for record in replay_row(row, cases) if isinstance(record, Detection)]
    assert [(sources_of(detection), detection.techniques) for detection in found] == []


def techniques(detections: Sequence[Detection]) -> set[str]:
    return {name for detection in detections for name in detection.techniques}
