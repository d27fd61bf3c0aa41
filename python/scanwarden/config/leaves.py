"""List the kinds of values that are written as text: how each is read, named and shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from msgspec import inspect

from scanwarden.config.allow import AllowEntry, ExpectedPort
from scanwarden.config.endpoint import Listen, MailAddress, Server, SyslogTarget, WebAddress
from scanwarden.config.quantity import ByteSize, Duration
from scanwarden.config.secret import SecretFile
from scanwarden.errors import ConfigError
from scanwarden.model.address import Address, Prefix
from scanwarden.model.ports import Ports


@dataclass(frozen=True)
class Leaf:
    """A kind of value: its parser (raises ScanwardenError), its name with an article, and an example."""

    parse: Callable[[str], object]
    words: str
    example: str


def _absolute_path(text: str) -> Path:
    if not text.startswith("/") or "\0" in text:
        raise ConfigError(f"{text[:60]!r} is no absolute path", remedy="begin it with a slash")
    return Path(text)


def leaf_of(kind: inspect.Type) -> Leaf | None:
    """Give the leaf that a type as msgspec describes it stands for; None if it is none."""
    return LEAVES.get(kind.cls) if isinstance(kind, (inspect.CustomType, inspect.DataclassType)) else None


LEAVES: dict[type, Leaf] = {
    Address: Leaf(Address.parse, "an address", "192.0.2.1"),
    AllowEntry: Leaf(AllowEntry.parse, "an address, network or host name", "192.0.2.0/24"),
    ByteSize: Leaf(ByteSize.parse, "an amount of memory", "32 MiB"),
    Duration: Leaf(Duration.parse, "a length of time", "10 min"),
    ExpectedPort: Leaf(ExpectedPort.parse, "a port with its protocol", "443/tcp"),
    Listen: Leaf(Listen.parse, "an address with a port, or a unix socket", "127.0.0.1:8460"),
    MailAddress: Leaf(MailAddress.parse, "a mail address", "admin@example.net"),
    Path: Leaf(_absolute_path, "an absolute path", "/var/lib/scanwarden"),
    Ports: Leaf(Ports.parse, "a set of ports", "22,8000-8010"),
    Prefix: Leaf(Prefix.parse, "a network", "192.0.2.0/24"),
    SecretFile: Leaf(SecretFile.parse, "the absolute path of a file that holds a secret", "/etc/scanwarden/password"),
    Server: Leaf(Server.parse, "a host with a port", "mail.example.net:587"),
    SyslogTarget: Leaf(SyslogTarget.parse, "a syslog receiver", "tls://logs.example.net:6514"),
    WebAddress: Leaf(WebAddress.parse, "a web address", "https://hooks.example.net/scans"),
}
