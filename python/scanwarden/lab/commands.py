"""Run a catalogued command on a host of the lab."""

import shlex
import sys
from collections.abc import Sequence

from scanwarden import hostcmd
from scanwarden.lab.addresses import BYSTANDER, GATEWAY, GUARDED, SCANNER, SWEPT, address4, address6, mac
from scanwarden.lab.namespace import Namespace

_WORDS = {
    "target": address4(GUARDED),
    "target6": address6(GUARDED),
    "gateway": address4(GATEWAY),
    "bystander": address4(BYSTANDER),
    "self": address4(SCANNER),
    "sweep": f"{address4(GUARDED)}-{SWEPT[-1]}",
    "sweep_list": " ".join(address4(number) for number in (GUARDED, *SWEPT)),
    "network": "10.77.1.0/24",
    "target_mac": mac(GUARDED),
    "python": shlex.quote(sys.executable),
}


def argument_list(template: str) -> list[str]:
    """Return the argument list of a command template.

    Words in braces stand for the lab's addresses: `{target}`, `{target6}`, `{sweep}`, `{network}`, `{target_mac}`, …;
    `{client}` for the program of our own clients.
    """
    words = _WORDS | {"client": f"{_WORDS['python']} -m scanwarden.lab.clients"}
    return shlex.split(template.format_map(words))


def run_command(host: Namespace, template: str, *, limit_s: float = 30.0) -> hostcmd.Completed:
    """Run the command of `template` on `host` to its end, whatever its status (scanners use theirs for findings).

    Raises CommandNotFoundError, CommandTimedOutError.
    """
    return host.run(argument_list(template), limit_s=limit_s, check=False)


def missing_programs(templates: Sequence[str]) -> list[str]:
    """Return the programs of `templates` that are not installed, sorted."""
    missing = set()
    for program in {argument_list(template)[0] for template in templates}:
        try:
            hostcmd.find(program)
        except hostcmd.CommandNotFoundError:
            missing.add(program)
    return sorted(missing)
