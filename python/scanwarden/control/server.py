"""Serve an application on one socket, as a part of the service."""

import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from starlette.applications import Starlette

MAX_CLIENTS = 64


class ControlServer(uvicorn.Server):
    """One application on one socket, in the service's own event loop; signals are the service's."""

    def __init__(self, app: Starlette, listener: socket.socket) -> None:
        config = uvicorn.Config(
            app,
            lifespan="off",
            # Named, for what "auto" tries to load may be unreadable by now.
            loop="asyncio",
            http="h11",
            ws="none",
            log_config=None,
            access_log=False,
            limit_concurrency=MAX_CLIENTS,
            timeout_keep_alive=5,
            timeout_graceful_shutdown=1,
        )
        super().__init__(config)
        self._listener = listener

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the service."""
        yield

    async def run_until_cancelled(self) -> None:
        """Serve."""
        await self.serve(sockets=[self._listener])
