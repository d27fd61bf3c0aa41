"""Show which ports of this host are open and should not be, as far as the store has been told."""

from starlette.requests import Request
from starlette.responses import Response

from scanwarden.store import Reader
from scanwarden.store.views import NoticeRow
from scanwarden.web.site import Endpoint, Site

ROWS = 100
KIND = "audit"


def page(site: Site) -> Endpoint:
    """Give the page of the audit."""

    async def audit(request: Request) -> Response:
        found = await site.store.ask(findings)
        return site.rendering.page(request, "audit.html", {"findings": found, "now": site.now_ns()})

    return audit


def findings(reader: Reader) -> tuple[NoticeRow, ...]:
    """Give what the audit has noticed, the newest first."""
    return reader.notices(kind=KIND, limit=ROWS)
