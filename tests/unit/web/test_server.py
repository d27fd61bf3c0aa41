"""The port of the page, and clients that are in no hurry."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from scanwarden.config.endpoint import Listen
from scanwarden.errors import ScanwardenError
from scanwarden.web import server
from scanwarden.web.server import PatientProtocol, listen_on
from tests.unit.web.calling import app_over

LIVENESS_S = 60.0
HEAD_LIMIT_S = 1.5
HEAD = b"GET /health HTTP/1.1\r\nhost: localhost\r\n"


@pytest.fixture
def path(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(server, "HEAD_LIMIT_S", HEAD_LIMIT_S)
    place = tmp_path / "page.sock"
    listener = listen_on(Listen.parse(f"unix:{place}"), group="no-such-group")
    app = app_over(store, listen=f"unix:{place}")
    running = uvicorn.Server(uvicorn.Config(app, http=PatientProtocol, lifespan="off", log_config=None))
    thread = threading.Thread(target=lambda: running.run(sockets=[listener]))
    thread.start()
    began_s = time.monotonic()
    while not running.started:
        assert time.monotonic() - began_s < LIVENESS_S
        time.sleep(0.01)
    yield place
    running.should_exit = True
    thread.join()
    listener.close()


def connect(path: Path) -> socket.socket:
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.settimeout(LIVENESS_S)
    client.connect(str(path))
    return client


@pytest.mark.parametrize("begun", [b"", b"GET", HEAD], ids=["silent", "a word", "no end"])
def test_who_does_not_finish_a_request_is_let_go(path: Path, begun: bytes) -> None:
    with connect(path) as client:
        client.sendall(begun)
        assert client.recv(1000) == b""


def test_who_pauses_between_two_requests_is_let_go_too(path: Path) -> None:
    with connect(path) as client:
        client.sendall(HEAD + b"\r\n")
        answer = b""
        while not answer.endswith(b"ok\n"):
            answer += client.recv(4000)
        client.sendall(b"GET /he")
        assert client.recv(1000) == b""


def test_a_slow_answer_is_not_cut(path: Path) -> None:
    with connect(path) as client:
        client.sendall(b"GET /events HTTP/1.1\r\nhost: localhost\r\n\r\n")
        heard = b""
        while b"retry: 3000" not in heard:
            heard += client.recv(4000)
        time.sleep(HEAD_LIMIT_S * 1.5)
        client.setblocking(False)
        with pytest.raises(BlockingIOError):
            client.recv(4000)


def test_a_port_that_is_taken_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(ScanwardenError, match=f"cannot listen on {place}"):
            listen_on(Listen.parse(place), group="x")
