"""Name the lab's namespaces so that left-overs can be told from those in use.

A name is `sw-PID-BORN-RANDOM-ROLE`: the process that owns the lab, when that process started (clock ticks since
boot, so a number given to a younger process does not match), eight random hexadecimal digits, and the role.
"""

import contextlib
import os
import re
import secrets
import signal
from pathlib import Path

from scanwarden import hostcmd

NAMESPACE_DIRECTORY = Path("/run/netns")
_NAME = re.compile(r"sw-(?P<pid>[1-9][0-9]*)-(?P<born>[0-9]+)-[0-9a-f]{8}-[a-z0-9]+\Z")


def lab_prefix() -> str:
    """Return a new prefix for the namespaces of one lab of this process."""
    pid = os.getpid()
    return f"sw-{pid}-{_born_ticks(pid)}-{secrets.token_hex(4)}"


def is_left_over(name: str) -> bool:
    """Whether `name` is the namespace of a lab whose owner has ended."""
    match = _NAME.match(name)
    return match is not None and _born_ticks(int(match["pid"])) != int(match["born"])


def sweep() -> list[str]:
    """Remove the namespaces of labs whose owner has ended, with the processes left in them; return their names.

    Labs of running processes are never touched. Needs root.
    """
    if not NAMESPACE_DIRECTORY.is_dir():
        return []
    left_over = sorted(path.name for path in NAMESPACE_DIRECTORY.iterdir() if is_left_over(path.name))
    for name in left_over:
        remove(name)
    return left_over


def remove(name: str) -> None:
    """Kill what still runs in the namespace `name` and delete it; a missing namespace is no error."""
    if not (NAMESPACE_DIRECTORY / name).exists():
        return
    for word in hostcmd.run(["ip", "netns", "pids", name], check=False).text.split():
        with contextlib.suppress(ProcessLookupError):  # it ended by itself meanwhile
            os.kill(int(word), signal.SIGKILL)
    hostcmd.run(["ip", "netns", "delete", name])


def _born_ticks(pid: int) -> int | None:
    """Return when the process started (proc(5), stat field 22), None if there is none of that number."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The program name, field 2, is in parentheses and may itself hold spaces and parentheses.
    return int(stat.rpartition(")")[2].split()[19])
