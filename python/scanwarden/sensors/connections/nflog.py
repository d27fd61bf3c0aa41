"""Receive packets that the firewall logs to an NFLOG group.

Layouts and numbers are those of linux/netfilter/nfnetlink_log.h. Needs CAP_NET_ADMIN.
"""

import errno
import socket
import struct
from collections.abc import Iterator

_NETLINK_NETFILTER = 12
_SUBSYSTEM = 4 << 8  # NFNL_SUBSYS_ULOG
_MSG_PACKET, _MSG_CONFIG = 0, 1
_NLM_F_REQUEST, _NLM_F_ACK = 1, 4
_NLMSG_ERROR = 2
_CFG_CMD, _CFG_MODE, _CFG_TIMEOUT = 1, 2, 4
_CMD_BIND = 1
_COPY_PACKET = 2
_ATTR_TIMESTAMP, _ATTR_PAYLOAD = 3, 9
_TYPE_MASK = 0x3FFF
_HEADER = struct.Struct("=IHHII")
_ATTRIBUTE = struct.Struct("=HH")
_TIMEOUT_CENTISECONDS = 10
HELD_BACK_S = 0.15
"""Longer than the kernel holds packets back to send several at once."""
RECEIVE_BYTES = 1 << 16
BUFFER_BYTES = 1 << 20

Logged = tuple[int | None, bytes]
"""The kernel's time of a packet in nanoseconds, if it gave one, and the packet from its IP header on."""


def open_group(group: int, copied_bytes: int) -> socket.socket:
    """Return a non-blocking socket that gets what is logged to a group; raises OSError, such as EPERM or EBUSY."""
    opened = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _NETLINK_NETFILTER)
    try:
        opened.settimeout(2.0)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        mode = struct.pack("!IBx", copied_bytes, _COPY_PACKET)
        for number, attributes in enumerate(
            (
                attribute(_CFG_CMD, bytes([_CMD_BIND])),
                attribute(_CFG_MODE, mode) + attribute(_CFG_TIMEOUT, struct.pack("!I", _TIMEOUT_CENTISECONDS)),
            ),
            start=1,
        ):
            opened.send(_config(group, attributes, number))
            _expect_success(opened.recv(RECEIVE_BYTES))
        opened.setblocking(False)
    except OSError:
        opened.close()
        raise
    return opened


def packets(datagram: bytes) -> Iterator[Logged]:
    """Give the packets of one datagram from the kernel; whatever else is in it is left out."""
    at = 0
    while at + _HEADER.size <= len(datagram):
        length, kind, *_ = _HEADER.unpack_from(datagram, at)
        if length < _HEADER.size:
            return
        if kind == _SUBSYSTEM | _MSG_PACKET:
            found = dict(attributes_of(datagram[at + _HEADER.size + 4 : at + length]))
            if _ATTR_PAYLOAD in found:
                yield _time_ns(found.get(_ATTR_TIMESTAMP, b"")), found[_ATTR_PAYLOAD]
        at += length + (-length % 4)


def attribute(kind: int, payload: bytes) -> bytes:
    """Return one netlink attribute, padded to four bytes."""
    return _ATTRIBUTE.pack(_ATTRIBUTE.size + len(payload), kind) + payload + bytes(-len(payload) % 4)


def attributes_of(packed: bytes) -> Iterator[tuple[int, bytes]]:
    """Give kind and payload of each attribute, as far as they are whole."""
    at = 0
    while at + _ATTRIBUTE.size <= len(packed):
        length, kind = _ATTRIBUTE.unpack_from(packed, at)
        if length < _ATTRIBUTE.size or at + length > len(packed):
            return
        yield kind & _TYPE_MASK, packed[at + _ATTRIBUTE.size : at + length]
        at += length + (-length % 4)


def _config(group: int, attributes: bytes, sequence: int) -> bytes:
    body = struct.pack("!BBH", socket.AF_UNSPEC, 0, group) + attributes
    flags = _NLM_F_REQUEST | _NLM_F_ACK
    return _HEADER.pack(_HEADER.size + len(body), _SUBSYSTEM | _MSG_CONFIG, flags, sequence, 0) + body


def _expect_success(datagram: bytes) -> None:
    _, kind, *_ = _HEADER.unpack_from(datagram)
    (number,) = struct.unpack_from("=i", datagram, _HEADER.size)
    if kind != _NLMSG_ERROR or number != 0:
        raise OSError(-number if number else errno.EPROTO, "the kernel refused the NFLOG group")


def _time_ns(stamp: bytes) -> int | None:
    if len(stamp) != 16:
        return None
    seconds, microseconds = struct.unpack("!QQ", stamp)
    return int(seconds) * 1_000_000_000 + int(microseconds) * 1000
