"""Collect who is needed and why, and what could not be found out."""

from scanwarden.errors import AddressError
from scanwarden.model.address import Address, Prefix

MAX_FOUND = 8192


class Found:
    """Needed addresses by reason, at most 8,192; `gaps` says what could not be read."""

    def __init__(self) -> None:
        self.labels: dict[Prefix, str] = {}
        self.on_link: dict[Prefix, None] = {}
        self.gaps: list[str] = []

    def need(self, address: str, why: str) -> bool:
        """Take in one address as text; False if it is none, such as a host name."""
        try:
            prefix = Address.parse(address).prefix()
        except AddressError:
            return False
        if len(self.labels) < MAX_FOUND:
            self.labels.setdefault(prefix, why)
        elif prefix not in self.labels:
            self.gap(f"more than {MAX_FOUND} addresses to protect; {prefix} ({why}) and others are left out")
        return True

    def link(self, network: Prefix) -> None:
        """Take in a network that this host is attached to."""
        if len(self.on_link) < MAX_FOUND:
            self.on_link[network] = None

    def gap(self, what: str) -> None:
        """Take in that something could not be read; said once."""
        if len(self.gaps) < MAX_FOUND and what not in self.gaps:
            self.gaps.append(what)
