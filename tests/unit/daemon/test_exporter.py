"""Figures and health over HTTP, from a service that may be away."""

import asyncio
import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scanwarden.config.endpoint import Listen
from scanwarden.control.listening import listen_at
from scanwarden.control.server import ControlServer
from scanwarden.daemon.exporter import exporter_app
from scanwarden.model.address import Address
from tests.unit.control.test_app import Rehearsed, served


@contextmanager
def exported(read_socket: Path) -> Iterator[int]:
    """Serve the exporter on a free port."""
    listener = listen_at(Listen(Address.parse("127.0.0.1"), 0), section="metrics", mode=0o660, group="root")
    server = ControlServer(exporter_app(read_socket), listener)
    thread = threading.Thread(target=lambda: asyncio.run(server.run_until_cancelled()))
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(30)


def fetched(port: int, path: str) -> tuple[int, str, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.headers["content-type"], answer.read().decode()
    finally:
        connection.close()


def test_figures_and_health_are_passed_on(tmp_path: Path) -> None:
    with served(Rehearsed(), tmp_path), exported(tmp_path / "read") as port:
        status, kind, text = fetched(port, "/metrics")
        assert (status, kind.startswith("text/plain; version=0.0.4")) == (200, True)
        assert "scanwarden_packets_total 12" in text
        assert fetched(port, "/health")[::2] == (200, "ok\n")
        assert fetched(port, "/ban")[0] == 404


def test_a_service_that_is_away_is_unhealthy(tmp_path: Path) -> None:
    with exported(tmp_path / "read") as port:
        assert fetched(port, "/health")[0] == 503
        assert fetched(port, "/metrics")[0] == 503
