"""Turn the configuration, and what was found out about the host, into rules and settings."""

import ipaddress
import math
import socket
import time
from collections.abc import Callable, Sequence

import msgspec

from scanwarden.config import Settings
from scanwarden.config.allow import AllowEntry
from scanwarden.config.sections.detector import DetectorSettings as DetectorSection
from scanwarden.config.sections.fleet import FleetSettings
from scanwarden.config.sections.logs import LogsSettings
from scanwarden.config.sections.policy import LoginGuessingSettings, NetworkOverride, PolicySettings
from scanwarden.config.sections.responders_tripwire import TripwireSettings
from scanwarden.config.sections.traps import TrapsSettings
from scanwarden.config.sections.watch import WatchSettings
from scanwarden.daemon.protection import Protection
from scanwarden.daemon.rules import home_of, settings_for
from scanwarden.daemon.trap_list import all_traps, spelled
from scanwarden.detector.settings import DetectorSettings
from scanwarden.model.address import Address, Prefix
from scanwarden.model.ports import Ports
from scanwarden.policy.exempt import Allowlist, ProtectedSet
from scanwarden.policy.rules import LONGEST_FORGEABLE_BAN_S, LONGEST_GROUP_BAN_S, Override, Rules
from scanwarden.responders.nftables_tripwire import TripwireRules
from scanwarden.sensors.log_reading import LogReading, utc_offset_s

MAX_ADDRESSES_OF_NAME = 64
SIGHTINGS_KEPT = 65_536  # between two looks, half a second apart; beyond, the oldest go and are counted
Resolve = Callable[[str], Sequence[str]]


class Names:
    """The addresses of the names on the allowlist; what could not be resolved keeps its last addresses."""

    def __init__(self, resolve: Resolve | None = None) -> None:
        self._resolve = resolve or resolved
        self._known: dict[str, tuple[Prefix, ...]] = {}
        self.gaps: tuple[str, ...] = ()

    def look_up(self, entries: Sequence[AllowEntry]) -> None:
        """Ask for the names in `entries` anew; blocks. `gaps` says which names have no address."""
        gaps = []
        for name in dict.fromkeys(entry.name for entry in entries if entry.name):
            try:
                found = tuple(Address.parse(one).prefix() for one in self._resolve(name)[:MAX_ADDRESSES_OF_NAME])
            except OSError as error:
                gaps.append(f"the name {name} on the allowlist has no address now: {error.strerror or error}")
                continue
            self._known[name] = found
        self.gaps = tuple(gaps)

    @property
    def known(self) -> dict[str, tuple[Prefix, ...]]:
        """Return the addresses of each name, as found last."""
        return dict(self._known)

    def learn(self, known: dict[str, tuple[Prefix, ...]], gaps: Sequence[str]) -> None:
        """Take over what somebody else looked up."""
        self._known, self.gaps = dict(known), tuple(gaps)

    def allowlist(self, entries: Sequence[AllowEntry]) -> Allowlist:
        """Return the allowlist with the addresses known now."""
        listed: list[tuple[Prefix, Ports | None]] = []
        for entry in entries:
            networks = [entry.network] if entry.network else self._known.get(entry.name or "", ())
            listed += [(network, entry.ports) for network in networks]
        return Allowlist(listed)


def resolved(name: str) -> Sequence[str]:
    """Return the addresses of a name; raise OSError if it has none."""
    found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(ipaddress.ip_address(str(one[4][0]).partition("%")[0])) for one in found))


def rules_from(settings: Settings, protection: Protection, allowlist: Allowlist) -> Rules:
    """Return the rules that `[policy]` asks for."""
    policy = settings.of(PolicySettings)
    return Rules(
        allowlist=allowlist,
        protected=ProtectedSet(protection.labels),
        on_link=protection.on_link,
        minimum_severity=policy.minimum_severity,
        ladder_s=tuple(step.whole_seconds for step in policy.ladder),
        forgeable_ban_s=min(policy.forgeable_ban.whole_seconds, LONGEST_FORGEABLE_BAN_S),
        group_ban_s=min(policy.group_ban.whole_seconds, LONGEST_GROUP_BAN_S),
        flood_per_minute=policy.flood_budget,
        ipv6_prefix=policy.ipv6_prefix,
        ipv6_widest=policy.ipv6_widest,
        widen_at=policy.widen_at,
        bans_guessers=settings.of(LoginGuessingSettings).action == "ban",
        overrides=(*map(_override, policy.networks), *_sensor_overrides(policy)),
    )


def is_enforced(policy: PolicySettings, source: Prefix | None, sensor: str) -> bool:
    """Say whether a ban of `source` that `sensor` earned is carried out; the first entry that speaks of it counts."""
    for entry in policy.networks:
        if entry.mode and source is not None and any(network.contains(source) for network in entry.networks):
            return entry.mode == "enforce"
    override = policy.sensors.get(sensor.partition(":")[0])
    mode = override.mode if override is not None and override.mode else policy.mode
    return mode == "enforce"


def may_enforce(policy: PolicySettings) -> bool:
    """Say whether any ban at all may be carried out."""
    modes = [policy.mode, *(entry.mode for entry in policy.networks), *(one.mode for one in policy.sensors.values())]
    return "enforce" in modes


def detector_from(settings: Settings, protection: Protection, *, sensor: str) -> DetectorSettings:
    """Return the settings of the detector that `[watch]`, `[detector]` and `[traps]` ask for; raise SensorError."""
    section = settings.of(DetectorSection)
    traps = settings.of(TrapsSettings)
    found = settings_for(protection, home=home_from(settings, protection), sensor=sensor)
    return msgspec.structs.replace(
        found,
        memory_bytes=int(section.memory),
        threshold_nats=-math.log(section.false_alarm_rate),
        gateways=(*found.gateways, *section.gateways),
        knocks=section.knocks,
        half_life_s=section.half_life.whole_seconds,
        contact_memory_s=section.contact_memory.whole_seconds,
        trap_ports=tuple(spelled(all_traps(traps))),
        trap_nats=traps.weight,
        sightings=SIGHTINGS_KEPT if settings.of(FleetSettings).enabled else None,
    )


def home_from(settings: Settings, protection: Protection) -> tuple[Prefix, ...]:
    """Return the addresses to watch over: those of `[watch] home`, else this host's own; raise SensorError."""
    watch = settings.of(WatchSettings)
    return watch.home or home_of(protection, watch.interfaces)


def reading_from(settings: Settings) -> LogReading:
    """Return how `[logs]` and `[policy.login_guessing]` have lines read."""
    section, guessing = settings.of(LogsSettings), settings.of(LoginGuessingSettings)
    return LogReading(
        utc_offset_s=utc_offset_s(section.time_zone, time.time()),
        time_zone=section.time_zone,
        words=tuple((word, "refused") for word in section.refusing),
        max_retry=0 if guessing.action == "off" else guessing.failures,
        find_time_s=guessing.window.whole_seconds,
    )


def tripwire_from(settings: Settings) -> TripwireRules:
    """Return the rules of the tripwire that `[responders.tripwire]` asks for."""
    section = settings.of(TripwireSettings)
    return TripwireRules(
        ports=section.ports,
        per_second=section.per_second,
        hold_s=section.hold.whole_seconds,
        capacity=section.capacity,
    )


def _override(entry: NetworkOverride) -> Override:
    return Override(
        networks=entry.networks,
        minimum_severity=entry.minimum_severity,
        ladder_s=None if entry.ladder is None else tuple(step.whole_seconds for step in entry.ladder),
    )


def _sensor_overrides(policy: PolicySettings) -> list[Override]:
    return [
        Override(sensor=name, minimum_severity=entry.minimum_severity)
        for name, entry in policy.sensors.items()
        if entry.minimum_severity is not None
    ]
