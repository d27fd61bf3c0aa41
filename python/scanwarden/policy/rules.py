"""Hold the rules that decisions follow, as numbers and tables."""

from collections.abc import Iterable

import msgspec

from scanwarden.model.address import Address, Prefix
from scanwarden.model.detection import Target
from scanwarden.policy.exempt import Allowlist, ProtectedSet

_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86_400
LONGEST_FORGEABLE_BAN_S = 10 * _MINUTE_S
LONGEST_GROUP_BAN_S = _MINUTE_S

# A bare RST costs its sender nothing and proves nothing; the source of an idle scan is the zombie, not the scanner.
NEVER_BAN_ALONE = frozenset({"tcp_rst", "idle"})


class Override(msgspec.Struct, frozen=True, kw_only=True):
    """Other numbers for some networks (`networks`) or one sensor (`sensor`); None keeps the general one."""

    networks: tuple[Prefix, ...] = ()
    sensor: str | None = None
    minimum_severity: int | None = None
    ladder_s: tuple[int, ...] | None = None


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """The operator's rules; durations in seconds.

    `forgeable_per_minute` bounds bans on forgeable evidence at all times, `flood_per_minute` during a flood.
    `on_link` names the networks this host is attached to: their IPv6 addresses are banned one by one, all others by
    the network of `ipv6_prefix` bits, which is widened in steps, to `ipv6_widest` bits at most, when `widen_at`
    neighbours are banned on verified evidence. `bans_guessers` has those banned who guess logins, and not only told.
    """

    allowlist: Allowlist = msgspec.field(default_factory=Allowlist)
    protected: ProtectedSet = msgspec.field(default_factory=ProtectedSet)
    on_link: tuple[Prefix, ...] = ()
    minimum_severity: int = 1
    ladder_s: tuple[int, ...] = (10 * _MINUTE_S, _HOUR_S, _DAY_S, 7 * _DAY_S)
    forgeable_ban_s: int = LONGEST_FORGEABLE_BAN_S
    group_ban_s: int = LONGEST_GROUP_BAN_S
    forgeable_per_minute: int = 256
    flood_per_minute: int = 16
    ipv6_prefix: int = 64
    ipv6_widest: int = 48
    widen_at: int = 4
    bans_guessers: bool = True
    overrides: tuple[Override, ...] = ()

    def severity_floor(self, source: Prefix, sensor: str) -> tuple[int, str]:
        """Return the severity from which this source is banned, and the words for the rule that says so."""
        for override in self.overrides:
            if override.minimum_severity is not None and _applies(override, source, sensor):
                return override.minimum_severity, f"the minimum for {_whom(override)}"
        return self.minimum_severity, "the minimum"

    def ladder_for(self, source: Prefix, sensor: str) -> tuple[int, ...]:
        """Return the ban durations that this source climbs."""
        for override in self.overrides:
            if override.ladder_s is not None and _applies(override, source, sensor):
                return override.ladder_s
        return self.ladder_s


def exemption(address: Address, targets: Iterable[Target], rules: Rules) -> str | None:
    """Say why a source that touched `targets` is never banned; None if it may be."""
    if entry := rules.allowlist.match(address, targets):
        return f"allowlisted by {entry}"
    return rules.protected.reason(address)


def _applies(override: Override, source: Prefix, sensor: str) -> bool:
    if override.sensor is not None and sensor.partition(":")[0] != override.sensor:
        return False
    return not override.networks or any(network.contains(source) for network in override.networks)


def _whom(override: Override) -> str:
    networks = ", ".join(str(network) for network in override.networks[:3])
    return f"sensor {override.sensor}" if override.sensor else networks
