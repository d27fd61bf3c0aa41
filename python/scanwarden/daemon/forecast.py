"""Say what would happen to a source that scans, by asking the policy about two made-up scans."""

from collections.abc import Iterator

import msgspec

from scanwarden.config import Settings
from scanwarden.config.sections.policy import PolicySettings
from scanwarden.daemon.configured import Names, is_enforced, rules_from
from scanwarden.daemon.protection import Protection
from scanwarden.formats.text.words import duration, network
from scanwarden.model.address import Address, Prefix
from scanwarden.model.decision import BanSource, Decision
from scanwarden.model.detection import Evidence, Opened, Outcomes, Source
from scanwarden.model.time import Timestamp
from scanwarden.policy.decide import decide
from scanwarden.policy.memory import Memory
from scanwarden.policy.rules import Rules

_SENSOR = "live"
_EVIDENCE = Evidence(nats=14.0, threshold=13.8)
SEVERITY = 3


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """What would happen in one case, why, and which line or fact decides; `but` says what else there is to know."""

    case: str
    action: str
    reason: str
    decided_by: str
    but: tuple[str, ...] = ()


def forecast(address: Address, settings: Settings, protection: Protection, names: Names) -> list[Forecast]:
    """Judge a first scan of severity 3 from `address`: one that may be forged, and one that is proved not to be."""
    lines = _Lines(address, settings, names)
    rules = rules_from(settings, protection, names.allowlist(settings.of(PolicySettings).allowlist))
    cases = (("a half-open scan, which may be forged", False), ("a scan with a completed handshake", True))
    return [_judged(case, _scan(address, verified=verified), rules, lines) for case, verified in cases]


def _judged(case: str, scan: Opened, rules: Rules, lines: "_Lines") -> Forecast:
    decision = decide(scan, rules, Memory(), scan.time)
    return Forecast(
        case=case,
        action=_action(decision, lines.settings),
        reason=decision.reason if decision else "nothing to decide",
        decided_by=lines.deciding(decision, rules),
        but=tuple(lines.limits(decision)),
    )


def _action(decision: Decision | None, settings: Settings) -> str:
    if not isinstance(decision, BanSource):
        return type(decision).__name__.lower() if decision else "nothing"
    done = f"ban of {network(decision.source)} for {duration(decision.duration_s)}"
    policy = settings.of(PolicySettings)
    return done if is_enforced(policy, decision.source, _SENSOR) else f"{done}, only reported (observe)"


class _Lines:
    """Find the lines of the configuration that speak of one address."""

    def __init__(self, address: Address, settings: Settings, names: Names) -> None:
        self._address = address
        self._names = names
        self._policy = settings.of(PolicySettings)
        self.settings = settings

    def deciding(self, decision: Decision | None, rules: Rules) -> str:
        """Name the option, with file and line, or the fact about the host that decided."""
        if rules.allowlist.match(self._address):
            return self._allowing(has_ports=False)
        if rules.protected.reason(self._address):
            return "this host itself, not the configuration"
        if not isinstance(decision, BanSource):
            return self._special("minimum_severity", self._address.prefix())
        if decision.forgeable:
            return self._place("forgeable_ban")
        return self._special("ladder", decision.source)

    def limits(self, decision: Decision | None) -> Iterator[str]:
        """Yield what keeps a ban from being made, or a source from being spared, in some cases."""
        if not isinstance(decision, BanSource):
            return
        if not is_enforced(self._policy, decision.source, _SENSOR):
            yield f"only reported by {self._special('mode', decision.source)}"
        if allowed := self._allowing(has_ports=True):
            yield f"spared if it touches only the ports of {allowed}"

    def _allowing(self, *, has_ports: bool) -> str:
        """Name the entry of the allowlist that speaks of the address, everywhere or for some ports; empty if none."""
        for number, entry in enumerate(self._policy.allowlist):
            networks = [entry.network] if entry.network else self._names.known.get(entry.name or "", ())
            if (entry.ports is not None) is has_ports and any(one.contains(self._address) for one in networks):
                return self._place("allowlist", number)
        return ""

    def _special(self, option: str, source: Prefix) -> str:
        """Name an option: that of the first `[[policy.networks]]` or `[policy.sensors]` that sets it for a source."""
        for number, entry in enumerate(self._policy.networks):
            if getattr(entry, option) and any(one.contains(source) for one in entry.networks):
                origin = self.settings.origin("policy", "networks", number, option)
                return f"[[policy.networks]] {option}, {origin}"
        sensor = self._policy.sensors.get(_SENSOR)
        if getattr(sensor, option, None):
            return f"[policy.sensors.{_SENSOR}] {option}, {self.settings.origin(f'policy.sensors.{_SENSOR}', option)}"
        return self._place(option)

    def _place(self, option: str, *inside: int) -> str:
        origin = self.settings.origin("policy", option, *inside) or self.settings.origin("policy", option)
        return f"[policy] {option}, {origin or 'its default'}"


def _scan(address: Address, *, verified: bool) -> Opened:
    now = Timestamp(0)
    return Opened(
        id="sw-0000000000000000",
        time=now,
        first_seen=now,
        last_seen=now,
        source=Source(address=address, prefix=None, verified=verified),
        targets=(),
        techniques=("tcp_connect" if verified else "tcp_syn",),
        pattern="vertical",
        pace="burst",
        outcomes=Outcomes(closed=4),
        probes=4,
        packets=8,
        evidence=_EVIDENCE,
        severity=SEVERITY,
        sensor=_SENSOR,
    )
