"""Show which ports of this host are open, to whom, and which of them should not be."""

from starlette.requests import Request
from starlette.responses import Response

from scanwarden.audit.openings import Opening
from scanwarden.store import Reader
from scanwarden.store.views import NoticeRow
from scanwarden.web.site import Endpoint, Site

ROWS = 40
MAX_OPENINGS = 300
KINDS = ("audit_drift", "audit_baseline", "learnt_then_used")


def page(site: Site) -> Endpoint:
    """Give the page of the audit: what the service knows now, and what it noticed before."""

    async def audit(request: Request) -> Response:
        view = await site.service.audit()
        openings = view.survey.openings if view is not None and view.survey is not None else ()
        told = {
            "view": view,
            "openings": [(one, interfaces_of(one)) for one in openings[:MAX_OPENINGS]],
            "notices": await site.store.ask(notices_of),
        }
        return site.rendering.page(request, "audit.html", told)

    return audit


def interfaces_of(opening: Opening) -> str:
    """Name the interfaces by which somebody reaches a socket, each once."""
    return ", ".join(dict.fromkeys(reach.interface for reach in opening.reaches if reach.state != "blocked"))


def notices_of(reader: Reader) -> list[NoticeRow]:
    """Give what the audit has noticed, the newest first."""
    found = [one for kind in KINDS for one in reader.notices(kind=kind, limit=ROWS)]
    return sorted(found, key=lambda one: -int(one.time))[:ROWS]
