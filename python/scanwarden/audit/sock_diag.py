"""Ask the kernel about its sockets (sock_diag(7))."""

import socket
import struct
from collections.abc import Iterator

from msgspec import Struct

from scanwarden import netlink
from scanwarden.errors import SensorError

IPPROTO_SCTP = 132
# net/tcp_states.h
ESTABLISHED, SYN_RECV, FIN_WAIT1, FIN_WAIT2, TIME_WAIT, CLOSE, CLOSE_WAIT, LAST_ACK, LISTEN, CLOSING = (
    *(1, 3, 4, 5, 6),
    *(7, 8, 9, 10, 11),
)
CONNECTED = (ESTABLISHED, SYN_RECV, FIN_WAIT1, FIN_WAIT2, TIME_WAIT, CLOSE_WAIT, LAST_ACK, CLOSING)
FAMILIES = (socket.AF_INET, socket.AF_INET6)
_SOCK_DIAG_BY_FAMILY = 20  # linux/sock_diag.h
_REQUEST = struct.Struct("=BBBBI48s")  # struct inet_diag_req_v2: family, protocol, extensions, pad, states, socket id
# struct inet_diag_msg: family, state, timer, retransmits; socket id: ports, addresses, interface, cookie; then expires,
# both queues, uid, inode.
_ANSWER = struct.Struct("!BBBBHH16s16s")
_TAIL = struct.Struct("=I8xIIIII")
_MAX_DATAGRAM_BYTES = 1 << 17
_LIMIT_S = 5.0


class Answer(Struct, frozen=True, kw_only=True):
    """One socket as the kernel tells it; addresses are packed, in network order."""

    state: int
    port: int
    other_port: int
    address: bytes
    other_address: bytes
    interface: int
    uid: int
    inode: int
    attributes: dict[int, bytes]


def ask(protocol: int, *states: int) -> Iterator[Answer]:
    """Yield the IPv4 and IPv6 sockets of a protocol that are in one of the states, in the calling thread's namespace.

    Nothing is yielded for a protocol that this kernel lacks. Raises SensorError.
    """
    mask = sum(1 << state for state in states)
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, netlink.SOCK_DIAG) as diag:
            diag.settimeout(_LIMIT_S)
            diag.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            for family in FAMILIES:
                request = _REQUEST.pack(family, protocol, 0, 0, mask, b"")
                diag.send(netlink.message(_SOCK_DIAG_BY_FAMILY, netlink.REQUEST | netlink.DUMP, family, request))
                is_more = True
                while is_more:
                    is_more, found = answers_in(diag.recv(_MAX_DATAGRAM_BYTES))
                    yield from found
    except FileNotFoundError:  # ENOENT: this kernel has no such protocol
        return
    except OSError as error:
        raise SensorError(f"sockets cannot be listed: {error.strerror or 'the kernel did not answer'}") from error


def answers_in(datagram: bytes) -> tuple[bool, list[Answer]]:
    """Read one datagram of the kernel, and whether more follow; raises OSError for an error message."""
    found: list[Answer] = []
    for one in netlink.messages(datagram):
        if one.kind == netlink.DONE:
            return False, found
        if one.kind == netlink.ERROR:
            number = netlink.errno_of(one.body)
            raise OSError(number, f"sock_diag error {number}")
        if len(one.body) >= _ANSWER.size + _TAIL.size:
            found.append(_read(one.body))
    return True, found


def _read(body: bytes) -> Answer:
    family, state, _, _, port, other_port, packed, other = _ANSWER.unpack_from(body)
    interface, _, _, _, uid, inode = _TAIL.unpack_from(body, _ANSWER.size)
    size = 16 if family == socket.AF_INET6 else 4
    return Answer(
        state=state,
        port=port,
        other_port=other_port,
        address=packed[:size],
        other_address=other[:size],
        interface=interface,
        uid=uid,
        inode=inode,
        attributes=netlink.attributes(body[_ANSWER.size + _TAIL.size :]),
    )
