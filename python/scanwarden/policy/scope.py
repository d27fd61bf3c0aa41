"""Choose how much of the address space a ban of one source covers."""

from scanwarden.model.address import Address, Prefix
from scanwarden.model.detection import Source
from scanwarden.model.time import Timestamp
from scanwarden.policy.memory import Memory
from scanwarden.policy.rules import Rules
from scanwarden.policy.siblings import parent_of

_LINK_LOCAL = Prefix.parse("fe80::/10")
_NAT64 = Prefix.parse("64:ff9b::/96")  # RFC 6052: each address stands for one IPv4 host
_IPV6 = 6


def scope_of(source: Source, rules: Rules, memory: Memory, now: Timestamp) -> Prefix | None:
    """Return the network to ban for a source; None if it names no address.

    Never wider than what the detector summed the evidence over, except for verified IPv6 sources whose neighbours are
    banned: forged ones could otherwise take a whole site down with them.
    A network that holds a protected or allowed address shrinks to the source's own address.
    """
    if source.address is None:
        return None
    network = customer_network(source.address, rules)
    if source.prefix is not None and source.prefix.contains(source.address):
        network = max(network, source.prefix, key=lambda candidate: candidate.length)
    if source.verified and source.acquainted is not True:
        network = widened(network, rules, memory, now)
    return narrowed(source.address, network, rules)


def customer_network(address: Address, rules: Rules) -> Prefix:
    """Return the network that one customer holds: an IPv4 host, or an IPv6 network unless it is on our link."""
    is_shared = address.version != _IPV6 or any(
        network.contains(address) for network in (_LINK_LOCAL, _NAT64, *rules.on_link)
    )
    return address.prefix() if is_shared else address.prefix(rules.ipv6_prefix)


def widened(network: Prefix, rules: Rules, memory: Memory, now: Timestamp) -> Prefix:
    """Return the network around one whose neighbours are banned, step by step; the network itself otherwise."""
    while (parent := parent_of(network)) is not None and parent.length >= rules.ipv6_widest:
        if memory.siblings.banned_beside(network, parent, now) + 1 < rules.widen_at:
            break
        network = parent
    return network


def narrowed(address: Address, network: Prefix, rules: Rules) -> Prefix:
    """Return the network, or the address alone when the network holds somebody who is never banned."""
    is_mixed = rules.protected.touches(network) or rules.allowlist.touches(network)
    return address.prefix() if is_mixed else network
