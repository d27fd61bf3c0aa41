"""Show who scans: the most active sources, and one source over time."""

from starlette.requests import Request
from starlette.responses import Response

from scanwarden.charts.lanes import lanes
from scanwarden.model.address import Prefix
from scanwarden.web.pages.periods import LENGTHS_S, period_of
from scanwarden.web.rendering import pictures
from scanwarden.web.site import Endpoint, Site

ROWS = 50
NETWORKS = 12


def listing(site: Site) -> Endpoint:
    """Give the list of sources."""

    async def sources(request: Request) -> Response:
        period = period_of(request, site.now_ns())
        found = await site.store.ask(lambda reader: reader.top_sources(period.since, period.until, limit=ROWS))
        networks = await site.store.ask(lambda reader: reader.top_networks(period.since, period.until, limit=NETWORKS))
        told = {"found": found, "networks": networks, "period": period.name, "periods": LENGTHS_S, "now": period.until}
        return site.rendering.page(request, "sources.html", told)

    return sources


def page(site: Site) -> Endpoint:
    """Give the page of one source or network."""

    async def source(request: Request) -> Response:
        network = Prefix.parse(request.path_params["network"])
        summary = await site.store.ask(lambda reader: reader.source(network, limit=ROWS))
        standing = await site.service.standing()
        now = site.now_ns()
        say = site.words(request)
        recorded = [ban.source for ban in summary.bans if ban.ended_at is None and ban.expires_at > now]
        told_by_service = [
            ban.source for ban in standing.bans if ban.source.contains(network) or network.contains(ban.source)
        ]
        told = {
            "source": network,
            "summary": summary,
            "now": now,
            "standing": standing,
            "known": await site.known.of(network.address if network.is_single else None),
            "in_force": list(dict.fromkeys(recorded if standing.status is None else told_by_service)),
            "lanes": pictures(lambda width: lanes(summary.latest, summary.bans, now, say, width=width)),
        }
        return site.rendering.page(request, "source.html", told)

    return source
