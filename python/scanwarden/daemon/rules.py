"""Turn what was found out about the host, and what the user asked for, into rules and settings."""

from collections.abc import Sequence

from scanwarden.daemon.protection import Protection
from scanwarden.detector.settings import DetectorSettings
from scanwarden.errors import SensorError
from scanwarden.model.address import Address, Prefix
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.policy.exempt import Allowlist, ProtectedSet
from scanwarden.policy.rules import LONGEST_FORGEABLE_BAN_S, Rules

LOOPBACK_INTERFACE = "lo"
LOOPBACK_NETWORKS = (Prefix.parse("127.0.0.0/8"), Prefix.parse("::1/128"))
BROADCAST_LABEL = "broadcast address"


def home_of(protection: Protection, interfaces: Sequence[str]) -> tuple[Prefix, ...]:
    """Give the addresses to guard: the host's own, loopback only if that interface is watched.

    All interfaces count, not just the watched ones: a Linux host answers on each for the addresses of the others
    (the weak host model, RFC 1122 3.3.4.2). Raise SensorError if none is known.
    """
    has_loopback = LOOPBACK_INTERFACE in interfaces
    home = [
        own
        for own in protection.own_addresses
        if has_loopback or not any(network.contains(own) for network in LOOPBACK_NETWORKS)
    ]
    if not home:
        reason = f" ({'; '.join(protection.gaps)})" if protection.gaps else ""
        raise SensorError(
            f"this host's own addresses are not known{reason}",
            remedy="install iproute2 and give an interface an address: ip address show",
        )
    return tuple(sorted(home))


def settings_for(protection: Protection, *, home: tuple[Prefix, ...], sensor: str) -> DetectorSettings:
    """Give the settings of a detector that watches this host."""
    broadcast = [prefix.address for prefix, label in protection.labels.items() if label.startswith(BROADCAST_LABEL)]
    return DetectorSettings(
        home=home,
        sensor=sensor,
        gateways=tuple(map(Address.parse, protection.gateways)),
        ignore_destination_broadcast=tuple(broadcast),
    )


def rules_for(protection: Protection, *, allow: Sequence[Prefix], ban_time_s: int) -> Rules:
    """Give the rules of a watch: a first ban lasts `ban_time_s`, a forgeable one ten minutes at most."""
    default = Rules()
    return Rules(
        allowlist=Allowlist([(network, None) for network in allow]),
        protected=ProtectedSet(protection.labels),
        on_link=protection.on_link,
        ladder_s=(ban_time_s, *(max(step_s, ban_time_s) for step_s in default.ladder_s[1:])),
        forgeable_ban_s=min(ban_time_s, LONGEST_FORGEABLE_BAN_S),
        group_ban_s=min(ban_time_s, default.group_ban_s),
    )


def protected_table(rules: Rules) -> PrefixTable:
    """Give everybody whom the firewall itself must never refuse: the protected, and the allowlisted."""
    return rules.protected.table.with_added(dict.fromkeys(rules.allowlist.unlimited, "allowlisted"))
