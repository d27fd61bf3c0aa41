"""Let somebody show the token, choose a language, and leave again."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from scanwarden.language import LANGUAGES
from scanwarden.web.forms import FormError, fields_of, way_back
from scanwarden.web.guard import COOKIE, cookie_of, session_of
from scanwarden.web.rates import Rate
from scanwarden.web.rendering import LANGUAGE_COOKIE
from scanwarden.web.sessions import LONGEST_S
from scanwarden.web.site import Endpoint, Site

A_YEAR_S = 365 * 86_400


def form(site: Site) -> Endpoint:
    """Give the page that asks for the token."""

    async def ask(request: Request) -> Response:
        told = {"back": way_back(request.query_params.get("back", "/")), "problem": ""}
        return site.rendering.page(request, "login.html", told)

    return ask


def ask_in(site: Site) -> ASGIApp:
    """Answer a request that needs the token with the form, status 401."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        back = way_back(str(request.url.path)) if request.method == "GET" else "/"
        page = site.rendering.page(request, "login.html", {"back": back, "problem": ""}, status=401)
        page.headers["www-authenticate"] = 'Bearer realm="scanwarden"'
        await page(scope, receive, send)

    return answer


def enter(site: Site) -> Endpoint:
    """Begin a session for somebody who knows the token; few tries a minute."""
    tries = Rate(burst=5, a_minute=6)
    tries_of_all = Rate(burst=20, a_minute=30)

    async def take(request: Request) -> Response:
        fields = await fields_of(request)
        back = way_back(fields.get("back", "/"))
        say = site.words(request)
        client = request.client.host if request.client else "local"
        if not (tries.allows(client) and tries_of_all.allows("")):
            told = {"back": back, "problem": say("login.slower")}
            answer = site.rendering.page(request, "login.html", told, status=429)
            answer.headers["retry-after"] = str(tries.wait_s())
            return answer
        if not site.token.fits(fields.get("token", "").strip()):
            told = {"back": back, "problem": say("login.wrong")}
            return site.rendering.page(request, "login.html", told, status=401)
        entered = RedirectResponse(back, status_code=303)
        entered.set_cookie(
            COOKIE,
            site.sessions.begin(),
            max_age=int(LONGEST_S),
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return entered

    return take


def leave(site: Site) -> Endpoint:
    """End the session."""

    async def end(request: Request) -> Response:
        session = session_of(request)
        fields = await fields_of(request)
        if session is not None and not session.accepts(fields.get("form", "")):
            raise FormError("this form is of another session")
        site.sessions.end(cookie_of(request.headers))
        left = RedirectResponse("/", status_code=303)
        left.delete_cookie(COOKIE, httponly=True, samesite="strict")
        return left

    return end


def language(site: Site) -> Endpoint:  # noqa: ARG001 pages are all made alike
    """Remember a language, and go back to where it was chosen."""

    async def choose(request: Request) -> Response:
        chosen = RedirectResponse(way_back(request.query_params.get("back", "/")), status_code=303)
        wanted = request.query_params.get("to", "")
        if wanted in LANGUAGES:
            chosen.set_cookie(LANGUAGE_COOKIE, wanted, max_age=A_YEAR_S, httponly=True, samesite="strict")
        return chosen

    return choose
