"""Show at one glance whether anyone scans, who, how, and what was done."""

from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from scanwarden.charts import Drawing
from scanwarden.charts.bars import Bar, bars
from scanwarden.charts.heat import heat
from scanwarden.charts.timeline import timeline
from scanwarden.language import Catalogue
from scanwarden.store import Reader, ScanFilter
from scanwarden.store.views import BanRow, HeatMap, NoticeRow, Overview, ScanRow
from scanwarden.web.pages.periods import LENGTHS_S, Period, period_of
from scanwarden.web.rendering import ONE_THIRD, TWO_THIRDS, pictures
from scanwarden.web.service_line import Standing
from scanwarden.web.site import Endpoint, Site

ROWS = 8
TECHNIQUES = 8
HEAT_COLUMNS = 96


class Glance(NamedTuple):
    """What the page shows, of one moment."""

    overview: Overview
    heat: HeatMap
    latest: tuple[ScanRow, ...]
    bans: tuple[BanRow, ...]
    notices: tuple[NoticeRow, ...]


def page(site: Site) -> Endpoint:
    """Give the first page."""

    async def overview(request: Request) -> Response:
        period = period_of(request, site.now_ns())
        glance = await site.store.ask(lambda reader: look(reader, period))
        standing = await site.service.standing()
        say = site.words(request)
        told = {
            "period": period.name,
            "periods": LENGTHS_S,
            "glance": glance,
            "standing": standing,
            "answer": answer(glance, standing, period, say),
            "now": period.until,
            "timeline": pictures(lambda width: timeline(glance.overview.timeline, period.until, say, width=width)),
            "heat": pictures(lambda width: heat(glance.heat, say, width=width), wide=TWO_THIRDS),
            "techniques": pictures(lambda width: technique_bars(glance.overview, say, width), wide=ONE_THIRD),
        }
        return site.rendering.page(request, "overview.html", told)

    return overview


def look(reader: Reader, period: Period) -> Glance:
    """Ask the store for everything on the page."""
    return Glance(
        overview=reader.overview(period.since, period.until),
        heat=reader.port_heat(period.since, period.until, span_s=max(1, period.hours // HEAT_COLUMNS) * 3600, ports=16),
        latest=reader.scans(ScanFilter(), limit=ROWS).scans,
        bans=reader.bans(period.until, limit=ROWS),
        notices=reader.notices(limit=5),
    )


def technique_bars(found: Overview, say: Catalogue, width: float) -> Drawing:
    """Draw how often each technique was used."""
    ranked = [Bar(say(f"technique.{one.name}"), one.count) for one in found.techniques_top[:TECHNIQUES]]
    return bars(ranked, say, title=say("overview.techniques"), width=width)


def answer(glance: Glance, standing: Standing, period: Period, say: Catalogue) -> tuple[str, str]:
    """Answer "is anyone scanning me?" in a sentence; give its tone too: `alarm`, `calm` or `watch`."""
    found = glance.overview
    length = say(f"period.{period.name}")
    if not found.scans and not found.open_scans:
        return "calm", say("overview.nobody", period=length)
    counted = {
        "scans": say("count.scan", n=found.scans),
        "sources": say("count.source", n=found.sources),
        "period": length,
    }
    going = say("overview.going", n=found.open_scans) if found.open_scans else say("overview.none_going")
    told = f"{going} {say('overview.so_far', **counted)}"
    if standing.status is not None and standing.status.mode == "observe":
        told = f"{told} {say('overview.observing')}"
    elif found.bans_in_force:
        told = f"{told} {say('overview.banned', n=found.bans_in_force)}"
    return ("alarm" if found.open_scans else "watch"), told
