"""Axes have steps that people can read."""

import pytest

from scanwarden.charts.scale import number_ticks, time_ticks, top_of
from scanwarden.model.time import NS_PER_S, Timestamp

NOON = int(Timestamp.parse("2026-01-02T12:00:00Z"))


@pytest.mark.parametrize(
    ("highest", "written"),
    [
        (0, ["0", "1"]),
        (1, ["0", "1"]),
        (3, ["0", "1", "2", "3"]),
        (7, ["0", "2", "4", "6", "8"]),
        (57, ["0", "20", "40", "60"]),
        (65_000, ["0", "20k", "40k", "60k", "80k"]),
    ],
)
def test_numbers_rise_in_readable_steps(highest: float, written: list[str]) -> None:
    ticks = number_ticks(highest)
    assert [tick.text for tick in ticks] == written
    assert ticks[0].at == 0
    assert ticks[-1].at == 1
    assert top_of(highest) >= highest


@pytest.mark.parametrize(
    ("length_s", "first"),
    [(10, "12:00:00"), (600, "12:00"), (86_400, "12:00"), (7 * 86_400, "01-03"), (90 * 86_400, "01-15")],
)
def test_times_are_round_and_few(length_s: int, first: str) -> None:
    ticks = time_ticks(NOON, NOON + length_s * NS_PER_S)
    assert ticks[0].text == first
    assert 2 <= len(ticks) <= 9
    assert all(0 <= tick.at <= 1 for tick in ticks)


def test_midnight_is_written_as_its_day() -> None:
    assert "01-03" in [tick.text for tick in time_ticks(NOON, NOON + 86_400 * NS_PER_S)]
