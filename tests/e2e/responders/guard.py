"""Run a responder inside the lab's guarded host."""

import contextlib
import socket
import time
from collections.abc import Callable, Sequence

from scanwarden.lab.namespace import Namespace
from scanwarden.model.address import Prefix
from scanwarden.model.ban import Ban
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.responders.contract import BanReceipt, Obstacle, Responder

SCANNER, BYSTANDER, GUARDED, GATEWAY = "10.77.1.50", "10.77.1.60", "10.77.1.10", "10.77.1.1"
SCANNER_V6, GUARDED_V6 = "fd77:1::50", "fd77:1::10"
HTTP = 80
END_OF_PAGE = b"</p>\n"
LIVENESS_S = 60.0  # how long anything may take on a busy machine


Reaches = Callable[[Namespace, str], bool]
"""Says whether a client is served at an address of the guarded host."""


class Guard:
    """A responder whose every call is made from inside a namespace."""

    def __init__(self, responder: Responder, host: Namespace, *, reaches: "Reaches | None" = None) -> None:
        self.responder = responder
        self.host = host
        self.name = responder.name
        self.reaches = reaches or can_connect

    def check(self) -> Sequence[Obstacle]:
        return self.host.visit(self.responder.check)

    def prepare(self) -> None:
        self.host.visit(self.responder.prepare)

    def protect(self, protected: PrefixTable) -> Sequence[Prefix]:
        return self.host.visit(lambda: self.responder.protect(protected))

    def ban(self, batch: Sequence[Ban]) -> BanReceipt:
        return self.host.visit(lambda: self.responder.ban(batch))

    def unban(self, batch: Sequence[Prefix]) -> Sequence[Prefix]:
        return self.host.visit(lambda: self.responder.unban(batch))

    def is_in_force(self, source: str) -> bool:
        return self.host.visit(lambda: self.responder.is_in_force(Prefix.parse(source)))

    def is_intact(self) -> bool:
        return self.host.visit(self.responder.is_intact)

    def refresh(self) -> int:
        return self.host.visit(self.responder.refresh)

    @property
    def active_count(self) -> int:
        return self.host.visit(lambda: self.responder.active_count)

    def cleanup(self) -> None:
        self.host.visit(self.responder.cleanup)

    def close(self) -> None:
        self.responder.close()


def can_connect(client: Namespace, address: str, port: int = HTTP, *, limit_s: float = 0.6) -> bool:
    """Say whether a TCP connection from `client` succeeds."""
    try:
        client.connect(address, port, limit_s=limit_s).close()
    except OSError:
        return False
    return True


def can_ping(client: Namespace, address: str) -> bool:
    """Say whether one echo request from `client` is answered within a second."""
    return client.run(["ping", "-c", "1", "-W", "1", "-n", address], check=False).returncode == 0


def answers(connection: socket.socket, *, limit_s: float = 0.6) -> bool:
    """Say whether an HTTP server still answers on an open connection."""
    connection.settimeout(limit_s)
    with contextlib.suppress(OSError):
        connection.sendall(b"GET / HTTP/1.1\r\nHost: lab\r\n\r\n")
        page = b""
        while not page.endswith(END_OF_PAGE) and (piece := connection.recv(4096)):
            page += piece  # it comes in pieces, and the next answer must not begin with the rest of this one
        return b"200 OK" in page
    return False


def wait_until(is_so: Callable[[], bool], *, limit_s: float = LIVENESS_S) -> bool:
    """Ask again and again until it is so; False after `limit_s` seconds."""
    deadline_s = time.monotonic() + limit_s
    while time.monotonic() < deadline_s:
        if is_so():
            return True
        time.sleep(0.05)
    return False
