"""Say which services scanners look for here, by the sources that touched each port, and whether more do than before."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from scanwarden.audit.services import service_of
from scanwarden.store import Reader
from scanwarden.store.views import Ranked

Trend = Literal["new", "rising", "steady", "falling"]
MAX_PORTS = 100
# Counts differ by chance; of a Poisson count n the deviation is its root, so twice that is a change (95 %).
DEVIATIONS = 2.0


class Sought(Struct, frozen=True, kw_only=True):
    """One port that scanners look for. `sources` counts those of the period, `before` those of the one before it."""

    protocol: str
    port: int
    service: str
    sources: int
    before: int
    trend: Trend


def sought(reader: Reader, since: int, until: int, *, limit: int = 20) -> list[Sought]:
    """Rank the ports of a period (nanoseconds since 1970) by distinct sources, with the trend; raises StoreError.

    Scans of more than a hundred ports name none of them, so they count nowhere here.
    """
    wanted = min(limit, MAX_PORTS)
    now = reader.top_ports(since, until, limit=wanted + 2)
    before = {one.name: one.count for one in reader.top_ports(2 * since - until, since - 1, limit=1000)}
    return [_sought(one, before.get(one.name, 0)) for one in _single(now)[:wanted]]


def _single(ranked: Sequence[Ranked]) -> list[Ranked]:
    """Leave out the names that stand for many ports, such as `tcp/*`."""
    return [one for one in ranked if one.name.partition("/")[2].isdigit()]


def _sought(one: Ranked, before: int) -> Sought:
    protocol, _, number = one.name.partition("/")
    return Sought(
        protocol=protocol,
        port=int(number),
        service=service_of(protocol, int(number)).name,
        sources=one.count,
        before=before,
        trend=trend(one.count, before),
    )


def trend(now: int, before: int) -> Trend:
    """Judge two counts of equal periods."""
    if not before:
        return "new"
    change = now - before
    if abs(change) <= DEVIATIONS * (now + before) ** 0.5:
        return "steady"
    return "rising" if change > 0 else "falling"
