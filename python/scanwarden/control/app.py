"""Offer the service over HTTP: one application to read, and one that also administers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from scanwarden.control.contract import NotFoundError, RefusedError, Service
from scanwarden.control.encoding import decode, encode, schemas
from scanwarden.control.exposition import CONTENT_TYPE, exposition
from scanwarden.control.views import BanRequest, BanView, Done, SourceRequest, Status, Trouble
from scanwarden.errors import AddressError, ScanwardenError, StoreError
from scanwarden.model.address import Prefix

MAX_BODY_BYTES = 64 * 1024
MAX_PAGE_ROWS = 500
MAX_HOURS = 24 * 366
_JSON = "application/json"
_STATUS_OF: dict[type[Exception], int] = {NotFoundError: 404, RefusedError: 409, AddressError: 400, StoreError: 503}
Endpoint = Callable[[Request], Awaitable[Response]]


class Offer(msgspec.Struct, frozen=True):
    """One endpoint: how it is called, what it takes and gives; its docstring is its description."""

    method: str
    path: str
    endpoint: Endpoint
    takes: type | None = None
    gives: Any = None


class Endpoints:
    """The endpoints of one service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.reading = [
            Offer("GET", "/status", self.status, None, Status),
            Offer("GET", "/bans", self.bans, None, list[BanView]),
            Offer("GET", "/scans", self.scans),
            Offer("GET", "/scans/{id}", self.scan),
            Offer("GET", "/sources/{address}", self.source),
            Offer("GET", "/overview", self.overview),
            Offer("GET", "/notices", self.notices),
            Offer("GET", "/audit", self.audit),
            Offer("GET", "/events", self.events),
            Offer("GET", "/metrics", self.metrics),
        ]
        self.administering = [
            Offer("POST", "/ban", self.ban, BanRequest, Done),
            Offer("POST", "/unban", self.unban, SourceRequest, Done),
            Offer("POST", "/allow", self.allow, SourceRequest, Done),
            Offer("POST", "/reload", self.reload, None, Done),
        ]

    async def status(self, _: Request) -> Response:
        """Say how the service is doing."""
        return _json(await self._service.status())

    async def bans(self, _: Request) -> Response:
        """List the bans in force."""
        body = await asyncio.to_thread(encode, await self._service.bans())  # of many it takes a while
        return Response(body, media_type=_JSON)

    async def scans(self, request: Request) -> Response:
        """List scans, the last opened first (source, after, limit)."""
        asked = request.query_params
        source = Prefix.parse(asked["source"]) if asked.get("source") else None
        return _json(await self._service.scans(source=source, after=asked.get("after"), limit=_limit(request)))

    async def scan(self, request: Request) -> Response:
        """Give everything about one scan."""
        return _json(await self._service.scan(request.path_params["id"]))

    async def source(self, request: Request) -> Response:
        """Tell all that is known of a source."""
        return _json(await self._service.source(Prefix.parse(request.path_params["address"])))

    async def overview(self, request: Request) -> Response:
        """Sum up the last hours: top sources, ports, techniques, networks (hours, 24 unless asked)."""
        asked = request.query_params.get("hours", "24")
        hours = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 24
        return _json(await self._service.overview(hours=min(max(1, hours), MAX_HOURS)))

    async def notices(self, request: Request) -> Response:
        """List notices, newest first (limit)."""
        return _json(await self._service.notices(limit=_limit(request)))

    async def audit(self, _: Request) -> Response:
        """Give the last survey, how it differs from what is expected, and what scanners learnt."""
        return _json(self._service.audit())

    async def events(self, _: Request) -> Response:
        """Stream records as they come, as server-sent events."""
        stream = self._service.events()
        first = await anext(stream)  # raises RefusedError before the answer has begun
        return StreamingResponse(_events(first, stream), media_type="text/event-stream")

    async def metrics(self, _: Request) -> Response:
        """Give counters for Prometheus."""
        return Response(exposition(await self._service.metrics()), media_type=CONTENT_TYPE)

    async def ban(self, request: Request) -> Response:
        """Ban a source."""
        return _json(await self._service.ban(await _body(request, BanRequest)))

    async def unban(self, request: Request) -> Response:
        """Lift the ban of a source."""
        return _json(await self._service.unban((await _body(request, SourceRequest)).source))

    async def allow(self, request: Request) -> Response:
        """Never ban a network until the next reload."""
        return _json(await self._service.allow((await _body(request, SourceRequest)).source))

    async def reload(self, _: Request) -> Response:
        """Read the configuration again."""
        return _json(await self._service.reload())


def read_app(service: Service) -> Starlette:
    """Return the application behind the read socket: it changes nothing."""
    return _app(Endpoints(service).reading)


def page_app(service: Service) -> Starlette:
    """Return the application behind the page's socket: questions, bans, and nothing that touches the configuration."""
    endpoints = Endpoints(service)
    return _app([*endpoints.reading, *(one for one in endpoints.administering if one.path != "/reload")])


def admin_app(service: Service) -> Starlette:
    """Return the application behind the administer socket: questions and changes."""
    endpoints = Endpoints(service)
    return _app([*endpoints.reading, *endpoints.administering])


def openapi(offers: list[Offer]) -> dict[str, Any]:
    """Describe endpoints as OpenAPI 3.1."""
    kinds: list[Any] = []
    for offer in offers:
        kinds += [kind for kind in (offer.takes, offer.gives) if kind]
    references, components = schemas([*kinds, Trouble])
    by_kind = dict(zip(map(str, [*kinds, Trouble]), references, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for offer in offers:
        given = by_kind.get(str(offer.gives))
        content = {_JSON: {"schema": given}} if given else {}
        described: dict[str, Any] = {
            "summary": offer.endpoint.__doc__ or offer.path,
            "responses": {
                "200": {"description": "Done.", "content": content},
                "default": {"description": "It failed.", "content": {_JSON: {"schema": by_kind[str(Trouble)]}}},
            },
        }
        if offer.takes is not None:
            described["requestBody"] = {"content": {_JSON: {"schema": by_kind[str(offer.takes)]}}}
        paths.setdefault(offer.path, {})[offer.method.lower()] = described
    about = {"title": "scanwarden", "version": "1", "description": "The running service, over a unix socket."}
    return {"openapi": "3.1.0", "info": about, "paths": paths, "components": {"schemas": components}}


def _app(offers: list[Offer]) -> Starlette:
    page = encode(openapi(offers))

    async def describe(_: Request) -> Response:
        return Response(page, media_type=_JSON)

    routes = [Route(offer.path, _guarded(offer.endpoint), methods=[offer.method]) for offer in offers]
    return Starlette(routes=[*routes, Route("/openapi.json", describe, methods=["GET"])])


def _guarded(endpoint: Endpoint) -> Endpoint:
    """Answer with what is wrong where an endpoint raises one of our own errors."""

    async def guarded(request: Request) -> Response:
        try:
            return await endpoint(request)
        except ScanwardenError as error:
            status = _STATUS_OF.get(type(error), 500)
            return _json(Trouble(error=error.message, remedy=error.remedy), status)
        except msgspec.MsgspecError as error:
            return _json(Trouble(error=str(error), remedy="see /openapi.json"), 400)

    return guarded


async def _body(request: Request, kind: type[Any]) -> Any:  # noqa: ANN401 - what `kind` says
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_BODY_BYTES:
            raise RefusedError(f"a request has at most {MAX_BODY_BYTES} bytes")
    return decode(body, kind)


async def _events(first: bytes, stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for record in stream:
        yield b"data: " + record + b"\n\n" if record else b": still here\n\n"


def _limit(request: Request) -> int:
    asked = request.query_params.get("limit", "50")
    return min(max(1, int(asked)), MAX_PAGE_ROWS) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 50


def _json(value: object, status: int = 200) -> Response:
    return Response(encode(value), status_code=status, media_type=_JSON)
