"""Read the options about traps; apart from the others because sensors come with them."""

import click

from scanwarden.config.sections.traps import MAX_BANNER_CHARS
from scanwarden.errors import ScanwardenError
from scanwarden.model.ports import Ports
from scanwarden.sensors.traps.ports import PRESETS, TrapPorts


class TrapParam(click.ParamType[TrapPorts]):
    """Ports to trap: a list, `udp/` and a list, or the name of a ready list."""

    name = "PORTS"

    def convert(self, value: str | TrapPorts, param: click.Parameter | None, ctx: click.Context | None) -> TrapPorts:
        """Read the ports; fail naming the option and what to write."""
        if isinstance(value, TrapPorts):
            return value
        if value in PRESETS:
            return PRESETS[value]
        protocol, _, numbers = value.rpartition("/")
        try:
            ports = Ports.parse(numbers)
        except ScanwardenError as error:
            self.fail(f"{error}; write 1,11,70-79, udp/69,161 or one of {', '.join(PRESETS)}", param, ctx)
        if not ports or 0 in ports or protocol not in ("", "tcp", "udp"):
            self.fail(f"{value!r} cannot be trapped; write 1,11,70-79 or udp/69,161", param, ctx)
        return TrapPorts(udp=ports) if protocol == "udp" else TrapPorts(tcp=ports)


class TrapBannerParam(click.ParamType[str]):
    """What a trap says; an `n`, `r` or `t` behind a backslash ends a line or is a tabulator."""

    name = "TEXT"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read the text; fail if it is too long."""
        text = value.replace("\\r", "\r").replace("\\n", "\n").replace("\\t", "\t")
        if len(text) > MAX_BANNER_CHARS:
            self.fail(f"a banner has at most {MAX_BANNER_CHARS} characters, this one {len(text)}", param, ctx)
        return text


TRAP = TrapParam()
TRAP_BANNER = TrapBannerParam()
