"""Open the socket at which a part of the service is spoken to, and know who speaks."""

import os
import socket
import struct
from pathlib import Path

from scanwarden.daemon.privileges import Account
from scanwarden.errors import ScanwardenError

SOCKET_MODE = 0o600
_UCRED = struct.Struct("=iII")  # struct ucred (unix(7)): process, user, group


def part_socket(path: Path, account: Account) -> socket.socket:
    """Return a socket of whole messages that only root and `account` may connect to; raise ScanwardenError."""
    try:
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        if path.is_socket():
            path.unlink()
        return _listening(path, account)
    except OSError as error:
        raise ScanwardenError(f"the socket {path} cannot be opened: {error.strerror}") from error


def _listening(path: Path, account: Account) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC)
    try:
        listener.bind(str(path))
        if os.geteuid() == 0:
            os.chown(path, account.uid, account.gid)
        path.chmod(SOCKET_MODE)
        listener.listen(4)
    except OSError:
        listener.close()
        raise
    return listener


def peer_uid(connection: socket.socket) -> int:
    """Return the user at the other end of a unix socket, as the kernel knows it; raise OSError."""
    _, uid, _ = _UCRED.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size))
    return int(uid)
