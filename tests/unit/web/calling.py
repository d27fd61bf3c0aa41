"""Call the page as a browser or a program does, without a network."""

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlencode, urlsplit

from starlette.types import ASGIApp, Message, Scope

from scanwarden.config import Settings
from scanwarden.config.endpoint import Listen
from scanwarden.config.sections.control import ControlSettings
from scanwarden.config.sections.enrichment import EnrichmentSettings
from scanwarden.config.sections.store import StoreSettings
from scanwarden.config.sections.web import WebSettings
from scanwarden.enrich import Enricher
from scanwarden.web.app import page_app
from scanwarden.web.known_sources import KnownSources
from scanwarden.web.rendering import Rendering
from scanwarden.web.service_line import ServiceLine
from scanwarden.web.site import Site
from scanwarden.web.store_questions import StoreQuestions
from scanwarden.web.token import Token

HOST = "127.0.0.1:8460"
SECRET = "correct-horse-battery"  # noqa: S105 of the tests alone
FORM = {"content-type": "application/x-www-form-urlencoded", "origin": f"http://{HOST}"}


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def cookie(self) -> str:
        """Give the name and value of the cookie that was set."""
        return self.headers.get("set-cookie", "").partition(";")[0]


def site(
    store: Path,
    *,
    listen: str = HOST,
    hosts: tuple[str, ...] = (),
    sockets: Path = Path("/nonexistent"),
    now_ns: int | None = None,
    enrichment: EnrichmentSettings | None = None,
) -> Site:
    """Give a page over a store; the service is asked at `read` and told at `admin` in the folder `sockets`."""
    settings = Settings.defaults().with_section(WebSettings(listen=Listen.parse(listen), hosts=hosts))
    settings = settings.with_section(StoreSettings(path=store))
    settings = settings.with_section(
        ControlSettings(read_socket=sockets / "read", admin_socket=sockets / "admin", page_socket=sockets / "page")
    )
    made = Site(
        settings,
        file=Path("/nonexistent/scanwarden.toml"),
        store=StoreQuestions(store),
        service=ServiceLine(sockets / "read", lambda: sockets / "admin"),
        known=KnownSources(Enricher(enrichment or EnrichmentSettings())),
        token=Token(SECRET),
        rendering=Rendering(settings.of(WebSettings)),
    )
    if now_ns is not None:
        made.now_ns = lambda: now_ns
    return made


def app_over(store: Path, **options: object) -> ASGIApp:
    """Give the application of `site`."""
    return page_app(site(store, **options))  # type: ignore[arg-type]  # the options of `site`


def call(
    app: ASGIApp,
    method: str,
    place: str,
    *,
    headers: Mapping[str, str] | None = None,
    fields: Mapping[str, str] | None = None,
    body: bytes = b"",
    client: str = "127.0.0.1",
    server: tuple[str, int] = ("127.0.0.1", 8460),
) -> Answer:
    """Send one request and give the whole answer."""
    body = urlencode(fields).encode() if fields is not None else body
    given = {"host": HOST, **({**FORM} if fields is not None else {}), **(headers or {})}
    parts = urlsplit(place)
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(parts.path),
        "raw_path": parts.path.encode(),
        "query_string": parts.query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in given.items() if value],
        "client": (client, 40000),
        "server": server,
    }
    return asyncio.run(_exchange(app, scope, body))


async def _exchange(app: ASGIApp, scope: Scope, body: bytes) -> Answer:
    sent: list[Message] = []
    asked = False

    async def receive() -> Message:
        nonlocal asked
        if asked:
            return {"type": "http.disconnect"}
        asked = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    text = b"".join(message.get("body", b"") for message in sent[1:]).decode()
    return Answer(sent[0]["status"], headers, text)


def log_in(app: ASGIApp) -> str:
    """Show the token and give the cookie for later requests."""
    entered = call(app, "POST", "/login", fields={"token": SECRET, "back": "/bans"})
    assert entered.status == 303, entered.text
    return entered.cookie


def form_token(page: str) -> str:
    """Give what the forms of a page bring along."""
    found = re.search(r'name="form" value="([0-9a-f]{64})"', page)
    assert found is not None
    return found[1]
