"""Parse, print and pack addresses and networks.

Values compare and hash by their packed bytes. The standard library's `ipaddress` objects hash
their integers without a key, so a table keyed by them can be attacked with crafted IPv6 addresses;
Python's hash of `bytes` is keyed (PEP 456).
"""

import ipaddress
from functools import total_ordering
from typing import Self

from scanwarden.errors import AddressError

IPV4_BYTES = 4
IPV6_BYTES = 16
MAX_ADDRESS_CHARS = 80
_MAPPED_HEAD = bytes(10) + b"\xff\xff"
_LENGTHS = [bytes([length]) for length in range(IPV6_BYTES * 8 + 1)]
_ZEROS = bytes(IPV6_BYTES)
# Decimal numbers as they must be written. Looking them up is a fifth of the work of `ipaddress`, and lists are long.
_OCTETS = {str(octet): octet for octet in range(256)}
_BITS = {str(length): length for length in range(IPV6_BYTES * 8 + 1)}


@total_ordering
class Address:
    """One IPv4 or IPv6 address; a link-local one may carry its interface (`fe80::1%eth0`).

    IPv4-mapped IPv6 addresses (RFC 4291 2.5.5.2) become the IPv4 address they mean, so that a host
    has one spelling.
    """

    __slots__ = ("_packed", "_zone")

    def __init__(self, packed: bytes, zone: str | None = None) -> None:
        """Take 4 or 16 bytes in network order; raise AddressError on any other length."""
        if len(packed) == IPV6_BYTES and packed.startswith(_MAPPED_HEAD):
            packed = packed[-IPV4_BYTES:]
        if len(packed) not in (IPV4_BYTES, IPV6_BYTES):
            raise AddressError(f"an address has 4 or 16 bytes, not {len(packed)}")
        self._packed = packed
        self._zone = zone

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the usual spelling of an address; raise AddressError naming a wrong one."""
        bare = text.strip()
        try:
            if ":" in bare:
                parsed = ipaddress.IPv6Address(bare)
                return cls(parsed.packed, parsed.scope_id)
            return cls(_four_octets(bare))
        except ValueError:
            raise AddressError(
                f"{text[:MAX_ADDRESS_CHARS]!r} is not an IP address", remedy="write it like 192.0.2.7 or 2001:db8::7"
            ) from None

    @property
    def packed(self) -> bytes:
        """Give the address as 4 or 16 bytes in network order."""
        return self._packed

    @property
    def zone(self) -> str | None:
        """Give the interface of a link-local address, if it is known."""
        return self._zone

    @property
    def key(self) -> bytes:
        """Give bytes that tell this address from every other, for use as a table key."""
        return self._packed if self._zone is None else self._packed + self._zone.encode()

    @property
    def version(self) -> int:
        """Say 4 or 6."""
        return 4 if len(self._packed) == IPV4_BYTES else 6

    @property
    def bits(self) -> int:
        """Say how many bits the address has: 32 or 128."""
        return len(self._packed) * 8

    def prefix(self, length: int | None = None) -> "Prefix":
        """Give the network of `length` bits around this address; without a length, itself alone."""
        return Prefix.around(self._packed, self.bits if length is None else length)

    def __str__(self) -> str:
        bare = _spelt(self._packed)
        return bare if self._zone is None else f"{bare}%{self._zone}"

    def __repr__(self) -> str:
        return f"Address({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Address) and self.key == other.key

    def __lt__(self, other: "Address") -> bool:
        """Order IPv4 before IPv6, then by number."""
        return (self.version, self.key) < (other.version, other.key)

    def __hash__(self) -> int:
        return hash(self.key)


@total_ordering
class Prefix:
    """A network: the first `length` bits of an address."""

    __slots__ = ("_key", "_length", "_packed")

    def __init__(self, packed: bytes, length: int) -> None:
        """Take a network address and its length; raise AddressError if host bits are set."""
        self._packed = packed
        self._length = length
        bits = len(packed) * 8
        if len(packed) not in (IPV4_BYTES, IPV6_BYTES) or not 0 <= length <= bits:
            raise AddressError(f"{packed.hex()}/{length} is not a network")
        self._key = packed + _LENGTHS[length]  # every table asks for it, often
        if length != bits and _masked(packed, length) != packed:
            network = Prefix(_masked(packed, length), length)
            raise AddressError(
                f"{_spelt(packed)}/{length} names a host inside a network",
                remedy=f"write {network} for the network or {_spelt(packed)} for the host",
            )

    @classmethod
    def around(cls, packed: bytes, length: int) -> Self:
        """Give the network of `length` bits that holds the packed address."""
        return cls(_masked(packed, length), length)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `192.0.2.0/24`, `2001:db8::/32` or one address; raise AddressError naming a wrong one."""
        bare, slash, length = text.strip().partition("/")
        address = Address.parse(bare)
        if not slash:
            return cls(address.packed, address.bits)
        bits = _BITS.get(length, -1)
        if not 0 <= bits <= address.bits:
            raise AddressError(
                f"{text[:MAX_ADDRESS_CHARS]!r} is not a network",
                remedy=f"give a prefix length from 0 to {address.bits} after the slash",
            )
        return cls(address.packed, bits)

    @property
    def packed(self) -> bytes:
        """Give the network address as 4 or 16 bytes in network order."""
        return self._packed

    @property
    def length(self) -> int:
        """Give the number of leading bits that count."""
        return self._length

    @property
    def key(self) -> bytes:
        """Give bytes that tell this network from every other, for use as a table key."""
        return self._key

    @property
    def version(self) -> int:
        """Say 4 or 6."""
        return 4 if len(self._packed) == IPV4_BYTES else 6

    @property
    def address(self) -> Address:
        """Give the first address of the network."""
        return Address(self._packed)

    @property
    def is_single(self) -> bool:
        """Say whether the network is one address."""
        return self._length == len(self._packed) * 8

    def contains(self, other: "Address | Prefix") -> bool:
        """Say whether an address, or all of a network, lies in this one."""
        if len(other.packed) != len(self._packed):
            return False
        if isinstance(other, Prefix) and other.length < self._length:
            return False
        return _masked(other.packed, self._length) == self._packed

    def overlaps(self, other: "Prefix") -> bool:
        """Say whether any address lies in both networks."""
        return self.contains(other) or other.contains(self)

    def __str__(self) -> str:
        return f"{_spelt(self._packed)}/{self._length}"

    def __repr__(self) -> str:
        return f"Prefix({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Prefix) and self.key == other.key

    def __lt__(self, other: "Prefix") -> bool:
        """Order IPv4 before IPv6, then by address, the wider network first."""
        return (self.version, self.key) < (other.version, other.key)

    def __hash__(self) -> int:
        return hash(self.key)


def network_key(packed: bytes, length: int) -> bytes:
    """Give the `key` of the network of `length` bits that holds the packed address."""
    return _masked(packed, length) + _LENGTHS[length]


def last_packed(packed: bytes, length: int) -> bytes:
    """Give the last address of the network of `length` bits that begins with the packed address."""
    host_bits = len(packed) * 8 - length
    return (int.from_bytes(packed, "big") | ((1 << host_bits) - 1)).to_bytes(len(packed), "big")


def _four_octets(text: str) -> bytes:
    """Read a dotted IPv4 address; raise ValueError on anything else, such as an octet that begins with a zero."""
    octets = [_OCTETS.get(octet, -1) for octet in text.split(".")]
    if len(octets) != IPV4_BYTES:
        raise ValueError("an IPv4 address has four octets")
    return bytes(octets)


def _spelt(packed: bytes) -> str:
    """Write an address as RFC 5952 and the dotted custom have it."""
    if len(packed) == IPV4_BYTES:
        return f"{packed[0]}.{packed[1]}.{packed[2]}.{packed[3]}"
    return str(ipaddress.IPv6Address(packed))


def _masked(packed: bytes, length: int) -> bytes:
    """Clear every bit after the first `length`."""
    host_bits = len(packed) * 8 - length
    if host_bits <= 0:
        return packed
    if not host_bits & 7:
        return packed[: length >> 3] + _ZEROS[: host_bits >> 3]
    return (int.from_bytes(packed, "big") >> host_bits << host_bits).to_bytes(len(packed), "big")
