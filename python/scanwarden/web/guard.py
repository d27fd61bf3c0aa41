"""Decide, before any page is asked, whether a request may be answered at all."""

from collections.abc import Callable
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection, cookie_parser
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scanwarden.web.hosts import Hosts
from scanwarden.web.rates import Rate
from scanwarden.web.sessions import Session, Sessions
from scanwarden.web.token import Token

COOKIE = "scanwarden_session"
MAX_COOKIES_CHARS = 4096
READING, CHANGING = ("GET", "HEAD"), ("POST",)
OPEN_TO_ALL = ("/login", "/static/")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
Refused = Callable[[Scope], ASGIApp]


class Guard:
    """Stand before the pages: hosts, rates, the token where reading needs it, and where changes come from.

    `scope["state"]` then holds `session` (None without one) and `bearer` (whether the token came in a header).
    `ask_in` makes the answer to somebody who must show the token first.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        hosts: Hosts,
        token: Token,
        sessions: Sessions,
        reading_needs_token: bool,
        ask_in: ASGIApp,
    ) -> None:
        self._app = app
        self._hosts = hosts
        self._token = token
        self._sessions = sessions
        self._reading_needs_token = reading_needs_token
        self._ask_in = ask_in
        self._reads = Rate(burst=120, a_minute=1200)
        self._changes = Rate(burst=20, a_minute=40)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a refused request here, pass the others on."""
        if scope["type"] != "http":
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("cache-control", "no-store")
            await send(message)

        scope.setdefault("state", {}).update(session=None, bearer=False)
        await self._choose(scope)(scope, receive, send_guarded)

    def _choose(self, scope: Scope) -> ASGIApp:
        """Give what answers this request."""
        headers = Headers(scope=scope)
        if not self._hosts.accept(headers.get("host", ""), scope.get("server")):
            return _refusal(HTTPStatus.MISDIRECTED_REQUEST, "this page is not called by that name; see [web] hosts")
        method, client = scope["method"], (scope.get("client") or ("local", 0))[0]
        rate = self._changes if method in CHANGING else self._reads
        if not rate.allows(client):
            refusal = _refusal(HTTPStatus.TOO_MANY_REQUESTS, "too many requests; wait a moment")
            refusal.headers["retry-after"] = str(rate.wait_s())
            return refusal
        if method not in (*READING, *CHANGING):
            return _refusal(HTTPStatus.METHOD_NOT_ALLOWED, "this page knows GET, HEAD and POST")
        state = scope["state"]
        state["session"] = self._session_of(headers)
        state["bearer"] = self._has_token(headers)
        if method in CHANGING and not _is_from_here(headers, has_token=state["bearer"]):
            return _refusal(HTTPStatus.FORBIDDEN, "changes are taken from this page only")
        if self._must_show_token(scope):
            return self._ask_in
        return self._app

    def _session_of(self, headers: Headers) -> Session | None:
        cookie = cookie_of(headers)
        return self._sessions.find(cookie) if cookie else None

    def _has_token(self, headers: Headers) -> bool:
        kind, _, offered = headers.get("authorization", "").partition(" ")
        return kind.lower() == "bearer" and self._token.fits(offered.strip())

    def _must_show_token(self, scope: Scope) -> bool:
        state = scope["state"]
        if state["session"] is not None or state["bearer"] or scope["path"].startswith(OPEN_TO_ALL):
            return False
        return self._reading_needs_token or scope["method"] in CHANGING


def cookie_of(headers: Headers) -> str:
    """Give the cookie of the session, empty if there is none."""
    return cookie_parser(headers.get("cookie", "")[:MAX_COOKIES_CHARS]).get(COOKIE, "")


def session_of(connection: HTTPConnection) -> Session | None:
    """Give the session of a request that passed the guard."""
    session = connection.state.session
    assert session is None or isinstance(session, Session)  # noqa: S101 what the guard has set
    return session


def _is_from_here(headers: Headers, *, has_token: bool) -> bool:
    """Say whether a change was sent by a page of ours: by Origin (RFC 6454), or by what the browser says of the site.

    A program that shows the token in a header needs neither; no foreign page can make a browser send it.
    """
    origin = headers.get("origin")
    if origin is not None and origin != "null":
        scheme, _, host = origin.partition("://")
        return scheme in ("http", "https") and host.lower() == headers.get("host", "").lower()
    site = headers.get("sec-fetch-site")
    return site == "same-origin" or (has_token and site is None)


def _refusal(status: HTTPStatus, text: str) -> Response:
    return PlainTextResponse(f"{status.value}: {text}\n", status_code=status.value)
