"""Probes over time."""

import pytest

from scanwarden.charts.probes import probes
from scanwarden.language import catalogue
from scanwarden.store.views import ScanStep
from tests.unit.charts.looking import is_inside, shapes
from tests.unit.store.records import START, statement

SAY = catalogue("en")
HISTORY = [
    ScanStep(time=START, event="opened", reason=None, techniques=("tcp_syn",), severity=2, probes=4, nats=14),
    ScanStep(
        time=START.plus(900), event="closed", reason=None, techniques=("tcp_syn",), severity=2, probes=10, nats=30
    ),
]


@pytest.mark.parametrize("width", [320, 1320])
def test_the_curve_ends_at_the_last_probe_not_at_the_closing(width: float) -> None:
    drawing = probes(statement(at_s=0, seen_s=(-2, 5)), HISTORY, SAY, width=width)
    (curve,) = shapes(drawing, "path", "curve")
    assert curve.attrib["d"].count("L") == 2
    assert len(shapes(drawing, "circle", "opened")) == 1
    assert not shapes(drawing, "circle", "closed")
    assert is_inside(drawing)


def test_a_scan_of_one_moment_can_be_drawn() -> None:
    assert shapes(probes(statement(at_s=0, seen_s=(0, 0)), [], SAY), "path", "curve")
