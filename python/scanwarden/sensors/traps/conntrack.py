"""Ask connection tracking what a redirected datagram asked for.

The kernel knows both directions of a flow; the reply's tuple is ours to build, the original's holds the answer. Layouts
and numbers are those of linux/netfilter/nfnetlink_conntrack.h. Needs CAP_NET_ADMIN.
"""

import socket
import time

from scanwarden import netlink
from scanwarden.errors import AddressError
from scanwarden.model.address import Address
from scanwarden.netlink import attribute, attributes

_GET = 1 << 8 | 1  # NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_GET
_TUPLE_ORIG, _TUPLE_REPLY = 1, 2
_TUPLE_IP, _TUPLE_PROTO = 1, 2
_PROTO_NUM, _PROTO_SRC_PORT, _PROTO_DST_PORT = 1, 2, 3
_IP_TYPES = {4: (1, 2), 6: (3, 4)}  # CTA_IP_V4_SRC and _DST, CTA_IP_V6_SRC and _DST
_MAX_ANSWER_BYTES = 1 << 16
_LIMIT_S = 0.2

Endpoint = tuple[Address, int]


class Conntrack:
    """A netlink socket to connection tracking."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, netlink.NETFILTER)
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
    addresses = attribute(from_type, local[0].packed) + attribute(to_type, source[0].packed)
    ports = (
        attribute(_PROTO_NUM, bytes([protocol]))
        + attribute(_PROTO_SRC_PORT, local[1].to_bytes(2, "big"))
        + attribute(_PROTO_DST_PORT, source[1].to_bytes(2, "big"))
    )
    parts = netlink.nested(_TUPLE_IP, addresses) + netlink.nested(_TUPLE_PROTO, ports)
    family = socket.AF_INET if local[0].version == 4 else socket.AF_INET6
    body = netlink.GENERIC.pack(family, 0, 0) + netlink.nested(_TUPLE_REPLY, parts)
    return netlink.message(_GET, netlink.REQUEST, sequence, body)


def parse_answer(datagram: bytes) -> tuple[int, Endpoint | None]:
    """Give the sequence number of an answer and the original target in it; None for an error or anything odd."""
    answer = next(netlink.messages(datagram), None)
    if answer is None or answer.kind == netlink.ERROR:
        return 0 if answer is None else answer.sequence, None
    sequence, found = answer.sequence, attributes(answer.body[netlink.GENERIC.size :])
    original = attributes(found.get(_TUPLE_ORIG, b""))
    addresses = attributes(original.get(_TUPLE_IP, b""))
    ports = attributes(original.get(_TUPLE_PROTO, b""))
    packed = next((addresses[to] for _, to in _IP_TYPES.values() if to in addresses), b"")
    port = ports.get(_PROTO_DST_PORT, b"")
    try:
        return sequence, (Address(packed), int.from_bytes(port, "big")) if len(port) == 2 else None
    except AddressError:
        return sequence, None
