"""Open the port or socket of the page and serve on it; slow clients are let go."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from scanwarden.config.endpoint import Listen
from scanwarden.control.listening import listen_at

HEAD_LIMIT_S = 10.0
MAX_CLIENTS = 64
MAX_HEAD_BYTES = 16 * 1024
SOCKET_MODE = 0o660


class PatientProtocol(H11Protocol):
    """HTTP as uvicorn speaks it, and a limit for how long the head of a request may take."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401 uvicorn's signature
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._deadline = self.loop.call_later(HEAD_LIMIT_S, self._let_go)

    def data_received(self, data: bytes) -> None:
        """Read on; a head that has begun after a pause has its own limit, one that is complete none."""
        super().data_received(data)
        is_answering = getattr(self.cycle, "response_complete", True) is False  # None before the first request
        if is_answering:
            self._stop_waiting()
        elif self._deadline is None and not self.transport.is_closing():
            self._deadline = self.loop.call_later(HEAD_LIMIT_S, self._let_go)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_waiting()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """Wait for the next request no longer than uvicorn does."""
        self._stop_waiting()
        super().on_response_complete()

    def _let_go(self) -> None:
        self._deadline = None
        self.transport.close()

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class PageServer(uvicorn.Server):
    """Serve until a signal says to end, and then end well."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take the signals; uvicorn would raise them again when all is done."""
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def listen_on(place: Listen, *, group: str) -> socket.socket:
    """Return a listening socket; raise ScanwardenError saying what is in the way."""
    return listen_at(place, section="web", mode=SOCKET_MODE, group=group)


def serve(app: ASGIApp, listener: socket.socket, *, socket_path: Path | None = None) -> None:
    """Serve until SIGTERM or SIGINT."""
    config = uvicorn.Config(
        app,
        http=PatientProtocol,
        ws="none",
        loop="asyncio",
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=MAX_CLIENTS,
        h11_max_incomplete_event_size=MAX_HEAD_BYTES,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=1,
    )
    try:
        PageServer(config).run(sockets=[listener])
    finally:
        listener.close()
        if socket_path is not None:
            socket_path.unlink(missing_ok=True)
