"""Look at what a host needs to be part of a fleet: its key, its credentials, the bus, a clock that is right."""

import importlib.util
import socket
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from scanwarden.config.sections.fleet import FleetSettings
from scanwarden.control.views import FleetHealth
from scanwarden.daemon.privileges import Account
from scanwarden.daemon.surroundings import Finding, is_clock_synchronised
from scanwarden.fleet.errors import FleetError
from scanwarden.fleet.membership import Membership

TOPIC = "fleet"
BUS_LIMIT_S = 2.0
DEFAULT_PORT = 4222  # docs.nats.io/reference/protocols: nats:// and tls:// alike
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def _connect(host: str, port: int) -> None:
    socket.create_connection((host, port), timeout=BUS_LIMIT_S).close()


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of the host; each may be answered by something else instead."""

    is_clock_synchronised: Callable[[], bool] = is_clock_synchronised
    is_installed: Callable[[str], bool] = lambda name: importlib.util.find_spec(name) is not None
    connect: Callable[[str, int], None] = _connect
    account: Callable[[], Account] = Account


def examine_fleet(settings: FleetSettings, *, host: Surroundings | None = None) -> Iterator[Finding]:
    """Say what keeps this host from taking part in its fleet, and what to do; nothing unless it is enabled.

    Connections to the bus are opened and closed again; nothing is changed.
    """
    if not settings.enabled:
        return
    host = host or Surroundings()
    yield from _client(settings, host)
    yield from _membership(settings, host)
    yield from _credentials(settings, host)
    for server in settings.servers:
        yield from _server(server, host)
    if not host.is_clock_synchronised():
        text = (
            "the clock is not kept right: what is a day off is not believed, and bans of the fleet end at a time of day"
        )
        yield Finding(topic=TOPIC, level="bad", text=text, remedy="timedatectl set-ntp true, or install chrony")


def agent_finding(fleet: FleetHealth) -> Finding:
    """Say whether the agent tells the fleet what is seen here, as the running service has it."""
    if fleet.trouble is None:
        return Finding(topic=TOPIC, level="good", text=f"the agent of {fleet.host} reaches the bus")
    remedy = "journalctl -u scanwarden-fleet; systemctl enable --now scanwarden-fleet"
    return Finding(topic=TOPIC, level="bad", text=f"the fleet is not told: {fleet.trouble}", remedy=remedy)


def _client(settings: FleetSettings, host: Surroundings) -> Iterator[Finding]:
    wanted = {"nats": "fleet", "cryptography": "fleet"}
    if settings.credentials is not None:
        wanted["nkeys"] = "fleet-credentials"
    for package, extra in wanted.items():
        if not host.is_installed(package):
            remedy = f"pip install 'scanwarden[{extra}]'"
            yield Finding(topic=TOPIC, level="bad", text=f"{package} is not installed", remedy=remedy)


def _membership(settings: FleetSettings, host: Surroundings) -> Iterator[Finding]:
    if found := _problem(settings.folder / "host.key", host.account(), others=0o077, missing="scanwarden fleet join"):
        yield found
        return
    try:
        name = Membership(settings.folder).host()
        yield Finding(topic=TOPIC, level="good", text=f"this host has joined as {name}")
    except FleetError as error:
        yield Finding(topic=TOPIC, level="bad", text=error.message, remedy=error.remedy)


def _credentials(settings: FleetSettings, host: Surroundings) -> Iterator[Finding]:
    path = settings.credentials
    if path is None:
        return
    found = _problem(path, host.account(), others=0o007, missing="see [fleet] credentials")
    yield found or Finding(topic=TOPIC, level="good", text=f"the credentials in {path} are kept well")


def _problem(path: Path, account: Account, *, others: int, missing: str) -> Finding | None:
    """Say what is wrong with a file that holds a secret for the service's user; `others` are bits it must not have."""
    try:
        about = path.stat()
    except PermissionError:
        return Finding(topic=TOPIC, level="hint", text=f"{path} cannot be looked at", remedy="run as root")
    except OSError as error:
        return Finding(topic=TOPIC, level="bad", text=f"there is no {path}: {error.strerror}", remedy=missing)
    mode = stat.S_IMODE(about.st_mode)
    if mode & others:
        text = f"{path} can be read or written by others (mode {mode:o})"
        return Finding(topic=TOPIC, level="bad", text=text, remedy=f"chmod {mode & ~others:o} {path}")
    is_owner, is_group = about.st_uid == account.uid, about.st_gid == account.gid
    if not ((is_owner and mode & 0o400) or (is_group and mode & 0o040)):
        text = f"{path} cannot be read by {account.name}, as whom the agent runs"
        return Finding(topic=TOPIC, level="bad", text=text, remedy=f"chown {account.name}: {path}")
    return None


def _server(server: str, host: Surroundings) -> Iterator[Finding]:
    try:
        parts = urlsplit(server)
        scheme, name, port = parts.scheme, parts.hostname, parts.port or DEFAULT_PORT
    except ValueError:
        scheme, name, port = "", None, DEFAULT_PORT
    if not name:
        remedy = "write it like tls://bus.example.net:4222 in [fleet] servers"
        yield Finding(topic=TOPIC, level="bad", text=f"{server} is no address of a server", remedy=remedy)
        return
    if scheme in ("nats", "ws") and name not in _LOOPBACK:
        text = f"{server} may be spoken to without encryption: whoever listens learns what every host sees"
        yield Finding(topic=TOPIC, level="hint", text=text, remedy="give the server a certificate and write tls://")
    try:
        host.connect(name, port)
    except OSError as error:
        why = error.strerror or str(error) or "no answer"
        remedy = f"does nats-server run there, and does a firewall let this host reach port {port}?"
        yield Finding(topic=TOPIC, level="bad", text=f"{server} is not reached: {why}", remedy=remedy)
    else:
        yield Finding(topic=TOPIC, level="good", text=f"{server} takes connections")
