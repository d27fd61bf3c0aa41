"""Put the pages, the guard before them and the files beside them together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from scanwarden.config.sections.web import WebSettings
from scanwarden.web.guard import Guard
from scanwarden.web.hosts import Hosts
from scanwarden.web.pages import audit, bans, changes, login, overview, scan, scans, search, settings, sources
from scanwarden.web.rendering import icon, script, style_sheet
from scanwarden.web.site import Endpoint, Site

FOR_A_YEAR = {"cache-control": "public, max-age=31536000, immutable"}


def page_app(site: Site) -> ASGIApp:
    """Return the whole page as one application."""
    chosen = site.settings.of(WebSettings)
    offered: list[tuple[str, str, Endpoint]] = [
        ("GET", "/", overview.page(site)),
        ("GET", "/scans", scans.page(site)),
        ("GET", "/scans/{id}", scan.page(site)),
        ("GET", "/sources", sources.listing(site)),
        ("GET", "/sources/{network:path}", sources.page(site)),
        ("GET", "/bans", bans.page(site)),
        ("GET", "/audit", audit.page(site)),
        ("GET", "/settings", settings.page(site)),
        ("GET", "/search", search.page(site)),
        ("GET", "/language", login.language(site)),
        ("GET", "/login", login.form(site)),
        ("POST", "/login", login.enter(site)),
        ("POST", "/logout", login.leave(site)),
        ("POST", "/ban", changes.ban(site)),
        ("POST", "/unban", changes.unban(site)),
        ("POST", "/allow", changes.allow(site)),
    ]
    routes = [Route(path, site.guarded(endpoint), methods=[method]) for method, path, endpoint in offered]
    routes += [
        Route("/events", _events(site)),
        Route("/health", _health),
        Route("/static/page.css", _style),
        Route("/static/page.js", _script),
        Route("/static/icon.svg", _icon),
    ]

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await site.feed.close()
        site.store.close()

    pages = Starlette(
        routes=routes,
        exception_handlers={HTTPException: site.on_http_error, Exception: site.on_http_error},
        lifespan=lifespan,
    )
    guard = Guard(
        pages,
        hosts=Hosts(chosen.listen, chosen.hosts),
        token=site.token,
        sessions=site.sessions,
        reading_needs_token=not chosen.listen.is_local,
        ask_in=login.ask_in(site),
    )

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await (pages if scope["type"] == "lifespan" else guard)(scope, receive, send)

    return app


def _events(site: Site) -> Endpoint:
    async def events(_: Request) -> Response:
        if site.feed.is_full:
            return PlainTextResponse("too many pages are open\n", status_code=503, headers={"retry-after": "30"})
        return StreamingResponse(site.feed.listen(), media_type="text/event-stream")

    return events


async def _health(_: Request) -> Response:
    return PlainTextResponse("ok\n")


async def _style(_: Request) -> Response:
    return Response(style_sheet(), media_type="text/css", headers=FOR_A_YEAR)


async def _icon(_: Request) -> Response:
    return Response(icon(), media_type="image/svg+xml", headers=FOR_A_YEAR)


async def _script(_: Request) -> Response:
    return Response(script(), media_type="text/javascript", headers=FOR_A_YEAR)
