"""Be a small server: enough HTTP, FTP, SSH, SMTP and DNS that real clients and scanners are answered.

`listening` starts this module as a program inside a namespace: `python -m scanwarden.lab.listeners http:80 dns:53`.
It prints one line, `listening`, when every port is open. The services hold no state and keep nothing.
"""

import asyncio
import contextlib
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Final, cast

from scanwarden.lab.dns import answer_for
from scanwarden.lab.namespace import Namespace

DEFAULT_SERVICES: Final = ("ftp:21", "ssh:22", "smtp:25", "http:80", "dns:53")

_PATIENCE_S = 30.0
_MAX_LINE_BYTES = 4096

_Conversation = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.contextmanager
def listening(host: Namespace, services: Sequence[str]) -> Iterator[None]:
    """Keep `services` (`NAME:PORT` each) open on `host` for the length of the block.

    Raises HostCommandError if a port cannot be opened within ten seconds.
    """
    with host.start([sys.executable, "-m", "scanwarden.lab.listeners", *services]) as server:
        server.wait_for_line(lambda line: line == b"listening", limit_s=10.0)
        yield


async def speak_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer each request with a short page until the client closes or asks to."""
    while request := await reader.readline():
        should_close = request.startswith(b"HTTP/1.0") or b"HTTP/1.0" in request
        while (header := await reader.readline()) not in (b"\r\n", b"\n", b""):
            should_close |= header.lower().startswith(b"connection: close")
        page = b"<title>lab</title><p>A page of the lab.</p>\n"
        writer.write(b"HTTP/1.1 200 OK\r\nServer: lab\r\nContent-Type: text/html\r\n")
        writer.write(b"Content-Length: %d\r\n\r\n%s" % (len(page), page))
        await writer.drain()
        if should_close:
            return


async def speak_ssh(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Exchange version banners (RFC 4253 4.2) and hang up, as a server that lacks a common cipher does."""
    writer.write(b"SSH-2.0-lab\r\n")
    await writer.drain()
    await reader.readline()


async def speak_smtp(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Greet, agree to everything and take no mail."""
    writer.write(b"220 lab ESMTP\r\n")
    while line := await reader.readline():
        is_quit = line.upper().startswith(b"QUIT")
        writer.write(b"221 bye\r\n" if is_quit else b"250 ok\r\n")
        await writer.drain()
        if is_quit:
            return


async def speak_ftp(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Serve an empty directory over FTP, passive and active (RFC 959), PORT commands to third hosts included."""
    data_port: tuple[str, int] | None = None
    passive: asyncio.Server | None = None
    writer.write(b"220 lab\r\n")
    try:
        while line := await reader.readline():
            verb, _, argument = line.decode("ascii", "replace").strip().partition(" ")
            match verb.upper():
                case "PASV":
                    passive = await _open_passive(writer, passive)
                case "PORT":
                    data_port = _port_argument(argument)
                    writer.write(b"200 ok\r\n" if data_port else b"501 bad address\r\n")
                case "LIST" | "RETR" | "NLST":
                    is_sent = passive is not None or (data_port is not None and await _send_active(data_port))
                    writer.write(b"150 here it comes\r\n226 done\r\n" if is_sent else b"425 cannot connect\r\n")
                case "QUIT":
                    writer.write(b"221 bye\r\n")
                    return
                case "USER":
                    writer.write(b"331 any password\r\n")
                case _:
                    writer.write(b"230 ok\r\n" if verb.upper() == "PASS" else b"200 ok\r\n")
            await writer.drain()
    finally:
        if passive is not None:
            passive.close()


async def _open_passive(writer: asyncio.StreamWriter, previous: asyncio.Server | None) -> asyncio.Server:
    if previous is not None:
        previous.close()

    async def send(_: asyncio.StreamReader, outgoing: asyncio.StreamWriter) -> None:
        outgoing.write(b"-rw-r--r-- 1 lab lab 5 Jan 1 00:00 file\r\n")
        outgoing.close()

    address = str(writer.get_extra_info("sockname")[0])
    server = await asyncio.start_server(send, address, 0)
    port = int(server.sockets[0].getsockname()[1])
    words = [*address.split("."), str(port >> 8), str(port & 0xFF)]
    writer.write(f"227 Entering Passive Mode ({','.join(words)})\r\n".encode("ascii"))
    return server


def _port_argument(argument: str) -> tuple[str, int] | None:
    words = argument.split(",")
    if len(words) != 6 or not all(word.isdecimal() and int(word) < 256 for word in words):
        return None
    return ".".join(words[:4]), int(words[4]) << 8 | int(words[5])


async def _send_active(data_port: tuple[str, int]) -> bool:
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(*data_port), 2.0)
    except (OSError, TimeoutError):
        return False
    writer.write(b"-rw-r--r-- 1 lab lab 5 Jan 1 00:00 file\r\n")
    writer.close()
    return True


class DnsProtocol(asyncio.DatagramProtocol):
    """Answer every question with one address."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where answers go."""
        # The event loop's own class is no DatagramTransport, although it has its methods.
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, query: bytes, sender: tuple[str, int]) -> None:
        """Answer one query; what is not a query is ignored."""
        answer = answer_for(query)
        if answer is not None:
            self._transport.sendto(answer, sender)


_CONVERSATIONS: Final[dict[str, _Conversation]] = {
    "ftp": speak_ftp,
    "http": speak_http,
    "smtp": speak_smtp,
    "ssh": speak_ssh,
}


def _accepting(conversation: _Conversation) -> _Conversation:
    """Wrap a conversation so that it ends in time and always hangs up."""

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Clients and scanners hang up whenever they like, and scanners send what no line reader expects.
        with contextlib.suppress(OSError, ValueError, TimeoutError):
            await asyncio.wait_for(conversation(reader, writer), _PATIENCE_S)
        writer.close()

    return accept


def _dual_stack_socket(port: int) -> socket.socket:
    """Return a UDP socket that takes both families on `port`."""
    both = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    both.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    both.setblocking(False)
    both.bind(("::", port))
    return both


async def serve(services: Sequence[str]) -> None:
    """Open every service on all addresses of both families, say so, and serve until cancelled."""
    loop = asyncio.get_running_loop()
    for service in services:
        name, _, port = service.partition(":")
        if name == "dns":
            await loop.create_datagram_endpoint(DnsProtocol, sock=_dual_stack_socket(int(port)))
        else:
            await asyncio.start_server(
                _accepting(_CONVERSATIONS[name]), None, int(port), limit=_MAX_LINE_BYTES, backlog=4096
            )
    sys.stdout.write("listening\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1:]))
