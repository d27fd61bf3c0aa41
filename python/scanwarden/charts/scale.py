"""Find steps that people can read: 1, 2 and 5 times powers of ten; and times on the clock."""

import math
from typing import NamedTuple

from scanwarden.model.time import NS_PER_S, Timestamp

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_TIME_STEPS_S = (
    *(1, 2, 5, 10, 15, 30, _MINUTE, 2 * _MINUTE, 5 * _MINUTE, 10 * _MINUTE, 15 * _MINUTE, 30 * _MINUTE),
    *(_HOUR, 2 * _HOUR, 3 * _HOUR, 6 * _HOUR, 12 * _HOUR, _DAY, 2 * _DAY, 7 * _DAY, 14 * _DAY, 30 * _DAY),
)


class Tick(NamedTuple):
    """A mark on an axis: where, from 0 to 1, and what is written at it."""

    at: float
    text: str


def number_ticks(highest: float, *, most: int = 4) -> list[Tick]:
    """Give ticks from zero up to the first readable number at or above `highest`, whole numbers where counts are."""
    step = _readable_step(max(highest, 1) / most)
    top = math.ceil(max(highest, 1) / step) * step
    return [Tick(index * step / top, _written(index * step)) for index in range(round(top / step) + 1)]


def top_of(highest: float, *, most: int = 4) -> float:
    """Give the number at the last of those ticks."""
    step = _readable_step(max(highest, 1) / most)
    return math.ceil(max(highest, 1) / step) * step


def time_ticks(since: int, until: int, *, most: int = 8) -> list[Tick]:
    """Give ticks at round times of day (UTC) between two times; days are named where one begins."""
    length_s = max((until - since) / NS_PER_S, 1)
    step_s = next((step for step in _TIME_STEPS_S if length_s / step <= most), _TIME_STEPS_S[-1])
    step_ns = step_s * NS_PER_S
    first = -(-since // step_ns) * step_ns
    return [
        Tick((at - since) / max(until - since, 1), _clock(Timestamp(at), step_s))
        for at in range(first, until + 1, step_ns)
    ]


def _clock(time: Timestamp, step_s: int) -> str:
    text = str(time)
    if step_s >= _DAY or text[11:19] == "00:00:00":
        return text[5:10]
    return text[11:19] if step_s < _MINUTE else text[11:16]


def _readable_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(max(rough, 1)))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough - 1e-9)


def _written(value: float) -> str:
    if value >= 10_000:
        return f"{value / 1000:g}k"
    return f"{value:g}"
