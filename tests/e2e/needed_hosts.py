"""Arrange a guarded host that needs others: resolvers, time servers and people who logged in, as files name them."""

import os
import socket
import struct
from pathlib import Path

from scanwarden.lab.addresses import address4, address6

RESOLVER, TIME_SERVER, ADMINISTRATOR, COLLEAGUE = 53, 123, 70, 71
_UTMP = struct.Struct("=hxxi32s4s32s256shhiii16s20x")  # struct utmp of glibc, bits/utmp.h
_USER_PROCESS = 7
_LOGINCTL_PLACE = "/usr/bin/loginctl"
# The service runs as a user who cannot reach every interpreter, so this is a script for the one that is always there.
_LOGINCTL = """#!/bin/sh
case "$*" in
    *list-sessions*) echo '[{{"session": "4", "uid": 0, "user": "root", "seat": "", "tty": ""}}]' ;;
    *) echo 'RemoteHost={address}' ;;
esac
"""


def arranged(folder: Path) -> list[str]:
    """Write the files into `folder` and return where each goes, as `host_files` wants it.

    The resolvers are those of systemd-resolved, the time servers chrony's from DHCP; the administrator is in utmp and
    the colleague is known to logind, which needs a booted systemd: so loginctl is the one program that is replaced.
    """
    run = folder / "run-of-host"
    (run / "systemd/resolve").mkdir(parents=True)
    (run / "systemd/seats").mkdir()
    (run / "chrony-dhcp").mkdir()
    (run / "systemd/resolve/resolv.conf").write_text(
        f"nameserver {address4(RESOLVER)}\nnameserver {address6(RESOLVER)}\n"
    )
    (run / "chrony-dhcp/eth0.sources").write_text(
        f"server {address4(TIME_SERVER)} iburst\nserver {address6(TIME_SERVER)} iburst\n"
    )
    (run / "utmp").write_bytes(logged_in(address4(ADMINISTRATOR)) + logged_in(address6(ADMINISTRATOR)))
    programs = folder / "programs"
    programs.mkdir()
    loginctl = programs / "loginctl"
    loginctl.write_text(_LOGINCTL.format(address=address4(COLLEAGUE)))
    loginctl.chmod(0o755)
    has_own = Path(_LOGINCTL_PLACE).exists()
    return [f"/run={run}", f"{_LOGINCTL_PLACE}={loginctl}" if has_own else f"/usr/local/sbin={programs}"]


def logged_in(address: str) -> bytes:
    """Return the record that a login from `address` leaves in utmp(5)."""
    packed = socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)
    return _UTMP.pack(_USER_PROCESS, os.getpid(), b"pts/0", b"ts/0", b"root", address.encode(), 0, 0, 0, 0, 0, packed)
