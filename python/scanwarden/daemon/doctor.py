"""Look at the host before scanwarden runs on it: what is missing, what gets in the way, and what to do about each."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Literal

import msgspec

from scanwarden.daemon.privileges import CAP_NET_ADMIN, CAP_NET_RAW, effective
from scanwarden.daemon.protection import Protection
from scanwarden.responders.contract import Obstacle

ROOT = Path("/")
Level = Literal["good", "hint", "bad"]
_IFF_UP, _IFF_LOOPBACK = 0x1, 0x8  # linux/if.h
# What else bans or owns the firewall, by the name of its process (at most 15 bytes, proc_pid_comm(5)).
_OTHERS = {
    "fail2ban-server": ("fail2ban bans as well", "let only one of them ban scanners; its log-in jails may stay"),
    "crowdsec": ("CrowdSec decides about bans as well", "leave its port-scan scenario off"),
    "portsentry": ("PortSentry watches the same ports", "stop it: systemctl disable --now portsentry"),
    "psad": ("psad reads the same firewall log", "stop it: systemctl disable --now psad"),
    "firewalld": ("firewalld owns the firewall; its reload leaves our table alone", None),
}
_MAX_PROCESSES = 65_536


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at; `remedy` says what to do unless all is well."""

    topic: str
    level: Level
    text: str
    remedy: str | None = None


def examine(
    protection: Protection,
    *,
    check_firewall: Callable[[], Iterable[Obstacle]],
    root: Path = ROOT,
    capabilities: int | None = None,
) -> list[Finding]:
    """Look at everything; files are read below `root`. Changes nothing."""
    held = effective() if capabilities is None else capabilities
    return [
        _capability(held, CAP_NET_RAW, "CAP_NET_RAW", "to capture packets"),
        _capability(held, CAP_NET_ADMIN, "CAP_NET_ADMIN", "to change the firewall"),
        *_firewall(check_firewall()),
        *_interfaces(root),
        *_others(root),
        *_logs(root),
        *_tcp_wrappers(root),
        *_tracking(root),
        *(Finding(topic="protection", level="hint", text=gap) for gap in protection.gaps),
    ]


def _capability(held: int, number: int, name: str, purpose: str) -> Finding:
    if held >> number & 1:
        return Finding(topic="rights", level="good", text=f"{name} is there, {purpose}")
    return Finding(topic="rights", level="bad", text=f"{name} is missing, {purpose}", remedy="run as root")


def _firewall(obstacles: Iterable[Obstacle]) -> list[Finding]:
    found = [Finding(topic="firewall", level="bad", text=one.lacks, remedy=one.remedy) for one in obstacles]
    return found or [Finding(topic="firewall", level="good", text="nftables takes our table")]


def _interfaces(root: Path) -> list[Finding]:
    up = []
    for folder in sorted((root / "sys/class/net").glob("*")):
        try:
            flags = int((folder / "flags").read_text(encoding="ascii"), 16)
        except OSError:
            continue  # no interface, or gone just now
        if flags & _IFF_UP and not flags & _IFF_LOOPBACK:
            up.append(folder.name)
    if up:
        return [Finding(topic="interfaces", level="good", text=f"up: {', '.join(up)}")]
    return [Finding(topic="interfaces", level="bad", text="no interface is up", remedy="ip link set eth0 up")]


def _others(root: Path) -> list[Finding]:
    running = set()
    for number, path in enumerate((root / "proc").glob("[0-9]*/comm")):
        if number >= _MAX_PROCESSES:
            break
        try:
            running.add(path.read_text(encoding="utf-8", errors="replace").strip())
        except OSError:
            continue  # it ended just now
    return [
        Finding(topic="conflicts", level="hint", text=text, remedy=remedy)
        for name, (text, remedy) in _OTHERS.items()
        if name[:15] in running
    ]


def _logs(root: Path) -> list[Finding]:
    found = []
    if (root / "run/log/journal").is_dir() and not (root / "var/log/journal").is_dir():
        text = "the journal is kept in memory only and is gone after a reboot"
        found.append(Finding(topic="logs", level="hint", text=text, remedy="mkdir /var/log/journal"))
    firewalld = root / "etc/firewalld/firewalld.conf"
    if firewalld.is_file() and "LogDenied=off" in firewalld.read_text(encoding="utf-8", errors="replace"):
        text = "firewalld does not log what it refuses, so its log shows no scans; the capture does"
        found.append(Finding(topic="logs", level="hint", text=text, remedy="firewall-cmd --set-log-denied=unicast"))
    return found


def _tcp_wrappers(root: Path) -> list[Finding]:
    has_library = any(
        path for folder in ("lib", "usr/lib", "usr/lib64") for path in root.glob(f"{folder}/**/libwrap.so*")
    )
    if has_library:
        return []
    text = "no program here reads hosts.deny: libwrap is not installed"
    return [Finding(topic="hosts.deny", level="hint", text=text, remedy="use the nftables responder")]


def _tracking(root: Path) -> list[Finding]:
    if (root / "proc/sys/net/netfilter/nf_conntrack_max").exists():
        return [Finding(topic="connection tracking", level="good", text="on already")]
    text = "off; our rules switch it on, which costs memory for each connection"
    return [Finding(topic="connection tracking", level="hint", text=text, remedy="observe only, or accept that")]
