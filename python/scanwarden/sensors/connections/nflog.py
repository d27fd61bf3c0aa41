"""Read the packets that the firewall logs to an NFLOG group (linux/netfilter/nfnetlink_log.h)."""

import struct
from collections.abc import Iterator

from scanwarden import netlink
from scanwarden.sensors.nflog_group import ULOG

_MSG_PACKET = 0
_ATTR_TIMESTAMP, _ATTR_PAYLOAD = 3, 9

Logged = tuple[int | None, bytes]
"""The kernel's time of a packet in nanoseconds, if it gave one, and the packet from its IP header on."""


def packets(datagram: bytes) -> Iterator[Logged]:
    """Give the packets of one datagram from the kernel; whatever else is in it is left out."""
    for one in netlink.messages(datagram):
        if one.kind == ULOG | _MSG_PACKET:
            found = netlink.attributes(one.body[netlink.GENERIC.size :])
            if _ATTR_PAYLOAD in found:
                yield _time_ns(found.get(_ATTR_TIMESTAMP, b"")), found[_ATTR_PAYLOAD]


def _time_ns(stamp: bytes) -> int | None:
    if len(stamp) != 16:
        return None
    seconds, microseconds = struct.unpack("!QQ", stamp)
    return int(seconds) * 1_000_000_000 + int(microseconds) * 1000
