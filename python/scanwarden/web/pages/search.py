"""Find what somebody looks for: a scan by its id, a source by its address, else scans by port or text."""

from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from scanwarden.errors import AddressError
from scanwarden.model.address import Prefix
from scanwarden.store import Reader
from scanwarden.web.pages.scans import MAX_TEXT_CHARS, port_of
from scanwarden.web.site import Endpoint, Site

ID_START = "sw-"
SHORTEST_ID_CHARS = 4


def page(site: Site) -> Endpoint:
    """Lead on to the page that fits what was typed."""

    async def search(request: Request) -> Response:
        typed = request.query_params.get("q", "")[:MAX_TEXT_CHARS].strip()
        place = await site.store.ask(lambda reader: place_of(typed, reader))
        return RedirectResponse(place, status_code=303)

    return search


def place_of(typed: str, reader: Reader) -> str:
    """Give the address of the page that fits best."""
    if not typed:
        return "/scans"
    start = typed if typed.startswith(ID_START) else f"{ID_START}{typed}"
    if len(start) >= len(ID_START) + SHORTEST_ID_CHARS:
        ids = reader.ids_beginning(start, limit=2)
        if len(ids) == 1:
            return f"/scans/{quote(ids[0], safe='')}"
    try:
        return f"/sources/{quote(str(Prefix.parse(typed)), safe=':/.')}"
    except AddressError:
        pass
    try:
        port_of(typed)
    except ValueError:
        return f"/scans?{urlencode({'text': typed})}"
    return f"/scans?{urlencode({'port': typed})}"
