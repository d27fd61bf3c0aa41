"""Be the reader: no user of importance, the one capability to read, and of files the folders of the logs."""

import array
import contextlib
import errno
import logging
import os
import socket
from collections.abc import Sequence
from pathlib import Path

from scanwarden.config import Settings
from scanwarden.config.sections.logs import LogsSettings
from scanwarden.daemon import privileges
from scanwarden.daemon.ahead import load_ahead
from scanwarden.daemon.confinement import Confines, confine
from scanwarden.daemon.notify import Supervisor
from scanwarden.daemon.part_socket import part_socket, peer_uid
from scanwarden.daemon.reader.asking import ANSWER, MAX_PATH_BYTES
from scanwarden.sensors.opening import open_plainly

log = logging.getLogger(__name__)
ASK_LIMIT_S = 1.0
ROTATED = (".", "-")  # what stands between the name of a log and what it is rotated to


def wants_reader(settings: Settings) -> bool:
    """Say whether log files are read, which only root may be able to."""
    return bool(settings.of(LogsSettings).files)


def run_reader(settings: Settings, *, path: Path, supervisor: Supervisor) -> None:
    """Be the reader until SIGTERM, asked at the socket `path`. Raise ScanwardenError."""
    load_ahead()
    files = settings.of(LogsSettings).files
    account = privileges.Account()
    listener = part_socket(path, account)
    privileges.drop(account, keep=(privileges.CAP_DAC_READ_SEARCH,) if files else ())
    confine(Confines(read=tuple(file.parent for file in files), families=(socket.AF_UNIX,)))
    told = f"opening {len(files)} logs" if files else "idle: [logs] files is empty"
    supervisor.ready(told)
    with listener:
        while True:
            connection, _ = listener.accept()
            with connection:
                answer_one(connection, files, uids=(0, account.uid))


def answer_one(connection: socket.socket, files: Sequence[Path], *, uids: Sequence[int]) -> None:
    """Answer what one connection asks: a path, for which it gets the file or what kept that from being opened."""
    connection.settimeout(ASK_LIMIT_S)
    with contextlib.suppress(OSError):  # whoever asked has gone
        if peer_uid(connection) not in uids:
            return
        asked = Path(os.fsdecode(connection.recv(MAX_PATH_BYTES)))
        try:
            descriptor = opened(asked, files)
        except OSError as error:
            connection.send(ANSWER.pack(error.errno or errno.EINVAL))
            return
        try:
            beside = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [descriptor]))]
            connection.sendmsg([ANSWER.pack(0)], beside)
        finally:
            os.close(descriptor)


def opened(asked: Path, files: Sequence[Path]) -> int:
    """Open a configured log, or a file that one was rotated to; raise OSError, EPERM for every other.

    A link is followed only where the configuration names it: in a folder that others may write to, any may lie.
    """
    if asked in files:
        return open_plainly(asked)
    if not any(_is_rotated(asked, file) for file in files):
        log.warning("a file was asked for that is none of [logs] files", extra={"path": ascii(str(asked))[:200]})
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
    return open_plainly(asked, follows_links=False)


def _is_rotated(asked: Path, file: Path) -> bool:
    return asked.parent == file.parent and asked.name.startswith(tuple(f"{file.name}{sign}" for sign in ROTATED))
