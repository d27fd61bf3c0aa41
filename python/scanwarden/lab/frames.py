"""Build Ethernet frames byte by byte: the lab's own packet factory.

Everything here is a pure function of its arguments, so a capture synthesised from a seed is the same on
every machine. Transport values know how to pack themselves between two addresses (checksums cover the
pseudo header of RFC 9293 3.1 and RFC 8200 8.1); `packet` puts the IP header of the right family in front.
"""

import socket
import struct
from collections.abc import Sequence
from functools import lru_cache

import msgspec

from scanwarden.lab.checksums import crc32c, internet_checksum

ETHERTYPE_IPV4 = 0x0800
ETHERTYPE_ARP = 0x0806
ETHERTYPE_VLAN = 0x8100
ETHERTYPE_QINQ = 0x88A8
ETHERTYPE_IPV6 = 0x86DD

BROADCAST_MAC = b"\xff" * 6

_FLAG_BITS = {"F": 0x01, "S": 0x02, "R": 0x04, "P": 0x08, "A": 0x10, "U": 0x20, "E": 0x40, "C": 0x80}


@lru_cache(maxsize=4096)
def packed(address: str) -> bytes:
    """Return `address` in network order: 4 bytes for IPv4, 16 for IPv6."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return socket.inet_pton(family, address)


def mac_bytes(text: str) -> bytes:
    """Return the six bytes of a colon-separated hardware address."""
    return bytes.fromhex(text.replace(":", ""))


def multicast_mac(group: str) -> bytes:
    """Return the hardware address of a multicast group (RFC 1112 6.4, RFC 2464 7)."""
    raw = packed(group)
    if len(raw) == 16:
        return b"\x33\x33" + raw[12:]
    return b"\x01\x00\x5e" + bytes([raw[1] & 0x7F]) + raw[2:]


def _with_checksum(segment: bytes, offset: int, source: str, destination: str, protocol: int) -> bytes:
    src, dst = packed(source), packed(destination)
    if len(src) == 4:
        pseudo = src + dst + struct.pack("!BBH", 0, protocol, len(segment))
    else:
        pseudo = src + dst + struct.pack("!I3xB", len(segment), protocol)
    value = internet_checksum(pseudo + segment)
    return segment[:offset] + struct.pack("!H", value) + segment[offset + 2 :]


class Tcp(msgspec.Struct, frozen=True):
    """One TCP segment; `flags` is a string such as `SA`, `options` is already padded to 4 bytes."""

    source_port: int
    target_port: int
    flags: str = "S"
    sequence: int = 0
    acknowledgement: int = 0
    window: int = 64240
    options: bytes = b""
    payload: bytes = b""
    urgent: int = 0
    has_good_checksum: bool = True

    protocol = 6

    def pack(self, source: str, destination: str) -> bytes:
        """Return the segment as it travels from `source` to `destination`."""
        bits = sum(_FLAG_BITS[flag] for flag in self.flags)
        words = 5 + len(self.options) // 4
        header = struct.pack(
            "!HHIIBBHHH",
            self.source_port,
            self.target_port,
            self.sequence & 0xFFFFFFFF,
            self.acknowledgement & 0xFFFFFFFF,
            words << 4,
            bits,
            self.window,
            0,
            self.urgent,
        )
        segment = _with_checksum(header + self.options + self.payload, 16, source, destination, 6)
        if self.has_good_checksum:
            return segment
        return segment[:16] + bytes([segment[16] ^ 0xFF]) + segment[17:]


class Udp(msgspec.Struct, frozen=True):
    """One UDP datagram."""

    source_port: int
    target_port: int
    payload: bytes = b""

    protocol = 17

    def pack(self, source: str, destination: str) -> bytes:
        """Return the datagram as it travels from `source` to `destination`."""
        length = 8 + len(self.payload)
        header = struct.pack("!HHHH", self.source_port, self.target_port, length, 0)
        return _with_checksum(header + self.payload, 6, source, destination, 17)


class Icmp(msgspec.Struct, frozen=True):
    """One ICMP message; `rest` is the second header word, the meaning of which depends on `type`."""

    type: int
    code: int = 0
    rest: bytes = b"\0\0\0\0"
    payload: bytes = b""

    protocol = 1

    def pack(self, source: str, destination: str) -> bytes:
        """Return the message; ICMP has no pseudo header, so the addresses do not matter."""
        del source, destination
        message = struct.pack("!BBH", self.type, self.code, 0) + self.rest + self.payload
        return message[:2] + struct.pack("!H", internet_checksum(message)) + message[4:]


class Icmp6(msgspec.Struct, frozen=True):
    """One ICMPv6 message (RFC 4443); the fields are those of `Icmp`."""

    type: int
    code: int = 0
    rest: bytes = b"\0\0\0\0"
    payload: bytes = b""

    protocol = 58

    def pack(self, source: str, destination: str) -> bytes:
        """Return the message as it travels from `source` to `destination`."""
        message = struct.pack("!BBH", self.type, self.code, 0) + self.rest + self.payload
        return _with_checksum(message, 2, source, destination, 58)


class Sctp(msgspec.Struct, frozen=True):
    """One SCTP packet with a single chunk (RFC 9260 3)."""

    source_port: int
    target_port: int
    chunk_type: int
    value: bytes = b""
    verification_tag: int = 0
    chunk_flags: int = 0

    protocol = 132

    def pack(self, source: str, destination: str) -> bytes:
        """Return the packet; SCTP has no pseudo header, so the addresses do not matter."""
        del source, destination
        chunk = struct.pack("!BBH", self.chunk_type, self.chunk_flags, 4 + len(self.value)) + self.value
        chunk += b"\0" * (-len(chunk) % 4)
        header = struct.pack("!HHI", self.source_port, self.target_port, self.verification_tag)
        checksum = struct.pack("<I", crc32c(header + b"\0\0\0\0" + chunk))
        return header + checksum + chunk


class Raw(msgspec.Struct, frozen=True):
    """Bytes under any IP protocol number, for everything the lab does not model."""

    protocol: int
    payload: bytes = b""

    def pack(self, source: str, destination: str) -> bytes:
        """Return the payload as it is."""
        del source, destination
        return self.payload


Transport = Tcp | Udp | Icmp | Icmp6 | Sctp | Raw


def ipv4(
    source: str,
    destination: str,
    protocol: int,
    payload: bytes,
    *,
    ttl: int = 64,
    ident: int = 0,
    fragment_word: int = 0x4000,
    options: bytes = b"",
) -> bytes:
    """Return an IPv4 packet; `fragment_word` holds DF (0x4000), MF (0x2000) and the offset in 8-byte units."""
    words = 5 + len(options) // 4
    total = words * 4 + len(payload)
    header = struct.pack("!BBHHHBBH", 0x40 | words, 0, total, ident & 0xFFFF, fragment_word, ttl, protocol, 0)
    header += packed(source) + packed(destination) + options
    return header[:10] + struct.pack("!H", internet_checksum(header)) + header[12:] + payload


def ipv6(
    source: str,
    destination: str,
    next_header: int,
    payload: bytes,
    *,
    hop_limit: int = 64,
    extensions: Sequence[tuple[int, bytes]] = (),
) -> bytes:
    """Return an IPv6 packet; `extensions` are (header number, whole header with a zero first byte) in order."""
    numbers = [number for number, _ in extensions] + [next_header]
    chain = b"".join(
        bytes([following]) + header[1:] for following, (_, header) in zip(numbers[1:], extensions, strict=True)
    )
    body = chain + payload
    fixed = struct.pack("!IHBB", 6 << 28, len(body), numbers[0], hop_limit)
    return fixed + packed(source) + packed(destination) + body


def packet(source: str, destination: str, transport: Transport, *, ttl: int = 64, ident: int = 0) -> bytes:
    """Return the whole IP packet that carries `transport`, of the family of its addresses."""
    payload = transport.pack(source, destination)
    if ":" in source:
        return ipv6(source, destination, transport.protocol, payload, hop_limit=ttl)
    return ipv4(source, destination, transport.protocol, payload, ttl=ttl, ident=ident)


def fragments(
    source: str, destination: str, transport: Transport, *, size: int = 8, ttl: int = 64, ident: int = 1
) -> list[bytes]:
    """Return the IPv4 fragments of `transport`, each with at most `size` (a multiple of 8) payload bytes."""
    payload = transport.pack(source, destination)
    pieces = []
    for start in range(0, len(payload), size):
        more = 0x2000 if start + size < len(payload) else 0
        pieces.append(
            ipv4(
                source,
                destination,
                transport.protocol,
                payload[start : start + size],
                ttl=ttl,
                ident=ident,
                fragment_word=more | start // 8,
            )
        )
    return pieces


def unreachable(reporter: str, original: bytes, *, code: int | None = None, ttl: int = 64) -> bytes:
    """Return the ICMP error by which `reporter` says that `original` reached no port.

    `code` defaults to port unreachable: 3 in ICMP (RFC 792), 4 in ICMPv6 (RFC 4443 3.1).
    """
    if original[0] >> 4 == 6:
        sender = socket.inet_ntop(socket.AF_INET6, original[8:24])
        error6 = Icmp6(type=1, code=4 if code is None else code, payload=original[:1232])
        return packet(reporter, sender, error6, ttl=ttl)
    sender = socket.inet_ntop(socket.AF_INET, original[12:16])
    error4 = Icmp(type=3, code=3 if code is None else code, payload=original[:548])
    return packet(reporter, sender, error4, ttl=ttl)


def ethernet(destination: bytes, source: bytes, body: bytes, *, ethertype: int | None = None) -> bytes:
    """Return a frame around `body`; the ethertype is read from the IP version unless given."""
    if ethertype is None:
        ethertype = ETHERTYPE_IPV6 if body[0] >> 4 == 6 else ETHERTYPE_IPV4
    return destination + source + struct.pack("!H", ethertype) + body


def tagged(frame: bytes, vlan: int, *, ethertype: int = ETHERTYPE_VLAN) -> bytes:
    """Return `frame` with one more VLAN tag (IEEE 802.1Q; `ETHERTYPE_QINQ` for an outer one)."""
    return frame[:12] + struct.pack("!HH", ethertype, vlan) + frame[12:]


def arp(
    operation: int, sender_mac: bytes, sender: str, *, target_mac: bytes, target: str, to: bytes = BROADCAST_MAC
) -> bytes:
    """Return the frame of an ARP request (operation 1) or reply (2), RFC 826."""
    body = struct.pack("!HHBBH", 1, ETHERTYPE_IPV4, 6, 4, operation)
    body += sender_mac + packed(sender) + target_mac + packed(target)
    return ethernet(to, sender_mac, body, ethertype=ETHERTYPE_ARP)


def neighbour_solicitation(sender_mac: bytes, sender: str, target: str) -> bytes:
    """Return the frame that asks who has `target`, sent to its solicited-node group (RFC 4861 4.3)."""
    raw = packed(target)
    group = socket.inet_ntop(socket.AF_INET6, packed("ff02::1:ff00:0")[:13] + raw[13:])
    source_link_layer = b"\x01\x01" + sender_mac
    solicitation = Icmp6(type=135, payload=raw + source_link_layer)
    return ethernet(multicast_mac(group), sender_mac, packet(sender, group, solicitation, ttl=255))


def neighbour_advertisement(sender_mac: bytes, sender: str, to_mac: bytes, to: str) -> bytes:
    """Return the solicited answer to a neighbour solicitation (RFC 4861 4.4)."""
    advertisement = Icmp6(type=136, rest=b"\x60\0\0\0", payload=packed(sender) + b"\x02\x01" + sender_mac)
    return ethernet(to_mac, sender_mac, packet(sender, to, advertisement, ttl=255))
