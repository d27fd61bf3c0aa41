"""Turn networks into keys that sort, so that a range of keys is a network.

A key is the network's first address in 16 bytes, IPv4 mapped into IPv6 (RFC 4291 2.5.5.2); `bits`
counts from the first of the 128.
"""

from typing import NamedTuple

from scanwarden.model.address import IPV4_BYTES, Address, Prefix

KEY_BYTES = 16
_MAPPED_HEAD = bytes(10) + b"\xff\xff"
_MAPPED_BITS = 96
IPV4_NETWORK_BITS = 24
IPV6_NETWORK_BITS = 48


class Key(NamedTuple):
    """A network as it stands in the store."""

    key: bytes
    bits: int


def key_of(network: Prefix) -> Key:
    """Give the key of a network."""
    if len(network.packed) == IPV4_BYTES:
        return Key(_MAPPED_HEAD + network.packed, network.length + _MAPPED_BITS)
    return Key(network.packed, network.length)


def network_of(key: bytes, bits: int) -> Prefix:
    """Give the network of a key."""
    if key.startswith(_MAPPED_HEAD) and bits >= _MAPPED_BITS:
        return Prefix(key[-IPV4_BYTES:], bits - _MAPPED_BITS)
    return Prefix(key, bits)


def key_range(network: Prefix) -> tuple[bytes, bytes]:
    """Give the first and the last key of all networks inside this one."""
    first, bits = key_of(network)
    host_bits = KEY_BYTES * 8 - bits
    last = int.from_bytes(first, "big") | ((1 << host_bits) - 1)
    return first, last.to_bytes(KEY_BYTES, "big")


def enclosing(network: Prefix) -> list[Key]:
    """List the keys of all networks that hold this one, itself left out."""
    return [key_of(Prefix.around(network.packed, length)) for length in range(network.length)]


def neighbourhood(address: Address) -> Prefix:
    """Give the network that a source is counted under in charts: its /24 or /48."""
    return address.prefix(IPV4_NETWORK_BITS if address.version == 4 else IPV6_NETWORK_BITS)
