"""Read the period that a page is asked for."""

from typing import NamedTuple

from starlette.requests import Request

from scanwarden.model.time import NS_PER_S

HOUR_S = 3_600
LENGTHS_S = {"24h": 24 * HOUR_S, "7d": 168 * HOUR_S, "30d": 720 * HOUR_S, "90d": 2160 * HOUR_S}
DEFAULT = "24h"


class Period(NamedTuple):
    """From when to when, in nanoseconds since 1970, and the name of the length."""

    name: str
    since: int
    until: int

    @property
    def hours(self) -> int:
        """Give the length in hours."""
        return (self.until - self.since) // (HOUR_S * NS_PER_S)


def period_of(request: Request, now_ns: int) -> Period:
    """Give the period that ends now; what is not understood is the default."""
    asked = request.query_params.get("period", DEFAULT)
    name = asked if asked in LENGTHS_S else DEFAULT
    return Period(name, now_ns - LENGTHS_S[name] * NS_PER_S, now_ns)
