"""Ask the kernel which ports somebody listens on (sock_diag(7))."""

import socket
import struct

from scanwarden.errors import SensorError
from scanwarden.model.ports import Ports

_NETLINK_SOCK_DIAG = 4  # linux/netlink.h
_SOCK_DIAG_BY_FAMILY = 20  # linux/sock_diag.h
_NLM_F_REQUEST_DUMP = 0x301
_NLMSG_ERROR, _NLMSG_DONE = 2, 3
# Of net/tcp_states.h: TCP_LISTEN; and TCP_CLOSE, which is what a UDP socket that is connected to nobody is in.
_STATES = {socket.IPPROTO_TCP: 1 << 10, socket.IPPROTO_UDP: 1 << 7}
_HEADER = struct.Struct("=IHHII")
_REQUEST = struct.Struct("=BBBBI48s")  # struct inet_diag_req_v2: family, protocol, extensions, pad, states, socket id
_MAX_DATAGRAM_BYTES = 1 << 17
_LIMIT_S = 5.0


def listening_ports(protocol: int = socket.IPPROTO_TCP) -> Ports:
    """Return the ports with a listening socket on any address, in the namespace of the calling thread.

    `protocol` is IPPROTO_TCP or IPPROTO_UDP; a UDP socket listens if it is bound and connected to nobody.

    Sockets bound to loopback alone count as well: to knock there from outside proves nothing. Raises SensorError.
    """
    ports: set[int] = set()
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _NETLINK_SOCK_DIAG) as diag:
            diag.settimeout(_LIMIT_S)
            for family in (socket.AF_INET, socket.AF_INET6):
                request = _REQUEST.pack(family, protocol, 0, 0, _STATES[protocol], b"")
                header = _HEADER.pack(_HEADER.size + len(request), _SOCK_DIAG_BY_FAMILY, _NLM_F_REQUEST_DUMP, family, 0)
                diag.send(header + request)
                while add_ports(diag.recv(_MAX_DATAGRAM_BYTES), ports):
                    pass
    except OSError as error:
        raise SensorError(f"listening ports cannot be read: {error.strerror or 'the kernel did not answer'}") from error
    return Ports(ports)


def add_ports(datagram: bytes, ports: set[int]) -> bool:
    """Add the ports in one answer of the kernel; False when it was the last. Raises OSError for an error message."""
    position = 0
    while position + _HEADER.size <= len(datagram):
        length, kind, _, _, _ = _HEADER.unpack_from(datagram, position)
        body = datagram[position + _HEADER.size : position + length]
        if kind == _NLMSG_DONE:
            return False
        if kind == _NLMSG_ERROR:
            number = -int.from_bytes(body[:4], "little" if _IS_LITTLE else "big", signed=True)
            raise OSError(number, f"sock_diag error {number}")
        # struct inet_diag_msg: family, state, timer, retransmits, then the source port in network order.
        ports.add(int.from_bytes(body[4:6], "big"))
        position += max(length, _HEADER.size) + (-length % 4)
    return True


_IS_LITTLE = struct.pack("=H", 1) == b"\x01\x00"
