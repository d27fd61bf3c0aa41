"""Ask connection tracking what a redirected datagram asked for.

The kernel knows both directions of a flow; the reply's tuple is ours to build, the original's holds the answer. Layouts
and numbers are those of linux/netlink.h and linux/netfilter/nfnetlink_conntrack.h. Needs CAP_NET_ADMIN.
"""

import socket
import struct
import time
from collections.abc import Iterator

from scanwarden.errors import AddressError
from scanwarden.model.address import Address

_NETLINK_NETFILTER = 12
_GET = 1 << 8 | 1  # NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_GET
_NLM_F_REQUEST = 1
_NLMSG_ERROR = 2
_NESTED, _TYPE_MASK = 0x8000, 0x3FFF
_TUPLE_ORIG, _TUPLE_REPLY = 1, 2
_TUPLE_IP, _TUPLE_PROTO = 1, 2
_PROTO_NUM, _PROTO_SRC_PORT, _PROTO_DST_PORT = 1, 2, 3
_IP_TYPES = {4: (1, 2), 6: (3, 4)}  # CTA_IP_V4_SRC and _DST, CTA_IP_V6_SRC and _DST
_HEADER = struct.Struct("=IHHII")
_ATTRIBUTE = struct.Struct("=HH")
_MAX_ANSWER_BYTES = 1 << 16
_LIMIT_S = 0.2

Endpoint = tuple[Address, int]


class Conntrack:
    """A netlink socket to connection tracking."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _NETLINK_NETFILTER)
        self._socket.settimeout(_LIMIT_S)
        self._sequence = 0

    def original_target(self, protocol: int, local: Endpoint, source: Endpoint) -> Endpoint | None:
        """Return where a packet from `source`, which arrived at `local`, was sent to; None if that is not known.

        Raises OSError if the kernel does not answer.
        """
        self._sequence = (self._sequence + 1) & 0xFFFFFFFF
        self._socket.send(request(self._sequence, protocol, local, source))
        until_s = time.monotonic() + _LIMIT_S
        while time.monotonic() < until_s:
            sequence, original = parse_answer(self._socket.recv(_MAX_ANSWER_BYTES))
            if sequence == self._sequence:
                return original
        return None

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


def request(sequence: int, protocol: int, local: Endpoint, source: Endpoint) -> bytes:
    """Write the question for the flow whose replies go from `local` to `source`."""
    from_type, to_type = _IP_TYPES[local[0].version]
    addresses = _attribute(from_type, local[0].packed) + _attribute(to_type, source[0].packed)
    ports = (
        _attribute(_PROTO_NUM, bytes([protocol]))
        + _attribute(_PROTO_SRC_PORT, local[1].to_bytes(2, "big"))
        + _attribute(_PROTO_DST_PORT, source[1].to_bytes(2, "big"))
    )
    parts = _attribute(_TUPLE_IP | _NESTED, addresses) + _attribute(_TUPLE_PROTO | _NESTED, ports)
    family = socket.AF_INET if local[0].version == 4 else socket.AF_INET6
    body = struct.pack("!BBH", family, 0, 0) + _attribute(_TUPLE_REPLY | _NESTED, parts)
    return _HEADER.pack(_HEADER.size + len(body), _GET, _NLM_F_REQUEST, sequence, 0) + body


def parse_answer(datagram: bytes) -> tuple[int, Endpoint | None]:
    """Give the sequence number of an answer and the original target in it; None for an error or anything odd."""
    if len(datagram) < _HEADER.size + 4:
        return 0, None
    _, kind, _, sequence, _ = _HEADER.unpack_from(datagram)
    if kind == _NLMSG_ERROR:
        return sequence, None
    found = dict(_attributes(datagram[_HEADER.size + 4 :]))
    original = dict(_attributes(found.get(_TUPLE_ORIG, b"")))
    addresses = dict(_attributes(original.get(_TUPLE_IP, b"")))
    ports = dict(_attributes(original.get(_TUPLE_PROTO, b"")))
    packed = next((addresses[to] for _, to in _IP_TYPES.values() if to in addresses), b"")
    port = ports.get(_PROTO_DST_PORT, b"")
    try:
        return sequence, (Address(packed), int.from_bytes(port, "big")) if len(port) == 2 else None
    except AddressError:
        return sequence, None


def _attribute(kind: int, payload: bytes) -> bytes:
    return _ATTRIBUTE.pack(_ATTRIBUTE.size + len(payload), kind) + payload + bytes(-len(payload) % 4)


def _attributes(packed: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + _ATTRIBUTE.size <= len(packed):
        length, kind = _ATTRIBUTE.unpack_from(packed, at)
        if length < _ATTRIBUTE.size:
            return
        yield kind & _TYPE_MASK, packed[at + _ATTRIBUTE.size : at + length]
        at += length + (-length % 4)
