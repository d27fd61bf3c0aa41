"""Find out which firewall is in charge here, and ask it how to close a port."""

import os
from collections.abc import Sequence
from typing import Literal

from msgspec.structs import replace

from scanwarden import hostcmd
from scanwarden.audit.advice import firewalld, iptables, nft, ufw
from scanwarden.audit.advice.steps import Advice, Wish
from scanwarden.audit.firewall.rules import Ruleset
from scanwarden.audit.openings import Opening
from scanwarden.errors import SensorError
from scanwarden.hostcmd import HostCommandError

FirewallName = Literal["firewalld", "ufw", "iptables", "nftables"]
LIMIT_S = 20.0
# Where firewall-cmd finds the system bus, if that is not the usual place.
_BUS = "DBUS_SYSTEM_BUS_ADDRESS"


def launch() -> hostcmd.Launch:
    """Say how the firewall's commands are started."""
    bus = os.environ.get(_BUS)
    return hostcmd.Launch(env={_BUS: bus} if bus else {})


def run(argv: Sequence[str]) -> str:
    """Run one of the firewall's commands; raises HostCommandError."""
    return hostcmd.run(argv, limit_s=LIMIT_S, launch=launch()).text


def firewall_here(ruleset: Ruleset) -> FirewallName:
    """Name the program that manages the rules; without any, nftables."""
    if _says(["firewall-cmd", "--state"], "running"):
        return "firewalld"
    if _says(["ufw", "status"], "Status: active"):
        return "ufw"
    is_native = any(
        chain.base is not None and chain.base.hook == "input" and not _is_of_iptables(table.family, table.name)
        for table in ruleset.tables
        for chain in table.chains.values()
    )
    # Empty tables are left by whoever has only looked.
    has_iptables = any(
        _is_of_iptables(table.family, table.name)
        and any(chain.rules or (chain.base and chain.base.policy == "drop") for chain in table.chains.values())
        for table in ruleset.tables
    )
    return "iptables" if has_iptables and not is_native else "nftables"


def wish_for(opening: Opening, port: int, ruleset: Ruleset) -> Wish:
    """Say what is to be closed; raises SensorError if the port is not open to anybody."""
    ways = [one for one in opening.reaches if one.port == port and one.state != "blocked" and not one.needs_route]
    if not ways:
        raise SensorError(f"{port}/{opening.protocol} is not open to the outside", remedy="see scanwarden audit")
    rules = [rule.origin for table in ruleset.tables for chain in table.chains.values() for rule in chain.rules]
    is_legacy = any(origin.startswith("iptables-legacy") for origin in rules)
    return Wish(
        port=port,
        protocol=opening.protocol,
        interfaces=tuple(dict.fromkeys(one.interface for one in ways)),
        versions=tuple(sorted({6 if ":" in one.address else 4 for one in ways})),
        is_published=opening.namespace is not None,
        has_docker=any("DOCKER-USER" in table.chains for table in ruleset.tables),
        program="iptables-legacy" if is_legacy else "iptables",
    )


def advise(opening: Opening, wish: Wish, firewall: FirewallName) -> Advice:
    """Give the commands of this host's firewall, and what else would close the port."""
    if firewall == "firewalld":
        found = firewalld.advise(wish, run)
    else:
        found = {"ufw": ufw.advise, "iptables": iptables.advise, "nftables": nft.advise}[firewall](wish)
    return replace(found, notes=(*found.notes, *_notes(opening, wish)))


def _notes(opening: Opening, wish: Wish) -> list[str]:
    notes = []
    why = next((one.why for one in opening.reaches if one.port == wish.port and one.state != "blocked"), "")
    if why.startswith(("rule ", "iptables", "ip6tables")):
        notes.append(f"it is let in by {why}; to take that out of the firewall's configuration closes it too")
    unit = next((one.unit for one in opening.processes if one.unit and one.unit.endswith(".service")), None)
    if opening.namespace is not None:
        notes.append(f"or publish it to this host alone, as 127.0.0.1:{wish.port}")
    elif unit is not None:
        notes.append(f"or, if nobody needs the service: systemctl disable --now {unit}")
    else:
        notes.append("or have the service listen on 127.0.0.1 alone")
    return notes


def _is_of_iptables(family: str, name: str) -> bool:
    return family in ("ip", "ip6") and name in ("filter", "nat", "mangle", "raw", "security")


def _says(argv: list[str], word: str) -> bool:
    try:
        return word in run(argv)
    except HostCommandError:
        return False
