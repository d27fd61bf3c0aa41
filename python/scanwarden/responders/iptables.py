"""Ban with ipset and one chain of iptables and ip6tables, for hosts without nftables."""

import time
from collections.abc import Iterator, Sequence

from scanwarden.errors import ResponderError
from scanwarden.model.address import Prefix
from scanwarden.model.ban import Ban
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.responders import tooling
from scanwarden.responders.contract import MonotonicClock, Obstacle
from scanwarden.responders.keeper import Keeper
from scanwarden.responders.tool import Arming, Traits

DEFAULT_MAX_BANS = 65_536
MAX_NETWORKS = 4096
CHAIN = "SCANWARDEN"
# The mangle table is passed before the nat table: published ports of containers are covered.
TABLE = "mangle"
_GRADES = ("verified", "forgeable")
_FAMILIES = {"4": "inet", "6": "inet6"}
_PROGRAMS = {"4": "iptables", "6": "ip6tables"}
_HALVES = (("0.0.0.0/1", "128.0.0.0/1"), ("::/1", "8000::/1"))
_INSTALL = "install it: `apt install iptables ipset` or `dnf install iptables ipset`"


class IptablesTool:
    """Drive our ipsets and our chain; wants iptables 1.4.20 or later, which waits for the lock (`-w`)."""

    def __init__(self, *, max_bans: int) -> None:
        self.traits = Traits(name="iptables", max_networks=MAX_NETWORKS)
        self._max_bans = max_bans

    def check(self) -> Sequence[Obstacle]:
        """Say which program or right is missing, or that the kernel has no ipsets."""
        for program in ("ipset", *_PROGRAMS.values()):
            if obstacles := tooling.missing_program(program, _INSTALL):
                return obstacles
        if obstacles := tooling.missing_right():
            return obstacles
        try:
            tooling.run(["ipset", "list", "-name"])
        except ResponderError as error:
            return [Obstacle(lacks=f"ipsets: {error.message}", remedy="use a kernel with CONFIG_IP_SET")]
        return []

    def objections(self, bans: Sequence[Ban]) -> Sequence[str | None]:
        """Return None for each: every ban can be made as it was meant."""
        return [None] * len(bans)

    def set_up(self, protected: Sequence[Prefix], running: Sequence[Prefix]) -> None:  # noqa: ARG002 - the kernel ends bans
        """Create what is missing and renew the rules; bans that are there stay."""
        tooling.run(["ipset", "-exist", "restore"], stdin="\n".join(_created(self._max_bans)) + "\n")
        self.protect(protected)
        for version, program in _PROGRAMS.items():
            # `--noflush` replaces our chain alone, in one step.
            rules = [f":{CHAIN} - [0:0]", *(f"-A {CHAIN} {rule}" for rule in rules_of(version))]
            lines = [f"*{TABLE}", *rules, "COMMIT", ""]
            tooling.run([f"{program}-restore", "-w", "--noflush"], stdin="\n".join(lines))
            self._put_first(program)

    def protect(self, protected: Sequence[Prefix]) -> None:
        """Let exactly these networks through first: fill a new set, then swap it in."""
        lines = []
        for version, family in _FAMILIES.items():
            name, fresh = f"scanwarden-protected-{version}", f"scanwarden-fresh-{version}"
            lines += [f"create {fresh} hash:net family {family}", f"flush {fresh}"]
            lines += [f"add {fresh} {part}" for network in protected for part in _parts(network, version)]
            lines += [f"swap {fresh} {name}", f"destroy {fresh}"]
        tooling.run(["ipset", "-exist", "restore"], stdin="\n".join(lines) + "\n")

    def put(self, bans: Sequence[Arming]) -> None:
        """Put bans in; adding an element again restarts its timeout (ipset(8))."""
        lines = [
            f"add {_set_of(ban.source, _grade(ban.spare_established))} {_element(ban.source)} "
            f"timeout {-(-ban.timeout_ms // 1000)}"
            for ban in bans
        ]
        lines += [
            f"del {_set_of(ban.source, _grade(not ban.spare_established))} {_element(ban.source)}"
            for ban in bans
            if ban.is_regraded
        ]
        tooling.run(["ipset", "-exist", "restore"], stdin="\n".join(lines) + "\n")

    def take_out(self, sources: Sequence[Prefix]) -> None:
        """Take sources out of the sets of both grades; with `-exist` absent ones are no error."""
        lines = [f"del {_set_of(source, grade)} {_element(source)}" for source in sources for grade in _GRADES]
        if lines:
            tooling.run(["ipset", "-exist", "restore"], stdin="\n".join(lines) + "\n")

    def holds(self, source: Prefix) -> bool:
        """Ask the kernel for this one element."""
        commands = [["ipset", "-q", "test", _set_of(source, grade), _element(source)] for grade in _GRADES]
        return any(tooling.run(command, check=False).returncode == 0 for command in commands)

    def is_in_place(self) -> bool:
        """Say whether both families have our chain with all its rules, and go through it first."""
        return all(self._is_family_in_place(version, program) for version, program in _PROGRAMS.items())

    def remove(self) -> None:
        """Delete our chain, the rule that leads to it, and our sets."""
        for program in _PROGRAMS.values():
            if self._rules(program, CHAIN) is None:
                continue
            while (
                tooling.run([program, "-w", "-t", TABLE, "-D", "PREROUTING", "-j", CHAIN], check=False).returncode == 0
            ):
                pass
            tooling.run([program, "-w", "-t", TABLE, "-F", CHAIN])
            tooling.run([program, "-w", "-t", TABLE, "-X", CHAIN])
        present = tooling.run(["ipset", "list", "-name"]).text.split()
        for name in present:
            if name.startswith("scanwarden-"):
                tooling.run(["ipset", "destroy", name])

    def close(self) -> None:
        """Do nothing: no process outlives its change."""

    def _put_first(self, program: str) -> None:
        rules = self._rules(program, "PREROUTING") or []
        if f"-A PREROUTING -j {CHAIN}" not in rules[:1]:
            tooling.run([program, "-w", "-t", TABLE, "-D", "PREROUTING", "-j", CHAIN], check=False)
            tooling.run([program, "-w", "-t", TABLE, "-I", "PREROUTING", "1", "-j", CHAIN])

    def _is_family_in_place(self, version: str, program: str) -> bool:
        leading, own = self._rules(program, "PREROUTING"), self._rules(program, CHAIN)
        is_first = leading is not None and leading[:1] == [f"-A PREROUTING -j {CHAIN}"]
        return is_first and own is not None and len(own) == len(rules_of(version))

    def _rules(self, program: str, chain: str) -> list[str] | None:
        """Return the rules of a chain; None if there is no such chain."""
        completed = tooling.run([program, "-w", "-t", TABLE, "-S", chain], check=False)
        if completed.returncode != 0:
            return None
        return [line for line in completed.text.splitlines() if line.startswith("-A ")]


class IptablesResponder(Keeper):
    """Ban with ipset and iptables, at most `max_bans` at once."""

    def __init__(
        self,
        *,
        protected: PrefixTable | None = None,
        max_bans: int = DEFAULT_MAX_BANS,
        now_ns: MonotonicClock = time.monotonic_ns,
    ) -> None:
        super().__init__(IptablesTool(max_bans=max_bans), max_bans=max_bans, protected=protected, now_ns=now_ns)


def rules_of(version: str) -> list[str]:
    """Return the rules of our chain for "4" or "6", in order; they mean what `nftables.ruleset.rules` means."""
    neighbours = [
        f"-p icmpv6 -m icmp6 --icmpv6-type {kind} -m hl --hl-eq 255 -j RETURN" for kind in (135, 136) if version == "6"
    ]
    drops = [
        f"-m set --match-set scanwarden-{grade}-{shape}-{version} src {condition}-j DROP"
        for grade, condition in (
            ("verified", ""),
            ("forgeable", "-m conntrack --ctstate INVALID,NEW,UNTRACKED "),
        )
        for shape in ("hosts", "nets")
    ]
    return [
        "-i lo -j RETURN",
        "-m conntrack --ctdir REPLY -j RETURN",
        *neighbours,
        f"-m set --match-set scanwarden-protected-{version} src -j RETURN",
        *drops,
    ]


def _created(max_bans: int) -> Iterator[str]:
    for version, family in _FAMILIES.items():
        yield f"create scanwarden-protected-{version} hash:net family {family}"
        for grade in _GRADES:
            for shape, kind, size in (("hosts", "hash:ip", max_bans), ("nets", "hash:net", MAX_NETWORKS)):
                yield f"create scanwarden-{grade}-{shape}-{version} {kind} family {family} maxelem {size} timeout 600"


def _parts(network: Prefix, version: str) -> list[str]:
    """Write a network for a set of this version; a hash:net set cannot hold /0, but both of its halves (ipset(8))."""
    if str(network.version) != version:
        return []
    if network.length == 0:
        return list(_HALVES[version == "6"])
    return [str(network)]


def _grade(spare_established: bool) -> str:
    return "forgeable" if spare_established else "verified"


def _set_of(source: Prefix, grade: str) -> str:
    return f"scanwarden-{grade}-{'hosts' if source.is_single else 'nets'}-{source.version}"


def _element(source: Prefix) -> str:
    return str(source.address) if source.is_single else str(source)
