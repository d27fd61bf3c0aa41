"""Look at what surrounds scanwarden on this host: its clock, its kernel, SELinux, its clients, and other firewalls."""

import ctypes
import os
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from scanwarden.errors import SensorError
from scanwarden.model.address import Address

Level = Literal["good", "hint", "bad"]
_STA_UNSYNC = 0x40  # linux/timex.h
_TIMEX_BYTES, _STATUS_WORD = 256, 5  # struct timex: modes, offset, frequency, two errors, then the status, in longs
_FEWEST_CLIENTS, _MOST_OF_ALL = 20, 0.9
_OWNED_TABLES = (6, 9)
# Programs that own or fill the firewall too, by the name of their process (at most 15 bytes, proc_pid_comm(5)).
_OTHERS: Mapping[str, tuple[str, str | None]] = {
    "fail2ban-server": ("fail2ban bans as well", "let only one of them ban scanners; its log-in jails may stay"),
    "crowdsec": ("CrowdSec decides about bans as well", "leave its port-scan scenario off"),
    "portsentry": ("PortSentry watches the same ports", "stop it: systemctl disable --now portsentry"),
    "psad": ("psad reads the same firewall log", "stop it: systemctl disable --now psad"),
    "sshguard": ("sshguard bans as well", "let only one of them ban who guesses log-ins"),
    "firewalld": ("firewalld owns the firewall; its reload leaves our table alone", None),
    "dockerd": ("Docker publishes ports ahead of the input hook; our bans act before it", None),
}
_MAX_PROCESSES = 65_536


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at; `remedy` says what to do unless all is well."""

    topic: str
    level: Level
    text: str
    remedy: str | None = None


def clock(*, is_synchronised: Callable[[], bool]) -> Finding:
    """Say whether the clock follows others: bans need no right time, records and fleets do."""
    if is_synchronised():
        return Finding(topic="clock", level="good", text="synchronised")
    text = "nothing keeps the clock right, so records may carry wrong times; bans end in time all the same"
    remedy = "timedatectl set-ntp true, or install chrony"
    return Finding(topic="clock", level="hint", text=text, remedy=remedy)


def is_clock_synchronised() -> bool:
    """Ask the kernel whether somebody disciplines its clock (adjtimex(2))."""
    timex = (ctypes.c_long * (_TIMEX_BYTES // ctypes.sizeof(ctypes.c_long)))()
    state = ctypes.CDLL(None).adjtimex(ctypes.byref(timex))
    return state >= 0 and not timex[_STATUS_WORD] & _STA_UNSYNC


def kernel(release: str, root: Path) -> list[Finding]:
    """Say what this kernel cannot do for us."""
    findings = []
    version = tuple(int(part) for part in release.split("-", maxsplit=1)[0].split(".")[:2] if part.isdigit())
    if version >= _OWNED_TABLES:
        text = f"Linux {release}: nobody can flush the table of bans while the service runs"
        findings.append(Finding(topic="kernel", level="good", text=text))
    else:
        text = f"Linux {release} has no owned tables: who flushes the firewall removes bans until they are put back"
        findings.append(Finding(topic="kernel", level="hint", text=text, remedy="Linux 6.9 or later has them"))
        findings += _flushing_files(root)
    names = _content(root / "sys/kernel/security/lsm")
    if names and "landlock" not in names.split(","):
        text = "Landlock is not among the kernel's security modules: the parts confine themselves less"
        remedy = "boot with landlock in the lsm= option"
        findings.append(Finding(topic="kernel", level="hint", text=text, remedy=remedy))
    return findings


def _flushing_files(root: Path) -> list[Finding]:
    """Find the file by which the nftables service flushes everything at each reload."""
    for name in ("etc/nftables.conf", "etc/sysconfig/nftables.conf"):
        lines = [line.strip() for line in _content(root / name).splitlines()]
        if "flush ruleset" in lines:
            text = f"/{name} flushes the whole ruleset when the nftables service is reloaded"
            remedy = "flush only your own tables there: `flush table inet filter`"
            return [Finding(topic="conflicts", level="hint", text=text, remedy=remedy)]
    return []


def selinux(root: Path) -> list[Finding]:
    """Say what SELinux may forbid; nothing where it is not on."""
    if _content(root / "sys/fs/selinux/enforce").strip() != "1":
        return []
    text = "SELinux enforces: a service whose files lie in a home folder is not started, and its log is not read"
    remedy = "install below /usr or /opt, then `restorecon -R` there; see refusals with `ausearch -m avc -c scanwarden`"
    return [Finding(topic="SELinux", level="hint", text=text, remedy=remedy)]


def proxy(find_clients: Callable[[], Counter[Address]]) -> list[Finding]:
    """Say if nearly all clients come from one address: whoever bans it bans everybody."""
    try:
        counted = find_clients()
    except SensorError as error:
        return [Finding(topic="clients", level="hint", text=str(error), remedy="look yourself: ss -tn")]
    total = counted.total()
    if total < _FEWEST_CLIENTS:
        return []
    ((address, count),) = counted.most_common(1)
    if count < _MOST_OF_ALL * total:
        return []
    text = f"{count} of {total} connections come from {address}: a proxy or load balancer, which stands for everybody"
    remedy = f'never ban it: [policy] allowlist = ["{address}"]'
    return [Finding(topic="clients", level="hint", text=text, remedy=remedy)]


def others(root: Path) -> list[Finding]:
    """Name programs that ban, watch or own the firewall as well."""
    running = set()
    for number, path in enumerate((root / "proc").glob("[0-9]*/comm")):
        if number >= _MAX_PROCESSES:
            break
        running.add(_content(path).strip())
    found = [
        Finding(topic="conflicts", level="hint", text=text, remedy=remedy)
        for name, (text, remedy) in _OTHERS.items()
        if name in running
    ]
    if "ENABLED=yes" in _content(root / "etc/ufw/ufw.conf").splitlines():
        text = "ufw owns the firewall; its reload leaves our table alone, and its log shows what it refuses"
        found.append(Finding(topic="conflicts", level="hint", text=text))
    return found


def release() -> str:
    """Return the kernel's release, such as 6.12.1-amd64."""
    return os.uname().release


def _content(path: Path) -> str:
    """Read a small file; empty where there is none, or it is gone just now, or it is not ours to read."""
    try:
        with path.open("rb") as file:
            return file.read(1 << 16).decode("utf-8", "replace")
    except OSError:
        return ""
