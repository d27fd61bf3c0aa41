"""Give up what a process no longer needs: identity, capabilities, the way back to them, and its memory image."""

import ctypes
import os
import pwd
import struct
from collections.abc import Iterable
from pathlib import Path

from scanwarden.errors import ScanwardenError

# linux/capability.h
CAP_DAC_READ_SEARCH, CAP_KILL, CAP_SETGID, CAP_SETUID = 2, 5, 6, 7
CAP_NET_BIND_SERVICE, CAP_NET_ADMIN, CAP_NET_RAW = 10, 12, 13
FALLBACK_USER = "nobody"
_LAST_CAP = 40
_CAPABILITY_VERSION_3 = 0x2008_0522
# linux/prctl.h
_PR_SET_DUMPABLE, _PR_SET_KEEPCAPS, _PR_SET_NAME, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 4, 8, 15, 24, 38
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _PR_CAP_AMBIENT_CLEAR_ALL = 47, 2, 4


class PrivilegeError(ScanwardenError):
    """Report a privilege that could not be given up; the process must not go on."""


class Account:
    """The user that parts of the service become: `scanwarden`, or `nobody` where that does not exist."""

    def __init__(self, name: str = "scanwarden") -> None:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            found = pwd.getpwnam(FALLBACK_USER)
        self.name, self.uid, self.gid = found.pw_name, found.pw_uid, found.pw_gid


def drop(account: Account, *, keep: Iterable[int] = (), groups: Iterable[int] = ()) -> None:
    """Become `account` for good, with the capabilities in `keep` alone; call it before any thread is started.

    `groups` are those beside its own. A process that is no longer root keeps its user and groups and gives up
    capabilities only. What is kept passes on to the programs that it starts. Raises PrivilegeError.
    """
    kept = tuple(keep)
    effective()  # reads text: an interpreter of root's own could not load the codec for that any more
    libc = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() == 0:
        for capability in set(range(_LAST_CAP + 1)) - set(kept):
            # EINVAL: this kernel has fewer capabilities.
            libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
        _must(libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0), "keep capabilities")
        try:
            os.setgroups([*groups])
            os.setresgid(account.gid, account.gid, account.gid)
            os.setresuid(account.uid, account.uid, account.uid)
        except OSError as error:
            raise PrivilegeError(f"cannot become {account.name}: {error.strerror}") from error
    libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    _set_capabilities(libc, kept)
    for capability in kept:
        _must(libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability, 0, 0), "pass a capability on")
    _must(libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "renounce new privileges")
    _must(libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0), "keep others from reading our memory")
    if effective() != _mask(kept):
        raise PrivilegeError("capabilities are left that should be gone")


def name_process(part: str) -> None:
    """Show a part by its own name in ps and top: `scanw-sensor` (at most 15 bytes, prctl(2))."""
    ctypes.CDLL(None).prctl(_PR_SET_NAME, f"scanw-{part}".encode("ascii")[:15], 0, 0, 0)


def effective() -> int:
    """Return the effective capabilities of this thread as a bit mask (proc_pid_status(5))."""
    for line in Path("/proc/thread-self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("CapEff:"):
            return int(line.split()[1], 16)
    return 0


def _mask(capabilities: Iterable[int]) -> int:
    return sum(1 << capability for capability in capabilities)


def _set_capabilities(libc: ctypes.CDLL, kept: tuple[int, ...]) -> None:
    """Make `kept` the permitted, effective and inheritable set (capset(2), version 3: two words each)."""
    mask = _mask(kept)
    words = [part for shift in (0, 32) for part in [mask >> shift & 0xFFFF_FFFF] * 3]
    header = ctypes.create_string_buffer(struct.pack("=Ii", _CAPABILITY_VERSION_3, 0))
    _must(libc.capset(header, ctypes.create_string_buffer(struct.pack("=6I", *words))), "give up capabilities")


def _must(returned: int, what: str) -> None:
    if returned != 0:
        raise PrivilegeError(f"cannot {what}: {os.strerror(ctypes.get_errno())}")
