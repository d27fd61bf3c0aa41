"""Confine this process to parts of the file system (landlock(7), linux/landlock.h)."""

import ctypes
import errno
import os
import struct
from collections.abc import Iterable
from pathlib import Path

from scanwarden.daemon.privileges import PrivilegeError

# The same on every architecture: they were added after the numbers had been unified.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_CREATE_RULESET_VERSION = 1
_RULE_PATH_BENEATH = 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REMOVE_FILE, _MAKE_REG, _MAKE_SOCK = 1 << 5, 1 << 8, 1 << 9
_REFER, _TRUNCATE, _IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_READ = _READ_FILE | _READ_DIR
_WRITE = _READ | _WRITE_FILE | _REMOVE_FILE | _MAKE_REG | _MAKE_SOCK | _TRUNCATE
_BIND_TCP, _CONNECT_TCP = 1 << 0, 1 << 1
_SCOPE_SIGNAL = 1 << 1
# How many kinds of access to files each version of the interface knows.
_FILE_BITS = {1: 13, 2: 14, 3: 15, 4: 15}
_PATH_RULE = struct.Struct("=Qi")


def version() -> int:
    """Return the version of Landlock in this kernel; 0 if it has none, or has it switched off."""
    found = _libc().syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint(_CREATE_RULESET_VERSION))
    return max(0, int(found))


def restrict(*, read: Iterable[Path], write: Iterable[Path], run: Iterable[Path] = (), has_network: bool) -> int:
    """Leave these paths and what is below them, for good, and return the version used; 0 changes nothing.

    TCP is taken away too where the kernel can do that, unless `has_network`, and so are signals to others. Paths that
    do not exist are passed over. Needs no_new_privs. Raises PrivilegeError.
    """
    abi = version()
    if abi < 1:
        return 0
    known = (1 << _FILE_BITS.get(abi, 16)) - 1
    ruleset = _new_ruleset(abi, known, has_network=has_network)
    try:
        for paths, access in ((read, _READ), (write, _WRITE), (run, _READ | _EXECUTE)):
            for path in paths:
                _allow(ruleset, path, access & known)
        _must(_libc().syscall(_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint(0)), "confine itself to its files")
    finally:
        os.close(ruleset)
    return abi


def _new_ruleset(abi: int, known: int, *, has_network: bool) -> int:
    network = 0 if has_network or abi < 4 else _BIND_TCP | _CONNECT_TCP
    scoped = _SCOPE_SIGNAL if abi >= 6 and not has_network else 0
    words = [known, network, scoped][: 1 if abi < 4 else 2 if abi < 6 else 3]
    attributes = struct.pack(f"={len(words)}Q", *words)
    return _must(
        _libc().syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint(0)),
        "make a Landlock ruleset",
    )


def _allow(ruleset: int, path: Path, access: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what is not there, or not to be reached, needs no permission
    try:
        if not path.is_dir():
            access &= _OF_FILES
        rule = _PATH_RULE.pack(access, place)
        called = _libc().syscall(
            _ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(_RULE_PATH_BENEATH), rule, ctypes.c_uint(0)
        )
        _must(called, f"keep {path}")
    finally:
        os.close(place)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _must(returned: int, what: str) -> int:
    if returned < 0:
        number = ctypes.get_errno()
        raise PrivilegeError(f"cannot {what}: {os.strerror(number)} ({errno.errorcode.get(number, number)})")
    return returned
