"""Hold a short conversation with a service: bounded in time and in bytes, and always ended politely by closing."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from typing import Self

PATIENCE_S = 3.0
GREETING_S = 0.8
MAX_BYTES = 4096


class Talk:
    """One connection to one service."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def hear(self, *, wait_s: float = PATIENCE_S, max_bytes: int = MAX_BYTES) -> bytes:
        """Return what comes next, empty if nothing does in time or the other side has closed."""
        try:
            async with asyncio.timeout(wait_s):
                return await self._reader.read(max_bytes)
        except (TimeoutError, OSError):
            return b""

    async def line(self) -> str:
        """Return one line as text, without its end."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                return (await self._reader.readline())[:MAX_BYTES].decode("utf-8", "replace").rstrip("\r\n")
        except (TimeoutError, OSError, ValueError):
            return ""

    async def ask(self, question: bytes) -> bytes:
        """Send something and return what comes back."""
        if not await self.say(question):
            return b""
        return await self.hear()

    async def say(self, question: bytes) -> bool:
        """Send something; False if the other side has gone."""
        try:
            self._writer.write(question)
            async with asyncio.timeout(PATIENCE_S):
                await self._writer.drain()
        except (TimeoutError, OSError):
            return False
        return True

    async def reply(self, command: bytes) -> str:
        """Send a command line and return the last line of the reply (RFC 959 4.2, RFC 5321 4.2: `250-` goes on)."""
        if not await self.say(command + b"\r\n"):
            return ""
        return await self.last_line()

    async def last_line(self) -> str:
        """Return the last line of a reply that may have several."""
        for _ in range(50):
            text = await self.line()
            if text[3:4] != "-":
                return text
        return ""

    def certificate(self) -> tuple[bytes, str] | None:
        """Give the certificate in DER and the TLS version, if this is TLS."""
        held = self._writer.get_extra_info("ssl_object")
        if held is None:
            return None
        return held.getpeercert(binary_form=True) or b"", str(held.version())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()
        with contextlib.suppress(TimeoutError, OSError):
            async with asyncio.timeout(1.0):
                await self._writer.wait_closed()


@contextlib.asynccontextmanager
async def talking(address: str, port: int, *, tls: bool = False) -> AsyncIterator[Talk]:
    """Connect; raises OSError, and ssl.SSLError where the service does not speak TLS."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            reader, writer = await asyncio.open_connection(
                address, port, ssl=any_tls() if tls else None, limit=MAX_BYTES * 4
            )
    except TimeoutError as error:
        raise OSError("no answer in time") from error
    async with Talk(reader, writer) as talk:
        yield talk


def any_tls() -> ssl.SSLContext:
    """Return a context that believes nobody: the certificate is looked at, not trusted."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
