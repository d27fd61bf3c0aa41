import asyncio
from collections.abc import Sequence

import pytest

from scanwarden.audit.active import exposures
from scanwarden.audit.active.answer import Answer
from scanwarden.audit.active.exposures import Ask, by_greeting


async def asked(ask: Ask, greeting: bytes, replies: Sequence[bytes]) -> Answer:
    """Ask a server on loopback that greets, and then answers each thing it is told with the next reply."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        for reply in replies:
            if not await reader.read(4096):
                break
            writer.write(reply)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        return await ask("127.0.0.1", server.sockets[0].getsockname()[1])


@pytest.mark.parametrize(
    ("name", "greeting", "replies", "asks_password", "finds"),
    [
        ("ftp", b"220 hello\r\n", [b"331 password\r\n", b"230 welcome\r\n", b"221 bye\r\n"], False, "anonymous"),
        ("ftp", b"220-a\r\n220 b\r\n", [b"530 no\r\n", b"221 bye\r\n"], True, None),
        ("smtp", b"220 mx\r\n", [b"250-mx\r\n250 HELP\r\n", *[b"250 ok\r\n"] * 3, b"221 bye\r\n"],
         False, "open relay"),
        ("smtp", b"220 mx\r\n", [b"250 mx\r\n", b"250 ok\r\n", b"554 relay denied\r\n", b"250 ok\r\n"], True, None),
        ("redis", b"", [b"+PONG\r\n"], False, "redis"),
        ("redis", b"", [b"-NOAUTH Authentication required.\r\n"], True, None),
        ("memcached", b"", [b"VERSION 1.6.18\r\n"], False, "memcached"),
        ("postgresql", b"", [b"R\0\0\0\x08\0\0\0\0"], False, "without a password"),
        ("postgresql", b"", [b"R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0"], True, None),
        ("vnc", b"RFB 003.008\n", [b"\x01\x01"], False, "VNC"),
        ("vnc", b"RFB 003.008\n", [b"\x01\x02"], True, None),
        ("x11", b"", [b"\x01\0\x0b\0"], False, "X11"),
        ("ldap", b"", [bytes.fromhex("300c02010161070a010004000400")], False, "LDAP"),
        ("ldap", b"", [bytes.fromhex("300c02010161070a013004000400")], True, None),
        ("mqtt", b"", [b"\x20\x02\0\0"], False, "MQTT"),
        ("mqtt", b"", [b"\x20\x02\0\x05"], True, None),
        ("rsync", b"@RSYNCD: 31.0\n", [b"backup \tall of it\n@RSYNCD: EXIT\n"], None, "backup"),
        ("web", b"", [b'HTTP/1.0 200 OK\r\n\r\n{"ApiVersion": "1.43"}'], False, "Docker"),
        ("web", b"", [b"HTTP/1.0 401 Unauthorized\r\n\r\n"], True, None),
        ("web", b"", [b"HTTP/1.0 200 OK\r\n\r\n<html>"], None, None),
        ("redis", b"", [], None, None),
    ],
)  # fmt: skip
def test_what_a_service_lets_strangers_do_is_found(
    name: str, greeting: bytes, replies: list[bytes], asks_password: bool | None, finds: str | None
) -> None:
    answer = asyncio.run(asked(getattr(exposures, name), greeting, replies))
    assert answer.asks_password is asks_password
    assert [finds in one for one in answer.findings] == ([True] if finds else []), answer.findings  # type: ignore[operator]


@pytest.mark.parametrize(
    ("banner", "port", "ask"),
    [
        (b"220 mail ESMTP", 2525, exposures.smtp),
        (b"220 files", 2121, exposures.ftp),
        (b"RFB 003.008\n", 4000, exposures.vnc),
        (b"", 6379, exposures.redis),
        (b"SSH-2.0-x", 22, None),
        (b"", 8000, None),
    ],
)
def test_how_a_service_is_asked_is_told_by_its_greeting(banner: bytes, port: int, ask: Ask | None) -> None:
    assert by_greeting(banner, port) is ask
