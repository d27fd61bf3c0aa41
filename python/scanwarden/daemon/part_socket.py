"""Open the socket at which a part of the service is spoken to, and know who speaks."""

import socket
import struct
from pathlib import Path

from scanwarden.control.listening import ADMIN_MODE, open_socket
from scanwarden.daemon.privileges import Account

_UCRED = struct.Struct("=iII")  # struct ucred (unix(7)): process, user, group


def part_socket(path: Path, account: Account) -> socket.socket:
    """Return a socket of whole messages that only root and `account` may connect to; raise ScanwardenError."""
    return open_socket(path, mode=ADMIN_MODE, uid=account.uid, kind=socket.SOCK_SEQPACKET)


def peer_uid(connection: socket.socket) -> int:
    """Return the user at the other end of a unix socket, as the kernel knows it; raise OSError."""
    _, uid, _ = _UCRED.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size))
    return int(uid)
