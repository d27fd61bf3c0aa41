"""Say what would happen to a source that scans, by asking the policy about two made-up scans."""

import msgspec

from scanwarden.config import Settings
from scanwarden.config.sections.policy import PolicySettings
from scanwarden.daemon.configured import Names, is_enforced, rules_from
from scanwarden.daemon.protection import Protection
from scanwarden.model.address import Address
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
    """What would happen in one case, why, and which line or fact decides."""

    case: str
    action: str
    reason: str
    decided_by: str


def forecast(address: Address, settings: Settings, protection: Protection, names: Names) -> list[Forecast]:
    """Judge a first scan of severity 3 from `address`: one that may be forged, and one that is proved not to be."""
    rules = rules_from(settings, protection, names.allowlist(settings.of(PolicySettings).allowlist))
    cases = (("a half-open scan, which may be forged", False), ("a scan with a completed handshake", True))
    return [_judged(case, _scan(address, verified=verified), rules, settings) for case, verified in cases]


def _judged(case: str, scan: Opened, rules: Rules, settings: Settings) -> Forecast:
    decision = decide(scan, rules, Memory(), scan.time)
    return Forecast(
        case=case,
        action=_action(decision, settings),
        reason=decision.reason if decision else "nothing to decide",
        decided_by=_line(decision, scan, rules, settings),
    )


def _action(decision: Decision | None, settings: Settings) -> str:
    if not isinstance(decision, BanSource):
        return type(decision).__name__.lower() if decision else "nothing"
    done = f"ban of {decision.source} for {decision.duration_s} s"
    policy = settings.of(PolicySettings)
    return done if is_enforced(policy, decision.source, _SENSOR) else f"{done}, only reported (observe)"


def _line(decision: Decision | None, scan: Opened, rules: Rules, settings: Settings) -> str:
    """Name the option, with file and line, or the fact about the host that decided."""
    address = scan.source.address
    if address is not None and rules.allowlist.match(address):
        return _place(settings, "allowlist")
    if address is not None and rules.protected.reason(address):
        return "this host itself, not the configuration"
    if isinstance(decision, BanSource):
        return _place(settings, "forgeable_ban" if decision.forgeable else "ladder")
    return _place(settings, "minimum_severity")


def _place(settings: Settings, option: str) -> str:
    origin = settings.origin("policy", option)
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
