"""Declare `[responders.route]`: bans as blackhole routes."""

from typing import Annotated

from msgspec import Meta

from scanwarden.config.options import Section
from scanwarden.config.registry import section


@section("responders.route", rank=45)
class RouteSettings(Section, frozen=True, kw_only=True):
    """Bans as blackhole routes. Our answers vanish, the packets of the source still arrive."""

    capacity: Annotated[int, Meta(description="Most routes at once.", examples=[1000], ge=1, le=100_000)] = 4096
    metric: Annotated[
        int,
        Meta(
            description="Metric by which our routes are told from those of others.", examples=[4242], ge=1, le=2**32 - 1
        ),
    ] = 7_226
