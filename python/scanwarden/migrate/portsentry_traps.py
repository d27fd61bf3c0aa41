"""Turn PortSentry's port lists, its trigger count and its banner into `[traps]`."""

import math
from collections.abc import Mapping
from typing import Protocol

from scanwarden.errors import PortsError
from scanwarden.migrate.draft import Draft
from scanwarden.migrate.old_file import OldLine
from scanwarden.model.ports import Ports

CONVICTING_NATS = 13.8155  # the threshold at the default false_alarm_rate: -ln(1e-6)
MAX_BANNER_CHARS = 512
MAX_TRIGGER = 1000
MAX_NAMED = 10


class Setting(Protocol):
    """One setting of an old file."""

    @property
    def line(self) -> OldLine:
        """Give the line it is on."""

    @property
    def value(self) -> str:
        """Give its value."""


def migrate_traps(settings: Mapping[str, Setting], draft: Draft, *, is_version_1: bool) -> None:
    """Turn the lists into traps: open ones in connect mode, the default of 1.x, else stealthy ones, that of 2.x."""
    for protocol in ("tcp", "udp"):
        is_stealth = _is_stealth(settings, draft, protocol, default=not is_version_1)
        ports = settings.get(f"{protocol.upper()}_PORTS")
        if ports is not None:
            _migrate_ports(ports, draft, protocol, is_stealth=is_stealth)
    if "SCAN_TRIGGER" in settings:
        _migrate_trigger(settings["SCAN_TRIGGER"], draft)
    if "PORT_BANNER" in settings:
        _migrate_banner(settings["PORT_BANNER"], draft)


def _is_stealth(settings: Mapping[str, Setting], draft: Draft, protocol: str, *, default: bool) -> bool | None:
    """Say which kind of trap the mode asks for; None if PortSentry did not watch this protocol."""
    mode = settings.get(f"{protocol.upper()}_MODE")
    if mode is None:
        return default
    kinds: dict[str, bool | None] = {protocol: False, f"s{protocol}": True, f"a{protocol}": True, "": None}
    words = {
        None: "this protocol was not watched, so its ports are no traps",
        False: "the ports of this protocol are traps that accept",
        True: "the ports of this protocol are traps that stay closed",
    }
    if mode.value not in kinds:
        draft.remark(mode.line, "is no mode of PortSentry")
        return default
    draft.remark(mode.line, words[kinds[mode.value]])
    return kinds[mode.value]


def _migrate_ports(setting: Setting, draft: Draft, protocol: str, *, is_stealth: bool | None) -> None:
    if is_stealth is None:
        draft.remark(setting.line, "PortSentry did not watch this protocol (see the mode)")
        return
    good, bad = _read_ports(setting.value)
    if not good:
        draft.remark(setting.line, "names no port")
        return
    option, other = f"stealth_{protocol}", "accept a connection"
    note = f"these stay closed; under the name `{protocol}` they {other}"
    if not is_stealth:
        option, note = protocol, f"these {other}; under the name `stealth_{protocol}` they stay closed"
    draft.set("traps", option, str(good), setting.line, note=note)
    if bad:
        draft.set("traps", option, str(good), note=f"left out, as no ports: {', '.join(bad[:MAX_NAMED])}")


def _read_ports(text: str) -> tuple[Ports, list[str]]:
    """Read a list as leniently as PortSentry: what is no port, and port 0, is left out and named."""
    good: list[Ports] = []
    bad: list[str] = []
    for part in text.split(","):
        try:
            ports = Ports.parse(part)
        except PortsError:
            bad.append(ascii(part)[:40])
            continue
        good.append(Ports(port for port in ports if port != 0))
        bad += ["0"] if 0 in ports else []
    return Ports.united(good), bad


def _migrate_trigger(setting: Setting, draft: Draft) -> None:
    if not (setting.value.isascii() and setting.value.isdigit() and len(setting.value) <= 6):
        draft.remark(setting.line, "is no number, so PortSentry alerts at the first packet, as the traps do here")
        draft.set("traps", "weight", CONVICTING_NATS)
        return
    # n contacts must reach the threshold, so the quotient is rounded up.
    touches = min(max(int(setting.value), 1), MAX_TRIGGER)
    weight = min(math.ceil(CONVICTING_NATS / touches * 10_000) / 10_000, CONVICTING_NATS)
    note = "one trap is enough to convict"
    if touches > 1:
        note = f"{touches} different traps convict; further packets to the same one count no more"
    draft.set("traps", "weight", weight, setting.line, note=note)


def _migrate_banner(setting: Setting, draft: Draft) -> None:
    if len(setting.value) > MAX_BANNER_CHARS:
        draft.remark(setting.line, f"is longer than {MAX_BANNER_CHARS} characters")
    else:
        draft.set("traps", "banner", setting.value, setting.line, note="sent only by traps that accept")
