"""Declare `[policy]`: who is banned, for how long, and who never is."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from scanwarden.config.allow import AllowEntry
from scanwarden.config.options import Section
from scanwarden.config.quantity import Duration
from scanwarden.config.registry import section
from scanwarden.model.address import Prefix

Mode = Literal["observe", "enforce"]
Severity = Annotated[int, Meta(ge=1, le=5)]
# The helper that writes bans refuses any outside these limits, so they are refused here first.
SHORTEST_BAN = Duration.parse("1 s")
LONGEST_BAN = Duration.parse("30 d")
_BAN_LIMITS = {"at_least": SHORTEST_BAN, "at_most": LONGEST_BAN}
Ladder = Annotated[tuple[Duration, ...], Meta(min_length=1, max_length=12, extra=_BAN_LIMITS)]


class NetworkOverride(Section, frozen=True, kw_only=True):
    """Other rules for sources in some networks; the first entry that holds the source counts."""

    networks: Annotated[
        tuple[Prefix, ...],
        Meta(
            description="The networks that the entry is for.", examples=[["10.0.0.0/8"]], min_length=1, max_length=1024
        ),
    ]
    mode: Annotated[Mode | None, Meta(description="Observe or enforce for them.")] = None
    minimum_severity: Annotated[
        Severity | None, Meta(description="Severity from which they are banned.", examples=[4])
    ] = None
    ladder: Annotated[Ladder | None, Meta(description="Ban durations for them.", examples=[["1 min", "10 min"]])] = None


class SensorOverride(Section, frozen=True, kw_only=True):
    """Other rules for scans that one sensor reports."""

    mode: Annotated[Mode | None, Meta(description="Observe or enforce for this sensor.")] = None
    minimum_severity: Annotated[
        Severity | None, Meta(description="Severity from which its scans are banned.", examples=[3])
    ] = None


@section("policy", rank=30)
class PolicySettings(Section, frozen=True, kw_only=True):
    """Decide who is banned and who never is. Every ban expires."""

    mode: Annotated[
        Mode,
        Meta(description="`observe` only says what would be banned; `enforce` bans.", examples=["enforce"]),
    ] = "observe"
    allowlist: Annotated[
        tuple[AllowEntry, ...],
        Meta(
            description="Addresses, networks and host names that are never banned, everywhere or only for some ports. "
            "The host's own addresses, gateways, resolvers, time servers and the remote ends of administrators' "
            "sessions are protected anyway.",
            examples=[["192.0.2.0/24", "monitor.example.net", "198.51.100.7 ports 22,443"]],
            max_length=10_000,
        ),
    ] = ()
    minimum_severity: Annotated[
        Severity,
        Meta(
            description="Severity from which a scan earns a ban, from 1 to 5; below it there is only a notice.",
            examples=[3],
        ),
    ] = 1
    ladder: Annotated[
        Ladder,
        Meta(
            description="Ban durations for the first, second, … time that a proved source scans; the last one repeats.",
            examples=[["10 min", "1 h", "1 d", "7 d", "30 d"]],
        ),
    ] = tuple(map(Duration.parse, ("10 min", "1 h", "1 d", "7 d")))
    forgeable_ban: Annotated[
        Duration,
        Meta(
            description="Ban duration on evidence that can be forged, such as half-open probes. Existing connections "
            "of the source are spared.",
            examples=["2 min"],
            extra={"at_least": SHORTEST_BAN, "at_most": Duration.parse("1 d")},
        ),
    ] = Duration.parse("10 min")
    group_ban: Annotated[
        Duration,
        Meta(
            description="Longest ban of a member of a group such as a decoy scan, most of whose members may be "
            "innocent.",
            examples=["30 s"],
            extra={"at_least": Duration.parse("0 s"), "at_most": Duration.parse("1 min")},
        ),
    ] = Duration.parse("1 min")
    flood_budget: Annotated[
        int,
        Meta(description="Bans a minute on forgeable evidence while a flood lasts.", examples=[4], ge=0, le=10_000),
    ] = 16
    ipv6_prefix: Annotated[
        int,
        Meta(
            description="Prefix length that an IPv6 source is banned by. Sources on the same link, which share their "
            "/64 with this host, are banned one by one.",
            examples=[128],
            ge=48,
            le=128,
        ),
    ] = 64
    ipv6_widest: Annotated[
        int,
        Meta(description="Shortest prefix that IPv6 bans are widened to.", examples=[56], ge=32, le=128),
    ] = 48
    widen_at: Annotated[
        int,
        Meta(
            description="Banned neighbours of one network that make the ban cover it all.", examples=[8], ge=2, le=256
        ),
    ] = 4
    networks: Annotated[
        tuple[NetworkOverride, ...],
        Meta(description="Other rules for sources in some networks, as `[[policy.networks]]` tables.", max_length=256),
    ] = ()
    sensors: Annotated[
        dict[str, SensorOverride],
        Meta(description="Other rules for scans that one sensor reports, as a `[policy.sensors.NAME]` table each."),
    ] = msgspec.field(default_factory=dict)

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """Yield a ladder that does not grow, prefixes in reversed order, an allowlist that allows everybody."""
        if any(later < earlier for earlier, later in pairwise(self.ladder)):
            yield "ladder", "each ban must last at least as long as the one before it"
        if self.ipv6_widest > self.ipv6_prefix:
            yield "ipv6_widest", f"/{self.ipv6_widest} is narrower than ipv6_prefix, which is /{self.ipv6_prefix}"
        for entry in self.allowlist:
            if entry.network is not None and entry.network.length == 0:
                yield "allowlist", f'{entry} allows everybody; to ban nobody, set mode = "observe"'


@section("policy.login_guessing", rank=31)
class LoginGuessingSettings(Section, frozen=True, kw_only=True):
    """Decide what repeated log-in failures earn, as read from the logs of sshd and PAM."""

    action: Annotated[
        Literal["off", "notify", "ban"],
        Meta(
            description='`off`, `notify`, or `ban`, which climbs the ladder and needs `mode = "enforce"`.',
            examples=["ban"],
        ),
    ] = "notify"
    failures: Annotated[
        int, Meta(description="Failed log-ins within `window` that make a notice or ban.", examples=[3], ge=2, le=1000)
    ] = 5
    window: Annotated[
        Duration,
        Meta(
            description="Time within which failures are counted.",
            examples=["1 h"],
            extra={"at_least": Duration.parse("1 s"), "at_most": Duration.parse("7 d")},
        ),
    ] = Duration.parse("10 min")
