"""Ask the kernel which TCP ports somebody listens on (sock_diag(7))."""

import socket
import struct

from scanwarden.errors import SensorError
from scanwarden.model.ports import Ports

_NETLINK_SOCK_DIAG = 4  # linux/netlink.h
_SOCK_DIAG_BY_FAMILY = 20  # linux/sock_diag.h
_NLM_F_REQUEST_DUMP = 0x301
_NLMSG_ERROR, _NLMSG_DONE = 2, 3
_TCP_LISTEN_MASK = 1 << 10  # TCP_LISTEN of net/tcp_states.h
_HEADER = struct.Struct("=IHHII")
_REQUEST = struct.Struct("=BBBBI48s")  # struct inet_diag_req_v2: family, protocol, extensions, pad, states, socket id
_MAX_DATAGRAM_BYTES = 1 << 17
_LIMIT_S = 5.0


def listening_ports() -> Ports:
    """Return the TCP ports with a listening socket on any address, in the namespace of the calling thread.

    Sockets bound to loopback alone count as well: to knock there from outside proves nothing. Raises SensorError.
    """
    ports: set[int] = set()
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _NETLINK_SOCK_DIAG) as diag:
            diag.settimeout(_LIMIT_S)
            for family in (socket.AF_INET, socket.AF_INET6):
                request = _REQUEST.pack(family, socket.IPPROTO_TCP, 0, 0, _TCP_LISTEN_MASK, b"")
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
