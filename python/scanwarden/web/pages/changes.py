"""Ban, lift a ban, and allow, at the push of a button; the service decides whether it does."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from scanwarden.control.views import BanRequest, Done
from scanwarden.errors import ScanwardenError
from scanwarden.model.address import Prefix
from scanwarden.web.forms import FormError, fields_of, way_back
from scanwarden.web.guard import session_of
from scanwarden.web.site import Endpoint, Site

DURATIONS_S = {"10m": 600, "1h": 3_600, "1d": 86_400, "7d": 604_800}
MAX_REASON_CHARS = 200
Change = Callable[[Prefix, dict[str, str]], Awaitable[Done]]


def ban(site: Site) -> Endpoint:
    """Ban a source for a while."""

    async def change(source: Prefix, fields: dict[str, str]) -> Done:
        length_s = DURATIONS_S.get(fields.get("for", ""), DURATIONS_S["10m"])
        reason = fields.get("reason", "").strip()[:MAX_REASON_CHARS] or "asked for on the page"
        return await site.service.ban(BanRequest(source=source, duration_s=length_s, reason=reason))

    return _endpoint(change)


def unban(site: Site) -> Endpoint:
    """Lift the bans of a source."""

    async def change(source: Prefix, _: dict[str, str]) -> Done:
        return await site.service.unban(source)

    return _endpoint(change)


def allow(site: Site) -> Endpoint:
    """Never ban a source until the next reload."""

    async def change(source: Prefix, _: dict[str, str]) -> Done:
        return await site.service.allow(source)

    return _endpoint(change)


def _endpoint(change: Change) -> Endpoint:
    """Check the form, make the change, and tell on the page where it was asked for what came of it."""

    async def make(request: Request) -> Response:
        fields = await fields_of(request)
        session = session_of(request)
        if session is None and not request.state.bearer:
            raise FormError("changes need the token")
        if session is not None and not session.accepts(fields.get("form", "")):
            return PlainTextResponse("403: this form is of another session; load the page again\n", status_code=403)
        try:
            done = await change(Prefix.parse(fields.get("source", "")), fields)
        except ScanwardenError as error:
            if session is None:
                return PlainTextResponse(f"{error}\n", status_code=409)
            session.tell("failed", str(error))
        else:
            if session is None:
                return PlainTextResponse(f"{done.text}\n")
            session.tell("done", done.text)
        return RedirectResponse(way_back(fields.get("back", "/")), status_code=303)

    return make
