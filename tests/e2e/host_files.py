"""Start a program that sees other files than the rest of the host: `host_files.py /PLACE=OTHER ... -- ARGUMENT ...`.

Each pair puts a folder or file over another one, in a mount namespace that only the program has (mount(8), `--bind`).
"""

import ctypes
import os
import sys

_CLONE_NEWNS = 0x2_0000  # linux/sched.h
_MS_BIND, _MS_REC, _MS_PRIVATE = 0x1000, 0x4000, 0x4_0000  # linux/mount.h


def main(arguments: list[str]) -> None:
    """Put the files in place and become the program."""
    split = arguments.index("--")
    libc = ctypes.CDLL(None, use_errno=True)
    succeed(libc.unshare(_CLONE_NEWNS))
    succeed(libc.mount(None, b"/", None, _MS_REC | _MS_PRIVATE, None))
    for pair in arguments[:split]:
        place, _, other = pair.partition("=")
        succeed(libc.mount(other.encode(), place.encode(), None, _MS_BIND | _MS_REC, None))
    command = arguments[split + 1 :]
    os.execvp(command[0], command)  # noqa: S606 - the tests say what runs


def succeed(status: int) -> None:
    """Raise OSError if a call of the C library failed."""
    if status != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


if __name__ == "__main__":
    main(sys.argv[1:])
