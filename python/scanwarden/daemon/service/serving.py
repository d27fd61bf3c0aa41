"""Answer the control interface: one application on each of the sockets that were opened at the start."""

import asyncio
import contextlib
from contextlib import AsyncExitStack

from scanwarden.control.app import admin_app, page_app, read_app
from scanwarden.control.contract import Service
from scanwarden.control.server import ControlServer
from scanwarden.daemon.service.opening import Opened


def serve_control(service: Service, opened: Opened, stack: AsyncExitStack) -> "list[asyncio.Task[None]]":
    """Answer from here on until `stack` is left, and return the tasks that do so."""
    tasks = []
    for app, listener in (
        (read_app(service), opened.read_socket),
        (admin_app(service), opened.admin_socket),
        (page_app(service), opened.page_socket),
    ):
        if listener is None:
            continue
        server = ControlServer(app, listener)
        serving = asyncio.create_task(server.run_until_cancelled())
        stack.push_async_callback(_stop_server, server, serving)
        tasks.append(serving)
    return tasks


async def _stop_server(server: ControlServer, serving: "asyncio.Task[None]") -> None:
    server.should_exit = True
    with contextlib.suppress(TimeoutError, asyncio.CancelledError):
        await asyncio.wait_for(asyncio.gather(serving, return_exceptions=True), 2.0)
