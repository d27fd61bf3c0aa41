"""Open a socket at which the service asks a part that may do what it may not."""

import os
import socket
from pathlib import Path

from scanwarden.daemon.privileges import Account
from scanwarden.errors import ResponderError


def helper_socket(path: Path, account: Account) -> socket.socket:
    """Return a socket that only root and the service's user may use; raise ResponderError."""
    try:
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        if path.is_socket():
            path.unlink()
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC)
        listener.bind(str(path))
        if os.geteuid() == 0:
            os.chown(path, account.uid, account.gid)
        path.chmod(0o600)
        listener.listen(4)
    except OSError as error:
        raise ResponderError(f"the socket {path} cannot be opened: {error.strerror}") from error
    return listener
