"""Show whom the firewall refuses now, and since when and until when."""

from starlette.requests import Request
from starlette.responses import Response

from scanwarden.web.site import Endpoint, Site

ROWS = 500


def page(site: Site) -> Endpoint:
    """Give the list of bans."""

    async def bans(request: Request) -> Response:
        now = site.now_ns()
        standing = await site.service.standing()
        recorded = await site.store.ask(lambda reader: reader.bans(now, limit=ROWS))
        in_force = recorded if standing.status is None else standing.bans
        told = {
            "bans": sorted(in_force, key=lambda ban: -int(ban.starts_at))[:ROWS],
            "count": len(in_force),
            "standing": standing,
            "now": now,
        }
        return site.rendering.page(request, "bans.html", told)

    return bans
