"""Ports over time."""

import pytest

from scanwarden.charts.heat import heat, level
from scanwarden.language import catalogue
from scanwarden.store.views import HeatMap
from tests.unit.charts.looking import is_inside, shapes, words
from tests.unit.store.records import START

SAY = catalogue("en")


def heat_map(ports: tuple[str, ...], hours: int = 24) -> HeatMap:
    return HeatMap(
        starts_at=tuple(START.plus(3600 * hour) for hour in range(hours)),
        span_s=3600,
        ports=ports,
        counts=tuple(tuple(int(hour == index) * (index + 1) for hour in range(hours)) for index in range(len(ports))),
    )


@pytest.mark.parametrize("width", [320, 850])
def test_a_cell_lies_where_and_when_a_port_was_sought(width: float) -> None:
    drawing = heat(heat_map(("tcp/22", "udp/161")), SAY, width=width)
    (busy,) = shapes(drawing, "rect", "h5")
    assert "udp/161, 2026-01-02 04:00: 2 sources" in (busy[0].text or "")
    assert len(shapes(drawing, "rect", "h0")) == 2
    assert is_inside(drawing)
    assert words(drawing)[:2] == (["22 ssh", "161 snmp"] if width < 600 else ["tcp/22 ssh", "udp/161 snmp"])


def test_long_periods_are_joined_to_few_columns() -> None:
    counts = HeatMap(
        starts_at=tuple(START.plus(3600 * hour) for hour in range(200)),
        span_s=3600,
        ports=("tcp/1",),
        counts=((1,) * 200,),
    )
    assert len(shapes(heat(counts, SAY), "rect")) - 1 == 67
    assert len(shapes(heat(counts, SAY, width=320), "rect")) - 1 == 23


def test_nothing_sought_says_so() -> None:
    assert "nothing in this period" in heat(heat_map(()), SAY).svg()


@pytest.mark.parametrize(
    ("count", "highest", "shade"), [(0, 9, 0), (1, 1, 5), (1, 100, 1), (100, 100, 5), (10, 100, 3)]
)
def test_shades_follow_the_logarithm(count: int, highest: int, shade: int) -> None:
    assert level(count, highest) == shade
