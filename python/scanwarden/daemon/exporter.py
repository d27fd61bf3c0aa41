"""Serve figures to Prometheus, and say whether all is well, from a process that can do nothing else."""

import asyncio
import os
from contextlib import ExitStack
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from scanwarden.config import Settings
from scanwarden.config.sections.control import ControlSettings
from scanwarden.config.sections.web import MetricsSettings
from scanwarden.control.client import ControlClient
from scanwarden.control.exposition import CONTENT_TYPE
from scanwarden.control.listening import READ_MODE, listen_at
from scanwarden.control.server import ControlServer
from scanwarden.daemon import privileges
from scanwarden.daemon.ahead import load_ahead
from scanwarden.errors import ScanwardenError

LIMIT_S = 5.0


def wants_exporter(settings: Settings) -> bool:
    """Say whether `[metrics]` is enabled."""
    return settings.of(MetricsSettings).enabled


def run_exporter(settings: Settings) -> None:
    """Be the exporter until SIGTERM, without any privilege. Raise ScanwardenError."""
    load_ahead()
    account = privileges.Account()
    control = settings.of(ControlSettings)
    listener = listen_at(settings.of(MetricsSettings).listen, section="metrics", mode=READ_MODE, group=control.group)
    with ExitStack() as stack:
        stack.callback(listener.close)
        if os.geteuid() == 0:
            privileges.drop(account)
        asyncio.run(ControlServer(exporter_app(control.read_socket), listener).serve())


def exporter_app(read_socket: Path) -> Starlette:
    """Return the application: `/metrics` for Prometheus, `/health` for whoever looks after hosts."""
    client = ControlClient(read_socket, limit_s=LIMIT_S)

    async def metrics(_: Request) -> PlainTextResponse:
        try:
            text = await asyncio.to_thread(client.raw, "/metrics")
        except ScanwardenError as error:
            return PlainTextResponse(f"{error.message}\n", status_code=503)
        return PlainTextResponse(text, media_type=CONTENT_TYPE)

    async def health(_: Request) -> PlainTextResponse:
        try:
            status = await asyncio.to_thread(client.status)
        except ScanwardenError as error:
            return PlainTextResponse(f"{error.message}\n", status_code=503)
        broken = (f"{one.name}: {one.trouble}" for one in status.responders if one.trouble)
        trouble = status.firewall or next(broken, None) or (status.store.reason if status.store.is_degraded else None)
        return PlainTextResponse(f"{trouble or 'ok'}\n", status_code=503 if trouble else 200)

    return Starlette(routes=[Route("/metrics", metrics), Route("/health", health)])
