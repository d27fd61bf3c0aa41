"""Take system calls away from this process for good (seccomp(2), linux/filter.h).

A short list of what is refused rather than a long one of what is let through: the latter is what the systemd units
have, and would break with every new C library. Refused calls fail with EPERM.
"""

import ctypes
import errno
import os
import platform
import socket
import struct
from collections.abc import Iterable

from scanwarden.daemon.privileges import PrivilegeError

_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 22, 2
_ALLOW, _KILL = 0x7FFF_0000, 0x8000_0000
_REFUSE = 0x0005_0000 | errno.EPERM
# struct seccomp_data: call number, architecture, instruction pointer, six arguments of 64 bits.
_AT_CALL, _AT_ARCHITECTURE, _AT_FIRST_ARGUMENT = 0, 4, 16
_LOAD, _IF_EQUAL, _IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_X32_BIT = 0x4000_0000
_INSTRUCTION = struct.Struct("=HBBI")

# asm/unistd.h. Whatever starts programs, reads other processes, or changes the kernel, mounts, keys or time.
_CALLS: dict[str, dict[str, int]] = {
    "x86_64": {
        "socket": 41, "execve": 59, "execveat": 322, "ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311,
        "mount": 165, "umount2": 166, "pivot_root": 155, "chroot": 161, "unshare": 272, "setns": 308, "bpf": 321,
        "perf_event_open": 298, "userfaultfd": 323, "io_uring_setup": 425, "keyctl": 250, "add_key": 248,
        "request_key": 249, "init_module": 175, "finit_module": 313, "delete_module": 176, "kexec_load": 246,
        "kexec_file_load": 320, "reboot": 169, "swapon": 167, "swapoff": 168, "settimeofday": 164, "clock_settime": 227,
        "adjtimex": 159, "open_by_handle_at": 304, "pidfd_getfd": 438, "quotactl": 179, "acct": 163, "syslog": 103,
        "personality": 135, "mount_setattr": 442, "fsopen": 430, "move_mount": 429, "open_tree": 428,
    },
    "aarch64": {
        "socket": 198, "execve": 221, "execveat": 281, "ptrace": 117, "process_vm_readv": 270, "process_vm_writev": 271,
        "mount": 40, "umount2": 39, "pivot_root": 41, "chroot": 51, "unshare": 97, "setns": 268, "bpf": 280,
        "perf_event_open": 241, "userfaultfd": 282, "io_uring_setup": 425, "keyctl": 219, "add_key": 217,
        "request_key": 218, "init_module": 105, "finit_module": 273, "delete_module": 106, "kexec_load": 104,
        "kexec_file_load": 294, "reboot": 142, "swapon": 224, "swapoff": 225, "settimeofday": 170, "clock_settime": 112,
        "adjtimex": 171, "open_by_handle_at": 265, "pidfd_getfd": 438, "quotactl": 60, "acct": 89, "syslog": 116,
        "personality": 92, "mount_setattr": 442, "fsopen": 430, "move_mount": 429, "open_tree": 428,
    },
}  # fmt: skip
# linux/audit.h
_ARCHITECTURES = {"x86_64": 0xC000_003E, "aarch64": 0xC000_00B7}
TO_START_PROGRAMS = frozenset({"execve", "execveat"})


def restrict(*, families: Iterable[socket.AddressFamily], may_exec: bool, machine: str | None = None) -> bool:
    """Refuse sockets of other families, and a list of calls; False where the machine or the kernel does not know how.

    Needs no_new_privs. Raises PrivilegeError.
    """
    machine = machine or platform.machine()
    if machine not in _CALLS:
        return False
    program = filter_program(machine, families=[int(family) for family in families], may_exec=may_exec)
    code = ctypes.create_string_buffer(program)
    count = len(program) // _INSTRUCTION.size
    # struct sock_fprog: the number of instructions, and where they are.
    described = ctypes.create_string_buffer(struct.pack("@HP", count, ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, described, 0, 0) != 0:
        number = ctypes.get_errno()
        if number == errno.EINVAL:
            return False  # a kernel without filters
        raise PrivilegeError(f"cannot renounce system calls: {os.strerror(number)}")
    return True


def filter_program(machine: str, *, families: Iterable[int], may_exec: bool) -> bytes:
    """Write the filter as classic BPF: another architecture is killed, listed calls and other sockets are refused."""
    calls = _CALLS[machine]
    allowed = sorted(set(families))
    refused = [number for name, number in calls.items() if name != "socket"]
    if may_exec:
        refused = [number for number in refused if number not in {calls[name] for name in TO_START_PROGRAMS}]
    steps = [
        (_LOAD, 0, 0, _AT_ARCHITECTURE),
        (_IF_EQUAL, 1, 0, _ARCHITECTURES[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _AT_CALL),
        (_IF_AT_LEAST, 0, 1, _X32_BIT),
        (_RETURN, 0, 0, _KILL),
    ]
    for number in refused:
        steps += [(_IF_EQUAL, 0, 1, number), (_RETURN, 0, 0, _REFUSE)]
    steps += [(_IF_EQUAL, 1, 0, calls["socket"]), (_RETURN, 0, 0, _ALLOW), (_LOAD, 0, 0, _AT_FIRST_ARGUMENT)]
    for family in allowed:
        steps += [(_IF_EQUAL, 0, 1, family), (_RETURN, 0, 0, _ALLOW)]
    steps.append((_RETURN, 0, 0, _REFUSE))
    return b"".join(_INSTRUCTION.pack(*step) for step in steps)
