"""Run a firewall's own programs and turn their failures into ours."""

from collections.abc import Sequence
from pathlib import Path

from scanwarden import hostcmd
from scanwarden.errors import ResponderError
from scanwarden.responders.contract import Obstacle

_CAP_NET_ADMIN = 12  # linux/capability.h
_PLAIN = hostcmd.Launch()


def run(
    command: Sequence[str],
    *,
    stdin: str = "",
    limit_s: float = 30.0,
    check: bool = True,
    launch: hostcmd.Launch = _PLAIN,
) -> hostcmd.Completed:
    """Run a command; raises ResponderError with the first line of what it complains about."""
    try:
        return hostcmd.run(command, stdin=stdin.encode("ascii"), limit_s=limit_s, check=check, launch=launch)
    except hostcmd.HostCommandError as error:
        raise ResponderError(error.message, remedy=error.remedy) from error


def missing_program(program: str, remedy: str) -> list[Obstacle]:
    """Return an obstacle if a program is not installed."""
    try:
        hostcmd.find(program)
    except hostcmd.CommandNotFoundError as error:
        return [Obstacle(lacks=error.message, remedy=remedy)]
    return []


def missing_right() -> list[Obstacle]:
    """Return an obstacle if this process lacks CAP_NET_ADMIN in its effective set (proc_pid_status(5))."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("CapEff:") and int(line.split()[1], 16) >> _CAP_NET_ADMIN & 1:
            return []
    return [Obstacle(lacks="the right to change the firewall", remedy="run as root or with CAP_NET_ADMIN")]
