"""Scans and bans of one source."""

from scanwarden.charts.lanes import lanes
from scanwarden.language import catalogue
from scanwarden.model.address import Prefix
from scanwarden.model.time import Timestamp
from scanwarden.store.views import BanRow
from tests.unit.charts.looking import is_inside, shapes
from tests.unit.store.records import START

SAY = catalogue("en")


def ban(starts_s: float, *, ended_s: float | None = None) -> BanRow:
    return BanRow(
        scan=None,
        source=Prefix.parse("203.0.113.7"),
        starts_at=START.plus(starts_s),
        expires_at=START.plus(starts_s + 600),
        duration_s=600,
        reason="x",
        responder="nftables",
        forgeable=True,
        ended_at=None if ended_s is None else START.plus(ended_s),
    )


def test_a_ban_in_force_looks_different_from_one_that_has_ended() -> None:
    drawing = lanes([], [ban(0, ended_s=60), ban(3000)], int(START.plus(3100)), SAY)
    assert len(shapes(drawing, "rect", "banned")) == 1
    assert len(shapes(drawing, "rect", "banned-past")) == 1
    assert len(shapes(drawing, "line", "now")) == 1
    assert is_inside(drawing)


def test_a_source_without_anything_can_be_drawn() -> None:
    assert is_inside(lanes([], [], int(Timestamp(START)), SAY))
