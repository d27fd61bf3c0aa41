"""Let the kernel cut off whoever knocks on closed ports, before the detector has decided.

In the input hook, after address translation, a TCP packet without ACK to a port that nobody listens on adds its
(source, port) pair to a set; only a pair that was not there yet counts, so retries to one port never do. A source with
more new pairs than the rate allows is tripped: its packets that belong to no established connection are dropped before
routing for as long as it goes on. Nothing is counted for published ports, replies, protected sources, or sources that
are acquainted: that sent data over a connection both sides had agreed on, within a day.

UDP is left out: a harmless traceroute touches a dozen closed ports at once. A full set lets packets pass, and
`counters` shows how often.
"""

from collections.abc import Iterable, Sequence

import msgspec

from scanwarden.errors import ResponderError
from scanwarden.model.address import Prefix
from scanwarden.model.ports import Ports
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.responders import tooling
from scanwarden.responders.contract import Obstacle

TABLE = "inet scanwarden_tripwire"
MAX_TRIPPED = 4096
_PAIR_S = 60
_ACQUAINTED_S = 86_400
# A lifted source is not tripped again for what it did meanwhile.
_LIFTED_S = 60
# Ports that one client tries in turn for one purpose, as a mail program does that knows only a host's name (RFC 6186):
# of each purpose only the first counts, as with the detector.
_PURPOSES = {
    "mail": "25, 110, 143, 465, 587, 993, 995",
    "web": "80, 443, 8080, 8443",
    "files": "139, 445",
    "printing": "515, 631, 9100",
}
_FAMILIES = (("v4", "ip", "ipv4_addr"), ("v6", "ip6", "ipv6_addr"))
_INSTALL = "install nftables: `apt install nftables` or `dnf install nftables`"


class TripwireRules(msgspec.Struct, frozen=True, kw_only=True):
    """When the wire trips: after `ports` distinct closed ports, `per_second` more are forgiven each second.

    `hold_s` is how long a source stays cut off after its last packet, `capacity` bounds the pairs and sources counted.
    Four closed ports of different purposes open a scan: so the detector has spoken when the wire trips.
    """

    ports: int = 4
    per_second: int = 1
    hold_s: int = 30
    capacity: int = 65_536


class TripwireCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Count packets since the wire was set.

    `knocks` are new pairs of source and closed port, of which `passed` were not counted because a set was full;
    `dropped` packets came from tripped sources.
    """

    knocks: int
    passed: int
    dropped: int


class NftablesTripwire:
    """Drive the table `inet scanwarden_tripwire`. Every method raises ResponderError when nft does not do its work."""

    def __init__(
        self, rules: TripwireRules | None = None, *, protected: PrefixTable | None = None, nft: str = "nft"
    ) -> None:
        self._rules = rules or TripwireRules()
        self._protected = protected or PrefixTable()
        self._nft = nft
        self._open_ports = Ports()

    def check(self) -> Sequence[Obstacle]:
        """Say what the host lacks; changes nothing."""
        if obstacles := tooling.missing_program(self._nft, _INSTALL) or tooling.missing_right():
            return obstacles
        try:
            tooling.run([self._nft, "-c", "-f", "-"], stdin=setup(self._rules))
        except ResponderError as error:
            return [
                Obstacle(lacks=f"what the tripwire needs: {error.message}", remedy="update nftables and the kernel")
            ]
        return []

    def set_up(self, open_ports: Ports) -> None:
        """Set the wire with the ports that somebody listens on; setting it again forgets who was tripped."""
        script = setup(self._rules) + _renewed("protected", self._protected.merged()) + _opened(open_ports)
        tooling.run([self._nft, "-f", "-"], stdin=script)
        self._open_ports = open_ports

    def protect_from_start(self, protected: PrefixTable) -> None:
        """Never trip on these when the wire is set next."""
        self._protected = protected

    def protect(self, protected: PrefixTable) -> None:
        """Never trip on these from now on."""
        tooling.run([self._nft, "-f", "-"], stdin=_renewed("protected", protected.merged()))
        self._protected = protected

    def listen(self, open_ports: Ports) -> bool:
        """Follow the ports that somebody listens on; False if they were known. Costs nothing when they were."""
        if open_ports == self._open_ports:
            return False
        tooling.run([self._nft, "-f", "-"], stdin=_opened(open_ports))
        self._open_ports = open_ports
        return True

    def tripped(self) -> list[Prefix]:
        """Return who is cut off now, at most 4,096 of each family."""
        return [source for family, _, _ in _FAMILIES for source in self._elements(f"tripped_{family}")]

    def lift(self, sources: Iterable[Prefix]) -> None:
        """Let sources in again that the detector does not find guilty, and do not trip on them for a minute."""
        lines = []
        for source in sources:
            name = str(source.address)
            tripped, acquainted = f"{TABLE} tripped_v{source.version}", f"{TABLE} acquainted_v{source.version}"
            # Adding first makes the deletion of what has just expired succeed.
            lines += [f"add element {tripped} {{ {name} timeout 1s }}", f"delete element {tripped} {{ {name} }}"]
            lines.append(f"add element {acquainted} {{ {name} timeout {_LIFTED_S}s }}")
        if lines:
            tooling.run([self._nft, "-f", "-"], stdin="\n".join(lines) + "\n")

    def counts(self) -> TripwireCounts:
        """Return what was counted since the wire was set."""
        printed = tooling.run([self._nft, "-j", "list", "counters", "table", *TABLE.split()]).stdout
        packets = {counter.name: counter.packets for counter in _counters(printed)}
        knocks = packets.get("knocks", 0)
        return TripwireCounts(
            knocks=knocks, passed=max(0, knocks - packets.get("counted", 0)), dropped=packets.get("dropped", 0)
        )

    def is_intact(self) -> bool:
        """Say whether the wire is still set."""
        lengths = []
        for chain in ("drops", "knocks"):
            completed = tooling.run([self._nft, "-j", "list", "chain", *TABLE.split(), chain], check=False)
            lengths.append(completed.stdout.count(b'"rule":') if completed.returncode == 0 else 0)
        return lengths == [len(drop_rules(self._rules)), len(knock_rules(self._rules))]

    def cleanup(self) -> None:
        """Take the wire away; no error when it is not there."""
        tooling.run([self._nft, "-f", "-"], stdin=f"add table {TABLE}\ndelete table {TABLE}\n")

    def _elements(self, name: str) -> list[Prefix]:
        printed = tooling.run([self._nft, "-j", "list", "set", *TABLE.split(), name]).stdout
        return [Prefix.parse(element) for element in _set_elements(printed)]


def setup(rules: TripwireRules) -> str:
    """Return one transaction that replaces the whole table."""
    lines = [f"add table {TABLE}", f"delete table {TABLE}", f"add table {TABLE}"]
    lines += [f"add counter {TABLE} {name}" for name in ("knocks", "counted", "dropped")]
    lines.append(f"add set {TABLE} open_tcp {{ type inet_service; flags interval; }}")
    for family, _, kind in _FAMILIES:
        lines += [
            f"add set {TABLE} protected_{family} {{ type {kind}; flags interval; }}",
            _dynamic(f"acquainted_{family}", kind, rules.capacity, _ACQUAINTED_S),
            _dynamic(f"pairs_{family}", f"{kind} . inet_service", rules.capacity, _PAIR_S),
            _dynamic(f"suspects_{family}", kind, rules.capacity, _PAIR_S),
            *(_dynamic(f"{purpose}_{family}", kind, rules.capacity, _PAIR_S) for purpose in _PURPOSES),
            _dynamic(f"tripped_{family}", kind, MAX_TRIPPED, rules.hold_s),
        ]
    # Just before the bans (-150), and in the input hook before anybody else's filter.
    lines.append(f"add chain {TABLE} drops {{ type filter hook prerouting priority -151; policy accept; }}")
    lines.append(f"add chain {TABLE} knocks {{ type filter hook input priority -10; policy accept; }}")
    lines += [f"add rule {TABLE} drops {rule}" for rule in drop_rules(rules)]
    lines += [f"add rule {TABLE} knocks {rule}" for rule in knock_rules(rules)]
    return "\n".join(lines) + "\n"


def drop_rules(rules: TripwireRules) -> list[str]:
    """Return the rules that drop tripped sources, except what belongs to an established connection."""
    hold = f"timeout {rules.hold_s}s"
    return [
        'iifname "lo" accept',
        "ct direction reply accept",
        "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } ip6 hoplimit 255 accept",
        *(f"{ip} saddr @{kind}_{family} accept" for kind in ("protected", "acquainted") for family, ip, _ in _FAMILIES),
        *(
            f"{ip} saddr @tripped_{family} ct state {{ new, invalid, untracked }} "
            f"update @tripped_{family} {{ {ip} saddr {hold} }} counter name dropped drop"
            for family, ip, _ in _FAMILIES
        ),
    ]


def knock_rules(rules: TripwireRules) -> list[str]:
    """Return the rules that make acquaintances and count knocks on closed ports."""
    limit = f"limit rate over {rules.per_second}/second burst {rules.ports} packets"
    return [
        'iifname "lo" accept',
        "ct direction reply accept",
        # Data over a connection that both sides agreed on cannot be forged: it acknowledges our sequence number.
        *(
            f"ct state established tcp flags & (syn | psh) == psh "
            f"add @acquainted_{family} {{ {ip} saddr timeout {_ACQUAINTED_S}s }} accept"
            for family, ip, _ in _FAMILIES
        ),
        "ct state established,related accept",
        "ct status dnat accept",
        *(f"{ip} saddr @{kind}_{family} accept" for kind in ("protected", "acquainted") for family, ip, _ in _FAMILIES),
        # Every segment of a real connection but the first has ACK (RFC 9293 3.5); answers to forged packets have ACK
        # or RST, and are not knocks.
        "meta l4proto != tcp accept",
        "tcp flags & (ack | rst) != 0x0 accept",
        "tcp dport @open_tcp accept",
        "fib daddr type != local accept",
        *(rule for family, ip, _ in _FAMILIES for rule in _first_of_each_purpose(family, ip)),
        *(rule for family, ip, _ in _FAMILIES for rule in _counting(family, ip, limit, rules)),
    ]


def _first_of_each_purpose(family: str, ip: str) -> list[str]:
    """Return the rules that let a source's further ports of one purpose pass without being counted, for a minute."""
    return [
        rule
        for purpose, ports in _PURPOSES.items()
        for rule in (
            f"tcp dport {{ {ports} }} {ip} saddr @{purpose}_{family} accept",
            f"tcp dport {{ {ports} }} add @{purpose}_{family} {{ {ip} saddr timeout {_PAIR_S}s }}",
        )
    ]


def _counting(family: str, ip: str, limit: str, rules: TripwireRules) -> list[str]:
    pair = f"{ip} saddr . tcp dport"
    is_new = f"{pair} != @pairs_{family}"
    count = f"add @pairs_{family} {{ {pair} timeout {_PAIR_S}s }} counter name counted"
    judge = f"update @suspects_{family} {{ {ip} saddr {limit} }}"
    trip = f"add @tripped_{family} {{ {ip} saddr timeout {rules.hold_s}s }} counter name dropped drop"
    return [f"{is_new} counter name knocks", f"{is_new} {count} {judge} {trip}"]


def _dynamic(name: str, kind: str, size: int, timeout_s: int) -> str:
    return f"add set {TABLE} {name} {{ type {kind}; flags dynamic, timeout; size {size}; timeout {timeout_s}s; }}"


def _renewed(name: str, networks: Iterable[Prefix]) -> str:
    by_version: dict[int, list[str]] = {4: [], 6: []}
    for network in networks:
        by_version[network.version].append(str(network))
    lines = []
    for version, names in by_version.items():
        lines.append(f"flush set {TABLE} {name}_v{version}")
        if names:
            lines.append(f"add element {TABLE} {name}_v{version} {{ {', '.join(names)} }}")
    return "\n".join(lines) + "\n"


def _opened(ports: Ports) -> str:
    flush = f"flush set {TABLE} open_tcp\n"
    return flush if not ports else f"{flush}add element {TABLE} open_tcp {{ {str(ports).replace(',', ', ')} }}\n"


class _Counter(msgspec.Struct):
    name: str
    packets: int = 0


class _CounterEntry(msgspec.Struct):
    counter: _Counter | None = None


class _Counters(msgspec.Struct):
    nftables: list[_CounterEntry]


class _Timed(msgspec.Struct):
    val: str


class _Element(msgspec.Struct):
    elem: _Timed


class _Set(msgspec.Struct):
    elem: list[_Element] = []


class _SetEntry(msgspec.Struct):
    set: _Set | None = None


class _Sets(msgspec.Struct):
    nftables: list[_SetEntry]


def _counters(printed: bytes) -> list[_Counter]:
    try:
        entries = msgspec.json.decode(printed, type=_Counters).nftables
    except msgspec.MsgspecError as error:
        raise ResponderError(f"nft printed counters that are not understood: {error}") from error
    return [entry.counter for entry in entries if entry.counter is not None]


def _set_elements(printed: bytes) -> list[str]:
    try:
        entries = msgspec.json.decode(printed, type=_Sets).nftables
    except msgspec.MsgspecError as error:
        raise ResponderError(f"nft printed a set that is not understood: {error}") from error
    return [element.elem.val for entry in entries if entry.set is not None for element in entry.set.elem]
