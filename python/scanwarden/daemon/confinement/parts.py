"""Say what a part keeps, and take the rest away."""

import logging
import os
import socket
import sys
from pathlib import Path

import msgspec

from scanwarden.daemon.confinement import landlock, seccomp

log = logging.getLogger(__name__)
# The interpreter's libraries, the time zone, and what the C library looks up.
READ_BY_ALL = (
    *("/usr", "/lib", "/lib64", "/proc", "/sys", "/dev/null", "/dev/urandom", "/etc/localtime", "/etc/timezone"),
    *("/etc/nsswitch.conf", "/etc/passwd", "/etc/group", "/etc/services", "/etc/protocols", "/etc/ld.so.cache"),
)
EVERYTHING = (Path("/"),)
WRITTEN_BY_ALL = ("/dev/null",)


class Confines(msgspec.Struct, frozen=True, kw_only=True):
    """What a part keeps: files it reads and folders it writes beside those of the system, sockets, and programs.

    `has_all_files` leaves files to their modes alone, for programs that are not ours.
    """

    read: tuple[Path, ...] = ()
    write: tuple[Path, ...] = ()
    families: tuple[socket.AddressFamily, ...] = (socket.AF_UNIX,)
    may_exec: bool = False
    has_all_files: bool = False

    @property
    def has_network(self) -> bool:
        """Say whether it speaks to other hosts."""
        return bool({socket.AF_INET, socket.AF_INET6} & set(self.families))


def confine(confines: Confines) -> tuple[str, ...]:
    """Take everything else away from this process and those it starts; say, in sentences, what the kernel cannot do.

    Call it after privileges are dropped and before a thread is started. Raises PrivilegeError.
    """
    gaps = []
    if not confines.has_all_files and not _leave_files(confines):
        gaps.append("this kernel has no Landlock: files are kept by their modes alone")
    if not seccomp.restrict(families=confines.families, may_exec=confines.may_exec):
        gaps.append(f"no seccomp filter is known for {os.uname().machine}, or this kernel has none")
    for gap in gaps:
        log.info("confinement is incomplete", extra={"reason": gap})
    return tuple(gaps)


def _leave_files(confines: Confines) -> bool:
    """Leave the files that are kept; False where the kernel cannot."""
    ours = [Path(sys.prefix), Path(sys.base_prefix), *(Path(one) for one in sys.path if one)]
    system = [Path(one) for one in READ_BY_ALL]
    read = [*system, *ours, *confines.read]
    return bool(
        landlock.restrict(
            read=read,
            write=[*(Path(one) for one in WRITTEN_BY_ALL), *confines.write],
            run=[Path(one) for one in ("/usr", "/bin", "/sbin", "/lib", "/lib64")] if confines.may_exec else (),
            has_network=confines.has_network,
        )
    )
