"""Read psad's auto_dl: `<address|network> <0-5> [tcp|udp|icmp[/ports]];`."""

import re

from scanwarden.errors import AddressError, PortsError
from scanwarden.migrate.draft import Draft
from scanwarden.migrate.old_file import OldFile, OldLine
from scanwarden.migrate.portsentry_ignore import masked_network, short
from scanwarden.model.ports import Ports

_ENTRY = re.compile(r"([0-9A-Fa-f.:/]+)\s+([0-5])(?:\s+(tcp|udp|icmp)(?:/([0-9,-]+))?)?\s*;.*", re.ASCII)
_START = re.compile(r"\s*[0-9A-Fa-f.:/]+\s+[0-5]\b.*", re.ASCII)


def is_auto_dl(file: OldFile) -> bool:
    """Say whether a file looks like auto_dl: by its name, or because its lines begin with an address and a level."""
    entries = [line.text for line in file.lines if line.text.strip() and not line.text.lstrip().startswith("#")]
    return file.name == "auto_dl" or (bool(entries) and all(_START.fullmatch(text) for text in entries))


def migrate_auto_dl(file: OldFile, draft: Draft) -> None:
    """Turn level 0 into the allowlist, level 5 into bans from the first severity on; remark upon the rest."""
    for line in file.lines:
        if not line.text.strip() or line.text.lstrip().startswith("#"):
            draft.skip(line)
        else:
            _migrate_entry(line, draft)


def _migrate_entry(line: OldLine, draft: Draft) -> None:
    match = _ENTRY.fullmatch(line.text.strip())
    if match is None:
        draft.remark(line, "is no `ADDRESS LEVEL [PROTOCOL[/PORTS]];`")
        return
    try:
        network = masked_network(match[1])
        ports = Ports.parse(match[4]) if match[4] else None
    except (AddressError, PortsError) as error:
        draft.remark(line, f"is not carried over: {error.message}")
        return
    level, protocol = int(match[2]), match[3]
    if level == 5:
        draft.enter("policy.networks", {"networks": [short(network)], "minimum_severity": 1}, line)
    elif level > 0:
        draft.remark(line, "a source is judged by what it does, so no severity is given in advance")
    elif network.length == 0:
        draft.set("policy", "mode", "observe", line, note="everybody was ignored")
    elif protocol == "icmp" or (protocol and ports is None):
        draft.remark(line, f"the allowlist does not tell {protocol} apart; leave this out or allow the source for all")
    elif ports is not None:
        note = "the allowlist does not tell tcp and udp apart"
        draft.extend("policy", "allowlist", f"{short(network)} ports {ports}", line, note=note)
    else:
        draft.extend("policy", "allowlist", short(network), line)
