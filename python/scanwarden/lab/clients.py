"""Be a client: the ordinary programs of a network, and a scanner that only connects.

Run inside a namespace as `python -m scanwarden.lab.clients WHAT ADDRESS [ARGUMENT]`; each conversation ends within
seconds. A refused connection is an answer like any other; the exit status is 0 unless nothing could be sent.
"""

import contextlib
import io
import socket
import sys
from collections.abc import Callable

from scanwarden.lab.dns import query_for

_PATIENCE_S = 3.0


def connect(address: str, ports: str) -> None:
    """Connect to each of `ports` (`LOW-HIGH`) in turn and hang up."""
    low, _, high = ports.partition("-")
    for port in range(int(low), int(high or low) + 1):
        with contextlib.suppress(ConnectionRefusedError, TimeoutError):
            _opened(address, port, limit_s=0.5).close()


def ssh(address: str, count: str) -> None:
    """Exchange version banners over SSH `count` times."""
    for _ in range(int(count)):
        with _opened(address, 22) as connection:
            connection.recv(256)
            connection.sendall(b"SSH-2.0-client\r\n")
            connection.recv(256)


def http(address: str, count: str) -> None:
    """Fetch `count` pages, each over its own connection."""
    for number in range(int(count)):
        with _opened(address, 80) as connection:
            connection.sendall(b"GET /%d HTTP/1.0\r\n\r\n" % number)
            while connection.recv(4096):
                pass


def mistake(address: str, port: str) -> None:
    """Try a closed port, once."""
    with contextlib.suppress(ConnectionRefusedError, TimeoutError):
        _opened(address, int(port)).close()


def lookups(address: str, count: str) -> None:
    """Ask the name server `count` questions, each from a port of its own."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    for number in range(int(count)):
        with socket.socket(family, socket.SOCK_DGRAM) as asking:
            asking.settimeout(_PATIENCE_S)
            asking.sendto(query_for(f"host{number}.example.org", number), (address, 53))
            asking.recv(512)


def greet(prefix: str, numbers: str) -> None:
    """Send a datagram to each address `PREFIX.LOW` to `PREFIX.HIGH`, for which the kernel must resolve them."""
    low, _, high = numbers.partition("-")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as greeting:
        for number in range(int(low), int(high) + 1):
            greeting.sendto(b"hello", (f"{prefix}.{number}", 9))


def files(address: str, count: str) -> None:
    """Fetch `count` files over passive FTP, each over a data connection of its own."""
    with _opened(address, 21) as control, control.makefile("rb") as answers:
        answers.readline()
        for command in (b"USER anonymous", b"PASS x"):
            _said(control, answers, command)
        for number in range(int(count)):
            words = _said(control, answers, b"PASV").rpartition(b"(")[2].rpartition(b")")[0].split(b",")
            port = int(words[4]) << 8 | int(words[5])
            with _opened(address, port) as transfer:
                _said(control, answers, b"RETR file%d" % number)
                while transfer.recv(4096):
                    pass
            answers.readline()
        _said(control, answers, b"QUIT")


def _said(control: socket.socket, answers: io.BufferedReader, command: bytes) -> bytes:
    """Send one command and return the line that answers it."""
    control.sendall(command + b"\r\n")
    return answers.readline()


def _opened(address: str, port: int, *, limit_s: float = _PATIENCE_S) -> socket.socket:
    return socket.create_connection((address, port), timeout=limit_s)


CLIENTS: dict[str, Callable[[str, str], None]] = {
    "connect": connect,
    "files": files,
    "greet": greet,
    "http": http,
    "lookups": lookups,
    "mistake": mistake,
    "ssh": ssh,
}
"""The clients by the name that the command line gives."""

if __name__ == "__main__":
    CLIENTS[sys.argv[1]](sys.argv[2], sys.argv[3])
