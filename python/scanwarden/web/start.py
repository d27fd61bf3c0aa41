"""Put one page process together from the configuration, and run it without privileges."""

import grp
import os
import socket
from pathlib import Path

from starlette.types import ASGIApp

from scanwarden.config import Settings
from scanwarden.config.sections.control import ControlSettings
from scanwarden.config.sections.store import StoreSettings
from scanwarden.config.sections.web import WebSettings
from scanwarden.daemon import privileges
from scanwarden.daemon.ahead import load_ahead
from scanwarden.enrich import configured_enricher
from scanwarden.web.app import page_app
from scanwarden.web.known_sources import KnownSources
from scanwarden.web.rendering import Rendering
from scanwarden.web.server import listen_on, serve
from scanwarden.web.service_line import ServiceLine
from scanwarden.web.site import Site
from scanwarden.web.store_questions import StoreQuestions
from scanwarden.web.token import default_file, load_token

USER = "scanwarden-web"


def token_file(settings: Settings) -> Path:
    """Give where the token is kept."""
    named = settings.of(WebSettings).token_file
    return named.path if named is not None else default_file()


def build(settings: Settings, *, file: Path, store: Path | None = None) -> ASGIApp:
    """Return the application; raise ConfigError if there is no usable token."""
    control = settings.of(ControlSettings)
    site = Site(
        settings,
        file=file,
        store=StoreQuestions(store or settings.of(StoreSettings).path),
        service=ServiceLine(control.read_socket, lambda: _change_socket(control)),
        known=KnownSources(configured_enricher(settings)),
        token=load_token(token_file(settings)),
        rendering=Rendering(settings.of(WebSettings)),
    )
    return page_app(site)


def run_part(settings: Settings, *, file: Path) -> None:
    """Be the page of a configured service until SIGTERM, without any privilege; raise ScanwardenError."""
    load_ahead()
    account = privileges.Account(USER)
    app = build(settings, file=file)
    listener = open_page(settings)
    privileges.drop(account, groups=_groups(settings.of(ControlSettings).group))
    run(app, listener, settings)


def run_alone(settings: Settings, *, file: Path, store: Path) -> None:
    """Show one store as the user who asks until Ctrl-C; raise ScanwardenError."""
    app = build(settings, file=file, store=store)
    run(app, open_page(settings), settings)


def open_page(settings: Settings) -> socket.socket:
    """Listen where the page is to be served; raise ScanwardenError."""
    return listen_on(settings.of(WebSettings).listen, group=settings.of(ControlSettings).group)


def run(app: ASGIApp, listener: socket.socket, settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    place = settings.of(WebSettings).listen
    serve(app, listener, socket_path=place.socket)


def _groups(readers: str) -> list[int]:
    """Give the group that may ask the service and read its store, if there is one of that name."""
    try:
        return [grp.getgrnam(readers).gr_gid]
    except KeyError:
        return []


def _change_socket(control: ControlSettings) -> Path:
    """Give the socket that was opened for the page or, to those who may use it, the one for administrators."""
    return control.page_socket if os.access(control.page_socket, os.W_OK) else control.admin_socket
