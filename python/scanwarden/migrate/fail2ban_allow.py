"""Turn `ignoreip` into the allowlist."""

from scanwarden.config.allow import AllowEntry
from scanwarden.errors import AddressError, ConfigError
from scanwarden.migrate.draft import Draft
from scanwarden.migrate.jail_file import Jails
from scanwarden.migrate.portsentry_ignore import masked_network, short


def migrate_ignored(jails: Jails, section: str, draft: Draft) -> set[int]:
    """Turn the addresses, networks and names of `ignoreip`; return the identities of the options dealt with."""
    option = jails.option(section, "ignoreip")
    if option is None:
        return set()
    text = jails.filled_in(section, option.value)
    if text is None:
        for line in option.lines:
            draft.remark(line, "refers to a name that is not in the files given")
        return {id(option)}
    refused: list[str] = []
    for entry in text.replace(",", " ").split():
        element = _element(entry)
        if element is None:
            refused.append(entry)
        else:
            draft.extend("policy", "allowlist", element, *option.lines)
    for entry in refused:
        draft.remark(option.lines[0], f"{entry[:80]!a} is no address, network or name, or it allows everybody")
    if not text.split():
        for line in option.lines:
            draft.remark(line, "is empty")
    return {id(option)}


def _element(entry: str) -> str | None:
    """Write an entry as one of the allowlist; None if it cannot be one."""
    try:
        network = masked_network(entry)
    except AddressError:
        try:
            return str(AllowEntry.parse(entry))
        except ConfigError:
            return None
    return short(network) if network.length else None
