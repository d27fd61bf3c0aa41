"""Notice that addresses, links or routes changed, so that the protected set is computed again."""

import socket
from typing import Self

from scanwarden.errors import SensorError

_NETLINK_ROUTE = 0  # linux/netlink.h
# linux/rtnetlink.h: links, IPv4 and IPv6 addresses and routes.
_GROUPS = 0x1 | 0x10 | 0x40 | 0x100 | 0x400
_MAX_DATAGRAM_BYTES = 1 << 16
_MAX_DATAGRAMS = 1024


class NetworkChanges:
    """A descriptor that becomes readable when the network changed, in the namespace of the thread that opens it."""

    def __init__(self) -> None:
        try:
            self._socket = socket.socket(
                socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK, _NETLINK_ROUTE
            )
            self._socket.bind((0, _GROUPS))
        except OSError as error:
            raise SensorError(f"changes of the network cannot be watched: {error.strerror}") from error

    def fileno(self) -> int:
        """Return the descriptor, for an event loop."""
        return self._socket.fileno()

    def take(self) -> bool:
        """Read away what waits; True if anything changed. Many changes count as one."""
        has_changed = False
        for _ in range(_MAX_DATAGRAMS):
            try:
                self._socket.recv(_MAX_DATAGRAM_BYTES)
            except BlockingIOError:
                break
            except OSError:
                # ENOBUFS: so many changes that the kernel dropped some. That they happened is all we need to know.
                return True
            has_changed = True
        return has_changed

    def close(self) -> None:
        """Stop watching."""
        self._socket.close()

    def __enter__(self) -> Self:
        """Return the watch."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop watching."""
        self.close()
