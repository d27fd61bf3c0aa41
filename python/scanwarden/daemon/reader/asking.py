"""Open files as the sensor does: itself where it may, else by having the reader do it."""

import array
import errno
import os
import socket
import struct
from pathlib import Path

from scanwarden.sensors.opening import open_plainly

ANSWER = struct.Struct("<i")  # zero, with the file beside it, or what kept it from being opened, as in errno.h
MAX_PATH_BYTES = 4096
ANSWER_LIMIT_S = 5.0


def reader_socket(run: Path) -> Path:
    """Name the reader's socket, beside the folder where the parts of a service meet."""
    return run.with_name(f"{run.name}-reader") / "reader.sock"


class AskingOpener:
    """Open a file, or have it opened at the reader's socket if this process may not."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self, file: Path) -> int:
        """Give a descriptor; raise OSError saying what is in the way."""
        try:
            return open_plainly(file)
        except PermissionError:
            return handed_over(file, self._path)


def handed_over(file: Path, path: Path) -> int:
    """Have the reader at the socket `path` open a file and give its descriptor; raise OSError."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC) as line:
            line.settimeout(ANSWER_LIMIT_S)
            line.connect(str(path))
            line.send(os.fsencode(file)[:MAX_PATH_BYTES])
            answer, descriptors = _received(line)
    except (OSError, struct.error) as error:
        raise PermissionError(
            errno.EACCES, "permission denied, and no reader opens it (systemctl enable --now scanwarden-reader)"
        ) from error
    if answer == 0 and len(descriptors) == 1:
        return descriptors[0]
    for descriptor in descriptors:
        os.close(descriptor)
    if answer == errno.EPERM:
        raise PermissionError(answer, "the reader has not been told of it (systemctl restart scanwarden-reader)")
    raise OSError(answer, os.strerror(answer))


def _received(line: socket.socket) -> tuple[int, list[int]]:
    """Give the answer and the descriptors beside it."""
    descriptors = array.array("i")
    message, beside, _, _ = line.recvmsg(ANSWER.size, socket.CMSG_SPACE(descriptors.itemsize), socket.MSG_CMSG_CLOEXEC)
    for level, kind, content in beside:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            descriptors.frombytes(content[: len(content) - len(content) % descriptors.itemsize])
    (answer,) = ANSWER.unpack(message)
    return answer, descriptors.tolist()
