"""Look at the host before scanwarden runs on it: what is missing, what gets in the way, and what to do about each."""

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from scanwarden.daemon import surroundings
from scanwarden.daemon.clients import clients
from scanwarden.daemon.privileges import CAP_NET_ADMIN, CAP_NET_RAW, effective
from scanwarden.daemon.protection import Protection
from scanwarden.daemon.surroundings import Finding
from scanwarden.model.address import Address
from scanwarden.responders.contract import Obstacle

ROOT = Path("/")
_IFF_UP, _IFF_LOOPBACK = 0x1, 0x8  # linux/if.h


class Host(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of the kernel and not read from files; each may be asked of another host instead."""

    is_clock_synchronised: Callable[[], bool] = surroundings.is_clock_synchronised
    release: Callable[[], str] = surroundings.release
    clients: Callable[[], Counter[Address]] = clients


def examine(
    protection: Protection,
    *,
    check_firewall: Callable[[], Iterable[Obstacle]],
    root: Path = ROOT,
    capabilities: int | None = None,
    host: Host | None = None,
) -> list[Finding]:
    """Look at everything; files are read below `root`, the rest is asked of `host`. Changes nothing."""
    host = host or Host()
    held = effective() if capabilities is None else capabilities
    return [
        _capability(held, CAP_NET_RAW, "CAP_NET_RAW", "to capture packets"),
        _capability(held, CAP_NET_ADMIN, "CAP_NET_ADMIN", "to change the firewall"),
        *_firewall(check_firewall()),
        *_interfaces(root),
        *surroundings.others(root),
        *_logs(root),
        *_tcp_wrappers(root),
        *_tracking(root),
        surroundings.clock(is_synchronised=host.is_clock_synchronised),
        *surroundings.kernel(host.release(), root),
        *surroundings.selinux(root),
        *surroundings.proxy(host.clients),
        *(Finding(topic="protection", level="hint", text=gap) for gap in protection.gaps),
    ]


def examine_responder(name: str, check: Callable[[], Iterable[Obstacle]]) -> list[Finding]:
    """Say what the host lacks for a responder beside nftables. Changes nothing."""
    topic = f"responder {name}"
    found = [Finding(topic=topic, level="bad", text=one.lacks, remedy=one.remedy) for one in check()]
    return found or [Finding(topic=topic, level="good", text="this host has what it needs")]


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
        path
        for folder in ("lib", "lib64", "usr/lib", "usr/lib64", "lib/*", "usr/lib/*")
        for path in root.glob(f"{folder}/libwrap.so*")
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
