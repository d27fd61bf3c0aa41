"""Find out whose a socket is: process, user, systemd unit and container."""

import os
import pwd
import re
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

PROC = Path("/proc")
MAX_OWNERS = 16  # of one socket: workers share it
_SOCKET = "socket:["
# How container engines name the control group of a container (cgroups(7) paths); the id is 64 hexadecimal digits.
_CONTAINER = re.compile(r"(?:(docker|libpod|crio|cri-containerd|containerd|podman)[-/:])?([0-9a-f]{64})(?:\.scope)?$")
_LXC = re.compile(r"/(?:lxc(?:\.payload)?[./])([A-Za-z0-9_.-]{1,64})")
_NSPAWN = re.compile(r"/machine\.slice/machine-([A-Za-z0-9_.\\x-]{1,128})\.scope")
_UNIT = re.compile(r"/([^/]{1,128}\.(?:service|socket|scope))(?:/|$)")
_SHORT_ID = 12


class Process(Struct, frozen=True, kw_only=True):
    """A process that holds a socket; `unit` and `container` are null where there is none."""

    pid: int
    name: str
    program: str | None = None
    user: str
    unit: str | None = None
    container: str | None = None


def owners_of(inodes: Iterable[int], *, proc: Path = PROC) -> dict[int, tuple[Process, ...]]:
    """Find the processes that hold sockets, by inode; those of other users are found by root alone."""
    wanted = set(inodes)
    held: dict[int, list[int]] = {}
    for pid in pids(proc):
        for inode in _sockets_of(pid, proc) & wanted:
            held.setdefault(inode, []).append(pid)
    known: dict[int, Process | None] = {}
    found: dict[int, tuple[Process, ...]] = {}
    for inode, holders in held.items():
        for pid in holders[:MAX_OWNERS]:
            if pid not in known:
                known[pid] = process_of(pid, proc=proc)
        several = [process for pid in holders[:MAX_OWNERS] if (process := known[pid]) is not None]
        found[inode] = tuple(several)
    return found


def pids(proc: Path = PROC) -> list[int]:
    """List all processes that are seen."""
    return sorted(int(name) for name in os.listdir(proc) if name.isdigit())  # noqa: PTH208 names alone are wanted


def process_of(pid: int, *, proc: Path = PROC) -> Process | None:
    """Describe a process; None if it has ended."""
    folder = proc / str(pid)
    try:
        name = (folder / "comm").read_text(encoding="utf-8", errors="replace").strip()
        uid = folder.stat().st_uid
    except OSError:
        return None
    group = _read(folder / "cgroup")
    return Process(
        pid=pid,
        name=name,
        program=_link(folder / "exe"),
        user=user_name(uid),
        unit=unit_of(group),
        container=container_of(group),
    )


def user_name(uid: int) -> str:
    """Give the name of a user, or the number."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def unit_of(cgroups: str) -> str | None:
    """Give the innermost systemd unit in /proc/PID/cgroup."""
    for line in cgroups.splitlines():
        if found := _UNIT.findall(line.partition(":")[2].partition(":")[2]):
            unit = str(found[-1])
            if not _CONTAINER.search(unit):
                return unit
    return None


def container_of(cgroups: str) -> str | None:
    """Give the container in /proc/PID/cgroup, as `engine:id` cut to twelve digits, or by name."""
    for line in cgroups.splitlines():
        path = line.partition(":")[2].partition(":")[2]
        for part in reversed(path.split("/")):
            if match := _CONTAINER.search(part):
                engine = match[1] or ("docker" if "/docker/" in path else "kubernetes" if "kubepods" in path else "")
                short = match[2][:_SHORT_ID]
                return f"{engine}:{short}" if engine else short
        if match := _LXC.search(path) or _NSPAWN.search(path):
            return match[1]
    return None


def _sockets_of(pid: int, proc: Path) -> set[int]:
    found: set[int] = set()
    try:
        with os.scandir(proc / str(pid) / "fd") as descriptors:
            for one in descriptors:
                target = _link(Path(one.path))
                if target is not None and target.startswith(_SOCKET):
                    found.add(int(target[len(_SOCKET) : -1]))
    except OSError:
        pass  # it has ended, or belongs to somebody else
    return found


def _link(path: Path) -> str | None:
    try:
        return os.readlink(path)  # noqa: PTH115 the text of the link is no path
    except OSError:
        return None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
