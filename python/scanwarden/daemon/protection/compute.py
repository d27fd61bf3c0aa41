"""Compute the protected set from the state of the host."""

from pathlib import Path

import msgspec

from scanwarden.daemon.protection.configured import add_resolvers, add_time_servers
from scanwarden.daemon.protection.found import Found
from scanwarden.daemon.protection.network import add_network
from scanwarden.daemon.protection.sessions import add_sessions
from scanwarden.model.address import Prefix

ROOT = Path("/")


class Protection(msgspec.Struct, frozen=True, kw_only=True):
    """Whom this host needs.

    `labels` gives each protected network the reason; `on_link` names the networks we are attached to, which are not
    protected but whose hosts are banned one by one; `gaps` says, in sentences, what could not be found out.
    """

    labels: dict[Prefix, str]
    on_link: tuple[Prefix, ...]
    gaps: tuple[str, ...] = ()

    @property
    def gateways(self) -> list[str]:
        """Return the addresses of the gateways, as text."""
        return [str(prefix.address) for prefix, label in self.labels.items() if label.startswith("gateway")]

    @property
    def own_addresses(self) -> list[Prefix]:
        """Return our own addresses, as networks of one."""
        return [prefix for prefix, label in self.labels.items() if label.startswith("own address")]


def compute(root: Path = ROOT) -> Protection:
    """Read own addresses, gateways, resolvers, time servers and sessions; files are read below `root`.

    Takes some tens of milliseconds and blocks. Never raises for what the host lacks: that is in `gaps`.
    """
    found = Found()
    add_network(found)
    add_resolvers(found, root)
    add_time_servers(found, root)
    add_sessions(found, root)
    return Protection(labels=found.labels, on_link=tuple(found.on_link), gaps=tuple(found.gaps))
