"""Open the sockets at which the service is spoken to; their modes and owners decide who may."""

import grp
import os
import socket
from pathlib import Path

from scanwarden.config.endpoint import Listen
from scanwarden.errors import ScanwardenError

READ_MODE, ADMIN_MODE, EVERYBODY_MODE = 0o660, 0o600, 0o666
_BACKLOG = 128


def open_socket(
    path: Path, *, mode: int, uid: int, group: str = "", kind: socket.SocketKind = socket.SOCK_STREAM
) -> socket.socket:
    """Return a listening unix socket with its mode set before anybody can connect; raise ScanwardenError.

    Where root opens it, `uid` and the group become its owners. A socket that an earlier run left is replaced; anything
    else at `path` is left alone and refused.
    """
    listener = socket.socket(socket.AF_UNIX, kind | socket.SOCK_CLOEXEC)
    try:
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        if path.is_socket():
            path.unlink()
        before = os.umask(0o777)
        try:
            listener.bind(str(path))
        finally:
            os.umask(before)
        path.chmod(mode if _hand_over(path, uid, _group_id(group)) else mode & ~0o070)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise ScanwardenError(
            f"the socket {path} cannot be opened: {error.strerror}", remedy="see [control]"
        ) from error
    return listener


def listen_at(place: Listen, *, section: str, mode: int, group: str) -> socket.socket:
    """Return a socket that listens on an address and port, or a unix socket; raise ScanwardenError."""
    if place.socket is not None:
        return open_socket(place.socket, mode=mode, uid=os.geteuid(), group=group)
    family = socket.AF_INET if place.address is None or place.address.version == 4 else socket.AF_INET6
    listener = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((str(place.address), place.port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise ScanwardenError(
            f"cannot listen on {place}: {error.strerror}", remedy=f"choose another port: [{section}] listen"
        ) from error
    return listener


def page_mode(path: Path, group: str) -> int:
    """Give the mode of the page's socket.

    A folder that is closed to others decides by itself who reaches it. In an open folder the group does, and where
    there is none of that name only root and the service may use it.
    """
    if path.parent.is_dir() and not path.parent.stat().st_mode & 0o007:
        return EVERYBODY_MODE
    return ADMIN_MODE if _group_id(group) < 0 else READ_MODE


def _hand_over(path: Path, uid: int, gid: int) -> bool:
    """Give the socket to its user and group; say whether its group is one that was meant to use it.

    Who is not root can only choose among the groups that he is in.
    """
    if os.geteuid() == 0:
        os.chown(path, uid, gid, follow_symlinks=False)
    elif gid in (os.getegid(), *os.getgroups()):
        os.chown(path, -1, gid, follow_symlinks=False)
    else:
        return gid == -1
    return True


def _group_id(group: str) -> int:
    """Return the id of a group; -1, which changes nothing, if there is none of that name."""
    try:
        return grp.getgrnam(group).gr_gid
    except KeyError:
        return -1
