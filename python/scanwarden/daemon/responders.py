"""Choose who carries out the bans of a watch."""

from pathlib import Path

from scanwarden.errors import ResponderError
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.responders.contract import Responder
from scanwarden.responders.hosts_deny import HostsDenyResponder
from scanwarden.responders.nftables import NftablesResponder

RESPONDERS = ("nftables", "hosts_deny")


def choose_responder(name: str, *, protected: PrefixTable, hosts_deny: Path) -> Responder:
    """Make the responder of a name of `RESPONDERS`; raise ResponderError for another name."""
    match name:
        case "nftables":
            return NftablesResponder(protected=protected)
        case "hosts_deny":
            return HostsDenyResponder(hosts_deny, protected=protected)
    raise ResponderError(f"there is no responder {name!r}", remedy=f"choose one of {', '.join(RESPONDERS)}")
