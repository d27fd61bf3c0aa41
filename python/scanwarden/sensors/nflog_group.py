"""Get the packets that firewall rules hand over to an NFLOG group.

Numbers are those of linux/netfilter/nfnetlink_log.h. Needs CAP_NET_ADMIN.
"""

import os
import socket
import struct

from scanwarden import netlink

ULOG = 4 << 8  # NFNL_SUBSYS_ULOG
_CONFIG = ULOG | 1
_CFG_CMD, _CFG_MODE, _CFG_TIMEOUT, _CFG_QTHRESH = 1, 2, 4, 5
_CMD_BIND = 1
_COPY_PACKET = 2
_SO_RCVBUFFORCE = 33
_LIMIT_S = 2.0
_MAX_DATAGRAM_BYTES = 1 << 17


def open_group(
    group: int, *, copied_bytes: int, buffer_bytes: int, timeout_cs: int, batch_packets: int | None = None
) -> socket.socket:
    """Return a non-blocking socket that gets what is logged to a group; raise OSError, such as EPERM or EBUSY.

    Of each packet so many bytes are copied. The kernel holds packets back for `timeout_cs`, in hundredths of a second,
    or until there are `batch_packets`, to send several at once.
    """
    opened = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, netlink.NETFILTER)
    try:
        opened.bind((0, 0))
        opened.settimeout(_LIMIT_S)
        batching = netlink.attribute(_CFG_TIMEOUT, struct.pack("!I", timeout_cs))
        if batch_packets is not None:
            batching += netlink.attribute(_CFG_QTHRESH, struct.pack("!I", batch_packets))
        mode = netlink.attribute(_CFG_MODE, struct.pack("!IBx", copied_bytes, _COPY_PACKET))
        _configure(opened, group, netlink.attribute(_CFG_CMD, bytes([_CMD_BIND])))
        _configure(opened, group, mode + batching)
        try:
            opened.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, buffer_bytes)
        except PermissionError:  # bounded by net.core.rmem_max then
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
        opened.setblocking(False)
    except BaseException:
        opened.close()
        raise
    return opened


def _configure(opened: socket.socket, group: int, attributes: bytes) -> None:
    """Send one request and wait for the kernel's acknowledgement; raise OSError with what it refused."""
    body = netlink.GENERIC.pack(socket.AF_UNSPEC, 0, group) + attributes
    opened.send(netlink.message(_CONFIG, netlink.REQUEST | netlink.ACK, 1, body))
    while True:  # packets of the group may come in between
        for answer in netlink.messages(opened.recv(_MAX_DATAGRAM_BYTES)):
            if answer.kind == netlink.ERROR:
                if number := netlink.errno_of(answer.body):
                    raise OSError(number, os.strerror(number))
                return
