"""Find where people who logged in come from: logind's sessions, and the accounting file utmp.

Both are written after somebody proved who they are. That a connection to port 22 exists proves nothing, so connections
are not looked at.
"""

import ipaddress
import struct
from pathlib import Path

import msgspec

from scanwarden import hostcmd
from scanwarden.daemon.protection.found import Found

MAX_SESSIONS = 256
_WHY = "session of a person who logged in"
_MAX_UTMP_BYTES = 1 << 20

# struct utmp of glibc on Linux with 64-bit and 32-bit time alike: utmp(5), bits/utmp.h.
_UTMP = struct.Struct("=hxxi32s4s32s256shhiii16s20x")
_USER_PROCESS = 7


class _Session(msgspec.Struct):
    session: str = ""


def add_sessions(found: Found, root: Path) -> None:
    """Add the remote ends of the sessions that logind and utmp know."""
    utmp = root / "run/utmp"
    try:
        with utmp.open("rb") as file:
            add_utmp(file.read(_MAX_UTMP_BYTES), found)
    except FileNotFoundError:
        pass  # systems without utmp have logind
    except OSError as error:
        found.gap(f"{utmp} cannot be read: {error.strerror}")
    if (root / "run/systemd/seats").is_dir():
        _add_logind(found)


def add_utmp(content: bytes, found: Found) -> None:
    """Add the remote addresses of the sessions in a utmp file."""
    for number in range(min(len(content) // _UTMP.size, MAX_SESSIONS * 16)):
        record = _UTMP.unpack_from(content, number * _UTMP.size)
        kind, packed = record[0], record[-1]
        if kind == _USER_PROCESS and any(packed):
            address = ipaddress.ip_address(packed[:4] if not any(packed[4:]) else packed)
            found.need(str(address), _WHY)


def add_session_properties(printed: str, found: Found) -> None:
    """Add the remote ends in what `loginctl show-session` prints: one `RemoteHost=` line a session."""
    for line in printed.splitlines():
        name, _, host = line.partition("=")
        if name == "RemoteHost" and host and not found.need(host.strip("[]"), _WHY):
            found.gap(f"a session comes from {host[:80]!a}, which is a name; set UseDNS no in sshd_config")


def _add_logind(found: Found) -> None:
    try:
        listed = hostcmd.run(["loginctl", "list-sessions", "--no-pager", "-o", "json"])
        sessions = msgspec.json.decode(listed.stdout.strip() or b"[]", type=list[_Session])
        names = [one.session for one in sessions if one.session.isalnum()][:MAX_SESSIONS]
        if names:
            # A session that ended meanwhile makes loginctl fail after it printed the others.
            shown = hostcmd.run(["loginctl", "show-session", "--property=RemoteHost", *names], check=False)
            add_session_properties(shown.text, found)
    except (hostcmd.HostCommandError, msgspec.MsgspecError) as error:
        found.gap(f"sessions of people who logged in: {error}")
