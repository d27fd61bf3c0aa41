"""Read where to listen and where to send: sockets, servers, web and mail addresses."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from scanwarden.errors import AddressError, ConfigError
from scanwarden.model.address import Address

MAX_PORT = 65535
MAX_CHARS = 2000
# A path must fit into sockaddr_un (unix(7): 108 bytes with the final zero).
MAX_SOCKET_PATH_BYTES = 107
_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?", re.ASCII)
_MAIL = re.compile(r"[^\s@<>,;\x00-\x1f\x7f]{1,64}@[A-Za-z0-9.-]{1,253}", re.ASCII)


@dataclass(frozen=True)
class Listen:
    """Where a server of ours waits: an address and port, or a unix socket."""

    address: Address | None
    port: int | None = None
    socket: Path | None = None

    @classmethod
    def parse(cls, text: str) -> Listen:
        """Read `127.0.0.1:8460`, `[::1]:8460` or `unix:/run/x.sock`; raise ConfigError."""
        if text.startswith("unix:"):
            return cls(None, None, socket_path(text.removeprefix("unix:")))
        host, port = _host_and_port(text, 'write it like "127.0.0.1:8460" or "unix:/run/scanwarden/web.sock"')
        try:
            return cls(Address.parse(host), port)
        except AddressError as error:
            raise ConfigError(error.message, remedy=error.remedy) from error

    @property
    def is_local(self) -> bool:
        """Say whether only programs of this host can connect."""
        return self.address is None or str(self.address) == "::1" or self.address.packed.startswith(b"\x7f")

    def __str__(self) -> str:
        if self.address is None:
            return f"unix:{self.socket}"
        return f"[{self.address}]:{self.port}" if self.address.version == 6 else f"{self.address}:{self.port}"


@dataclass(frozen=True)
class Server:
    """A server to connect to by name or address."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Server:
        """Read `mail.example.net:587` or `[2001:db8::25]:25`; raise ConfigError."""
        host, port = _host_and_port(text, 'write it like "mail.example.net:587"')
        return cls(host, port)

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True)
class SyslogTarget:
    """A syslog receiver: this host's socket, or a server over UDP, TCP or TLS."""

    SCHEMES: ClassVar[dict[str, int]] = {"udp": 514, "tcp": 601, "tls": 6514}  # RFC 5426, 6587, 5425

    scheme: str
    server: Server | None = None
    socket: Path | None = None

    @classmethod
    def parse(cls, text: str) -> SyslogTarget:
        """Read `unix:/dev/log`, `udp://host`, `tcp://host:601` or `tls://host:6514`; raise ConfigError."""
        if text.startswith("unix:"):
            return cls("unix", None, socket_path(text.removeprefix("unix:")))
        scheme, mark, rest = text.partition("://")
        if not mark or scheme not in cls.SCHEMES:
            raise ConfigError(
                f"{text[:60]!r} is no syslog receiver", remedy='write it like "tls://logs.example.net:6514"'
            )
        has_port = rest.rpartition(":")[2].isdecimal() and not rest.endswith("]")
        return cls(scheme, Server.parse(rest if has_port else f"{rest}:{cls.SCHEMES[scheme]}"))

    def __str__(self) -> str:
        return f"unix:{self.socket}" if self.server is None else f"{self.scheme}://{self.server}"


@dataclass(frozen=True)
class WebAddress:
    """An http or https address without credentials in it."""

    url: str

    @classmethod
    def parse(cls, text: str) -> WebAddress:
        """Read an absolute address; raise ConfigError if it is none or holds a password."""
        remedy = 'write it like "https://hooks.example.net/scans"'
        try:
            parts = urlsplit(text)
            has_host = bool(parts.hostname) and (parts.port is None or parts.port > 0)
        except ValueError as error:
            raise ConfigError(f"{text[:60]!r} is no web address", remedy=remedy) from error
        if parts.scheme not in ("http", "https") or not has_host or len(text) > MAX_CHARS or not text.isprintable():
            raise ConfigError(f"{text[:60]!r} is no web address", remedy=remedy)
        if " " in text:
            raise ConfigError(f"{text[:60]!r} holds a blank", remedy="write %20 for it")
        if parts.username is not None or parts.password is not None:
            raise ConfigError("the address holds a user name or password", remedy="put it into a file of its own")
        return cls(text)

    def __str__(self) -> str:
        return self.url


@dataclass(frozen=True)
class MailAddress:
    """The address of a mailbox, without a display name."""

    address: str

    @classmethod
    def parse(cls, text: str) -> MailAddress:
        """Read `admin@example.net`; raise ConfigError on anything that could forge a header."""
        if not _MAIL.fullmatch(text):
            raise ConfigError(f"{text[:60]!r} is no mail address", remedy='write it like "admin@example.net"')
        return cls(text)

    def __str__(self) -> str:
        return self.address


def socket_path(text: str) -> Path:
    """Check the path of a unix socket: absolute, and short enough for the kernel."""
    if not text.startswith("/") or "\0" in text:
        raise ConfigError(f"{text[:60]!r} is no absolute path", remedy="begin it with a slash")
    if len(text.encode(errors="surrogatepass")) > MAX_SOCKET_PATH_BYTES:
        raise ConfigError(
            f"the socket path is longer than {MAX_SOCKET_PATH_BYTES} bytes", remedy="choose a shorter one"
        )
    return Path(text)


def _host_and_port(text: str, remedy: str) -> tuple[str, int]:
    host, colon, port = text.strip().rpartition(":")
    if not colon or not (port.isascii() and port.isdigit() and len(port) <= 5 and 1 <= int(port) <= MAX_PORT):
        raise ConfigError(f"{text[:60]!r} does not end in a port from 1 to {MAX_PORT}", remedy=remedy)
    if host.startswith("[") and host.endswith("]"):
        try:
            return str(Address.parse(host[1:-1])), int(port)
        except AddressError as error:
            raise ConfigError(error.message, remedy=error.remedy) from error
    if not _HOST.fullmatch(host):
        raise ConfigError(f"{host[:60]!r} is no host", remedy=remedy)
    return host, int(port)
