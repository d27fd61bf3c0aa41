"""Read one network namespace: its interfaces, addresses, routes, sockets and rules."""

import ctypes
import ipaddress
import json
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from msgspec import Struct

from scanwarden.audit.firewall.reading import read_ruleset, run_here
from scanwarden.audit.firewall.rules import Ruleset
from scanwarden.audit.firewall.spans import Spans
from scanwarden.audit.owners import PROC, pids
from scanwarden.audit.sockets import Socket, open_sockets
from scanwarden.errors import SensorError
from scanwarden.hostcmd import HostCommandError

Json = Any
_T = TypeVar("_T")
_CLONE_NEWNET = 0x4000_0000  # linux/sched.h
MAX_NAMESPACES = 256
_CAP_SYS_ADMIN = 21  # linux/capability.h
NAMED = Path("/run/netns")


class Interface(Struct, frozen=True, kw_only=True):
    """A network interface that is up, with its addresses in the order the kernel gives them."""

    number: int
    name: str
    kind: str = ""
    is_loopback: bool = False
    is_up: bool = True
    networks: tuple[str, ...] = ()

    def addresses(self, version: int) -> list[str]:
        """Give the addresses of one IP version, link-local ones last."""
        found = [one.partition("/")[0] for one in self.networks if (":" in one) == (version == 6)]
        return sorted(found, key=lambda one: ipaddress.ip_address(one).is_link_local)


class Network:
    """One network namespace. `pid` names a process in it; None is the caller's own."""

    def __init__(self, pid: int | None = None, *, label: str = "") -> None:
        self.pid = pid
        self.label = label
        self._inside = [] if pid is None else ["nsenter", f"--net=/proc/{pid}/ns/net", "--"]
        self._routes: dict[str, str | None] = {}
        self.interfaces: tuple[Interface, ...] = self._read_interfaces()
        self.sockets: tuple[Socket, ...] = tuple(self.visit(open_sockets))
        self._ruleset: Ruleset | None = None

    @property
    def ruleset(self) -> Ruleset:
        """Return the rules in force, read on first use."""
        if self._ruleset is None:
            self._ruleset = read_ruleset(self.run, proc_net=Path(f"/proc/{self.pid or 'thread-self'}/net"))
        return self._ruleset

    def run(self, argv: Sequence[str]) -> str:
        """Run a command inside; raises HostCommandError."""
        return run_here([*self._inside, *argv])

    def visit(self, work: Callable[[], _T]) -> _T:
        """Return what `work` returns inside; raises SensorError if the namespace cannot be entered."""
        return work() if self.pid is None else _visited(self.pid, work)

    def local(self, version: int) -> Spans:
        """Give every address of this namespace as numbers."""
        return Spans(
            (number, number)
            for interface in self.interfaces
            for address in interface.addresses(version)
            for number in [int(ipaddress.ip_address(address))]
        ) | (Spans.network("127.0.0.0/8") if version == 4 else Spans())

    def way_to(self, address: str) -> str | None:
        """Name the interface by which an address is reached from here; None if there is no way."""
        if address not in self._routes:
            try:
                found = json.loads(self.run(["ip", "-json", "route", "get", address]))
            except (HostCommandError, ValueError):
                found = []
            self._routes[address] = found[0].get("dev") if found else None
        return self._routes[address]

    def gateways(self) -> set[str]:
        """Give the gateways of the default routes."""
        found: set[str] = set()
        for family in ("-4", "-6"):
            try:
                routes = json.loads(self.run(["ip", family, "-json", "route", "show", "default"]) or "[]")
            except (HostCommandError, ValueError):
                continue
            found |= {route["gateway"] for route in routes if "gateway" in route}
        return found

    def forwards(self, version: int, interface: str) -> bool:
        """Say whether packets that arrive there are passed on (ip-sysctl: conf/*/forwarding)."""
        name = f"/proc/sys/net/ipv{version}/conf/{'all' if version == 6 else interface}/forwarding"

        def read() -> bool:
            try:
                return Path(name).read_text(encoding="ascii").strip() not in ("", "0")
            except OSError:
                return False

        return self.visit(read)

    def _read_interfaces(self) -> tuple[Interface, ...]:
        try:
            listed = json.loads(self.run(["ip", "-json", "-details", "address", "show"]))
        except (HostCommandError, ValueError) as error:
            raise SensorError(f"the addresses of this host cannot be read: {error}") from error
        return tuple(_interface(one) for one in listed if "ifname" in one)


def other_networks(own: Network) -> tuple[list[Network], int]:
    """Give the namespaces whose traffic passes this one, and count the others that are left out.

    Those are the ones whose default route leads to an address of ours, as containers have it. Needs root.
    """
    ours = {address for interface in own.interfaces for one in (4, 6) for address in interface.addresses(one)}
    seen = {_namespace_of(os.getpid())}
    names = _named_namespaces()
    found: list[Network] = []
    left_out = 0
    for pid in pids(PROC):
        namespace = _namespace_of(pid)
        if namespace is None or namespace in seen or len(seen) > MAX_NAMESPACES:
            continue
        seen.add(namespace)
        try:
            network = Network(pid, label=names.get(namespace, f"net:[{namespace}]"))
        except SensorError:
            continue  # it has just gone, or may not be entered
        if network.gateways() & ours:
            found.append(network)
        else:
            left_out += bool(network.sockets)
    return found, left_out


def may_enter() -> bool:
    """Say whether this process may look into the namespaces of others (CAP_SYS_ADMIN, see setns(2))."""
    status = (PROC / "thread-self/status").read_text(encoding="ascii", errors="replace")
    effective = next((line.split()[1] for line in status.splitlines() if line.startswith("CapEff:")), "0")
    return bool(int(effective, 16) & 1 << _CAP_SYS_ADMIN)


def _namespace_of(pid: int) -> int | None:
    try:
        return (PROC / str(pid) / "ns/net").stat().st_ino
    except OSError:
        return None


def _named_namespaces() -> dict[int, str]:
    """Give the names that ip-netns(8) knows, by number."""
    found: dict[int, str] = {}
    for path in NAMED.iterdir() if NAMED.is_dir() else ():
        try:
            found[path.stat().st_ino] = f"netns {path.name}"
        except OSError:
            continue  # removed just now
    return found


def _interface(listed: Json) -> Interface:
    return Interface(
        number=listed["ifindex"],
        name=listed["ifname"],
        kind=listed.get("linkinfo", {}).get("info_kind", ""),
        is_loopback="LOOPBACK" in listed["flags"],
        is_up="UP" in listed["flags"],
        networks=tuple(f"{one['local']}/{one['prefixlen']}" for one in listed.get("addr_info", ()) if "local" in one),
    )


def _visited(pid: int, work: Callable[[], _T]) -> _T:
    """Run `work` in a thread of its own in the namespace of a process: setns(2) moves one thread."""
    outcomes: list[_T] = []
    failures: list[BaseException] = []

    def inside() -> None:
        try:
            descriptor = os.open(PROC / str(pid) / "ns/net", os.O_RDONLY | os.O_CLOEXEC)
            try:
                if ctypes.CDLL(None, use_errno=True).setns(descriptor, _CLONE_NEWNET) != 0:
                    raise SensorError(
                        f"the network of process {pid} cannot be entered: {os.strerror(ctypes.get_errno())}"
                    )
            finally:
                os.close(descriptor)
            outcomes.append(work())
        except OSError as error:
            failures.append(SensorError(f"the network of process {pid} cannot be entered: {error.strerror}"))
        except BaseException as failure:  # noqa: BLE001 - raised again below, in the caller's thread
            failures.append(failure)

    thread = threading.Thread(target=inside, name="visit a namespace")
    thread.start()
    thread.join()
    if failures:
        raise failures[0]
    return outcomes[0]
