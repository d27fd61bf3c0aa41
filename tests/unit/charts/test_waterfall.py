"""Evidence, contact by contact."""

import pytest

from scanwarden.charts.waterfall import steps, waterfall
from scanwarden.language import catalogue
from scanwarden.model.detection import Evidence, EvidencePart
from tests.unit.charts.looking import is_inside, shapes, words
from tests.unit.store.records import START

SAY = catalogue("en")


def evidence(count: int, *, pause_s: float = 1, nats: float = 3.5) -> Evidence:
    parts = tuple(
        EvidencePart(
            rule="closed_port",
            contact=f"tcp/{index} at x",
            outcome="closed",
            nats=nats,
            time=START.plus(index * pause_s),
        )
        for index in range(count)
    )
    return Evidence(nats=count * nats, threshold=13.8, parts=parts)


def test_the_fourth_closed_port_crosses_the_threshold() -> None:
    running = steps(evidence(6))
    assert [step.crosses for step in running] == [False, False, False, True, False, False]
    assert running[3].after == pytest.approx(14.0, abs=0.01)


def test_evidence_halves_in_a_day_and_never_falls_below_zero() -> None:
    assert steps(evidence(2, pause_s=86_400))[1].before == pytest.approx(1.75)
    assert steps(evidence(2, nats=-5))[1].after == 0


@pytest.mark.parametrize("width", [320, 1320])
def test_columns_rise_to_the_threshold_line(width: float) -> None:
    drawing = waterfall(evidence(6), SAY, width=width)
    assert len(shapes(drawing, "rect", "o-closed")) == 6
    (line,) = shapes(drawing, "line", "threshold")
    tops = [float(one.attrib["y"]) for one in shapes(drawing, "rect", "o-closed")]
    assert [top <= float(line.attrib["y1"]) for top in tops] == [False, False, False, True, True, True]
    assert "threshold 13.8" in words(drawing)
    assert "Contact 4 crossed the threshold of 13.8 nats" in drawing.svg()
    assert is_inside(drawing)


def test_of_many_contacts_those_around_the_crossing_are_drawn() -> None:
    drawing = waterfall(evidence(200, nats=0.5), SAY)
    assert len(shapes(drawing, "rect", "o-closed")) == 24
    assert "crossed" in drawing.svg()


def test_contacts_that_were_not_kept_are_missed_aloud() -> None:
    assert "The single contacts were not kept." in waterfall(evidence(0), SAY).svg()
