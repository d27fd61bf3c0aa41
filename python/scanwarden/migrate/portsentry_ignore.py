"""Read portsentry.ignore and portsentry.ignore.static, of PortSentry 1.x and 2.x.

One address or `address/bits` a line. PortSentry 1.x stops reading at the first character that is not a digit, `.`, `:`
or `/`, so whatever follows is a comment; 2.x adds lower-case hexadecimal digits.
"""

import re

from scanwarden.errors import AddressError
from scanwarden.migrate.draft import Draft
from scanwarden.migrate.old_file import OldFile, OldLine
from scanwarden.model.address import Address, Prefix

_ENTRY = re.compile(r"[0-9a-f.:/]*", re.ASCII)


def migrate_ignore_file(file: OldFile, draft: Draft) -> None:
    """Turn every entry into one of the allowlist."""
    for line in file.lines:
        if line.text.startswith("#") or not line.text.strip():
            draft.skip(line)
        else:
            _migrate_entry(line, draft)


def _migrate_entry(line: OldLine, draft: Draft) -> None:
    match = _ENTRY.match(line.text)
    text = match[0] if match else ""
    try:
        network = masked_network(text)
    except AddressError:
        draft.remark(line, "PortSentry reads no address at the start of this line, so it was never in force")
        return
    if network.length == 0:
        draft.set("policy", "mode", "observe", line, note='everybody was ignored; to ban, set mode = "enforce"')
    elif network.is_single and not any(network.packed):
        draft.remark(line, "0.0.0.0 is nobody's address, and never banned")
    else:
        draft.extend("policy", "allowlist", short(network), line)


def masked_network(text: str) -> Prefix:
    """Read a network and clear its host bits, as PortSentry does; raise AddressError."""
    bare, slash, bits = text.partition("/")
    address = Address.parse(bare)
    if not slash:
        return address.prefix()
    if not (bits.isascii() and bits.isdigit() and len(bits) <= 3 and int(bits) <= address.bits):
        raise AddressError(f"{text[:80]!r} is not a network")
    return address.prefix(int(bits))


def short(network: Prefix) -> str:
    """Write one address without its length, a network with it."""
    return str(network.address) if network.is_single else str(network)
