"""Scans over time."""

import pytest

from scanwarden.charts.timeline import timeline
from scanwarden.language import catalogue
from scanwarden.model.time import NS_PER_S
from scanwarden.store.views import Bucket
from tests.unit.charts.looking import is_inside, shapes
from tests.unit.store.records import START

SAY = catalogue("en")
BUCKETS = [
    Bucket(starts_at=START.plus(900 * index), by_severity=(index % 3, 0, 1, 0, index % 2)) for index in range(96)
]
UNTIL = int(START) + 96 * 900 * NS_PER_S


@pytest.mark.parametrize("width", [320, 1320])
def test_every_scan_is_in_a_column_of_its_severity(width: float) -> None:
    drawing = timeline(BUCKETS, UNTIL, SAY, width=width)
    assert len(shapes(drawing, "rect", "s3")) == (96 if width > 600 else 32)
    assert not shapes(drawing, "rect", "s4")
    assert is_inside(drawing)
    assert "Scans over time. 240 scans" in drawing.svg()


def test_an_empty_period_says_so() -> None:
    assert "nothing in this period" in timeline([], UNTIL, SAY).svg()
