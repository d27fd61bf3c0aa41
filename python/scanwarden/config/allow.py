"""Read what the operator allows or expects: entries of the allowlist and of the audit's baseline."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from scanwarden.errors import AddressError, ConfigError, PortsError
from scanwarden.model.address import Prefix
from scanwarden.model.ports import Ports

MAX_ENTRY_CHARS = 400
MAX_NAME_CHARS = 253
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
# RFC 1123 2.1, and the underscore that private zones use; at least one letter in the last label.
_NAME = re.compile(rf"(?:{_LABEL}\.)*(?=[A-Za-z0-9_-]*[A-Za-z]){_LABEL}\.?", re.ASCII)
_LOOKS_LIKE_ADDRESS = re.compile(r"[0-9.]+(?:/.*)?|[^/]*:.*|.*/.*", re.ASCII)


@dataclass(frozen=True)
class AllowEntry:
    """Somebody who is never banned: a network or a host name, everywhere or only for some ports.

    A name is resolved by whoever applies the allowlist, again and again, since its addresses change.
    """

    network: Prefix | None
    name: str | None = None
    ports: Ports | None = None

    @classmethod
    def parse(cls, text: str) -> AllowEntry:
        """Read `192.0.2.0/24`, `monitor.example.net` or `192.0.2.7 ports 22,443`; raise ConfigError."""
        who, _, rest = _words(text).partition(" ")
        ports = None
        if rest:
            keyword, _, numbers = rest.partition(" ")
            if keyword not in ("port", "ports"):
                raise ConfigError(f"{rest!r} is not understood", remedy='write only "ports 22,443" after the address')
            ports = _ports(numbers)
        if _LOOKS_LIKE_ADDRESS.fullmatch(who):
            return cls(_network(who), None, ports)
        return cls(None, _host_name(who), ports)

    def __str__(self) -> str:
        who = self.name if self.network is None else _short(self.network)
        return f"{who}" if self.ports is None else f"{who} ports {self.ports}"


@dataclass(frozen=True)
class ExpectedPort:
    """A port that is meant to be open, to everybody or only to one network."""

    ports: Ports
    protocol: Literal["tcp", "udp", "sctp"]
    source: Prefix | None = None

    @classmethod
    def parse(cls, text: str) -> ExpectedPort:
        """Read `443/tcp`, `8000-8010/tcp` or `22/tcp from 203.0.113.0/24`; raise ConfigError."""
        what, _, rest = _words(text).partition(" ")
        numbers, slash, protocol = what.partition("/")
        if not slash:
            raise ConfigError(f"{what!r} does not say which protocol", remedy=f'write "{what}/tcp" or "{what}/udp"')
        if protocol not in ("tcp", "udp", "sctp"):
            raise ConfigError(
                f"{protocol!r} is no protocol with ports", remedy="write tcp, udp or sctp after the slash"
            )
        source = None
        if rest:
            keyword, _, network = rest.partition(" ")
            if keyword != "from" or not network:
                raise ConfigError(f"{rest!r} is not understood", remedy='write only "from NETWORK" after the port')
            source = _network(network)
        return cls(_ports(numbers), protocol, source)  # type: ignore[arg-type]  # one of the three, checked above

    def __str__(self) -> str:
        what = f"{self.ports}/{self.protocol}"
        return what if self.source is None else f"{what} from {_short(self.source)}"


def _words(text: str) -> str:
    """Collapse blanks; refuse what is empty or far too long."""
    words = " ".join(text.split()) if len(text) <= MAX_ENTRY_CHARS else ""
    if not words:
        raise ConfigError(f"{text[:40]!r} is empty or too long")
    return words


def _network(text: str) -> Prefix:
    try:
        return Prefix.parse(text)
    except AddressError as error:
        raise ConfigError(error.message, remedy=error.remedy) from error


def _ports(text: str) -> Ports:
    try:
        ports = Ports.parse(text)
    except PortsError as error:
        raise ConfigError(error.message, remedy=error.remedy) from error
    if not ports:
        raise ConfigError("no port is given", remedy='write them like "22,8000-8010"')
    return ports


def _host_name(text: str) -> str:
    if len(text) > MAX_NAME_CHARS or not _NAME.fullmatch(text):
        raise ConfigError(
            f"{text[:60]!r} is no address, network or host name",
            remedy="write it like 192.0.2.7, 192.0.2.0/24, 2001:db8::/32 or monitor.example.net",
        )
    return text.rstrip(".").lower()


def _short(network: Prefix) -> str:
    """Write a single address without its prefix length."""
    return str(network.address) if network.is_single else str(network)
