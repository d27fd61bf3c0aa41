"""Read the headers of a first packet into an attempt; anything damaged gives none."""

import struct

from scanwarden.errors import AddressError
from scanwarden.model.address import Address
from scanwarden.model.attempt import Attempt
from scanwarden.model.time import Timestamp

_TCP, _UDP, _ICMP, _ICMP6 = 6, 17, 1, 58
_EXTENSIONS = frozenset((0, 43, 60))  # hop-by-hop, routing, destination options (RFC 8200 4)
_FRAGMENT = 44
_MAX_EXTENSIONS = 8
_UDP_HEADER_BYTES = 8
_ICMP_HEADER_BYTES = 8


def attempt_of(packet: bytes, time: Timestamp) -> Attempt | None:
    """Read a packet that begins with its IP header, possibly cut; None for other protocols and damage."""
    try:
        version = packet[0] >> 4
        if version == 4:
            return _ipv4(packet, time)
        return _ipv6(packet, time) if version == 6 else None
    except (IndexError, struct.error, AddressError):
        return None


def _ipv4(packet: bytes, time: Timestamp) -> Attempt | None:
    header_bytes = (packet[0] & 0xF) * 4
    (total_bytes,) = struct.unpack_from("!H", packet, 2)
    (fragment,) = struct.unpack_from("!H", packet, 6)
    if header_bytes < 20 or fragment & 0x1FFF:  # a later fragment has no transport header
        return None
    source, target = Address(packet[12:16]), Address(packet[16:20])
    return _transport(packet[header_bytes:], packet[9], total_bytes - header_bytes, (source, target), time)


def _ipv6(packet: bytes, time: Timestamp) -> Attempt | None:
    (payload_bytes,) = struct.unpack_from("!H", packet, 4)
    source, target = Address(packet[8:24]), Address(packet[24:40])
    protocol, at = packet[6], 40
    for _ in range(_MAX_EXTENSIONS):
        if protocol == _FRAGMENT:
            if struct.unpack_from("!H", packet, at + 2)[0] & 0xFFF8:
                return None
            protocol, at = packet[at], at + 8
        elif protocol in _EXTENSIONS:
            protocol, at = packet[at], at + (packet[at + 1] + 1) * 8
        else:
            break
    return _transport(packet[at:], protocol, 40 + payload_bytes - at, (source, target), time)


def _transport(
    packet: bytes, protocol: int, total_bytes: int, ends: tuple[Address, Address], time: Timestamp
) -> Attempt | None:
    """Read what begins with a transport header; `total_bytes` is its length before it was cut."""
    source, target = ends
    if protocol in (_TCP, _UDP):
        source_port, target_port = struct.unpack_from("!HH", packet)
        is_udp = protocol == _UDP
        return Attempt(
            time=time,
            protocol="udp" if is_udp else "tcp",
            source=source,
            target=target,
            source_port=source_port,
            target_port=target_port,
            payload_bytes=max(total_bytes - _UDP_HEADER_BYTES, 0) if is_udp else 0,
        )
    if protocol in (_ICMP, _ICMP6):
        payload_bytes = max(total_bytes - _ICMP_HEADER_BYTES, 0)
        return Attempt(
            time=time, protocol="icmp", source=source, target=target, icmp_type=packet[0], payload_bytes=payload_bytes
        )
    return None
