"""State what the detector says about a scan: the immutable detection and its parts."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta, Struct

from scanwarden.model.address import Address, Prefix
from scanwarden.model.ports import PortNumber, Ports
from scanwarden.model.time import Timestamp

Technique = Literal[
    "tcp_syn",
    "tcp_connect",
    "tcp_fin",
    "tcp_null",
    "tcp_xmas",
    "tcp_maimon",
    "tcp_ack",
    "tcp_rst",
    "tcp_synfin",
    "tcp_flags",
    "udp",
    "sctp_init",
    "sctp_cookie_echo",
    "ip_protocol",
    "icmp_echo",
    "icmp_timestamp",
    "icmp_address_mask",
    "arp",
    "ftp_bounce",
    "idle",
]
Stage = Literal["ports", "version", "os"]
Trick = Literal[
    "bad_checksum",
    "extension_headers",
    "fragments",
    "ip_options",
    "overlapping_fragments",
    "source_port",
    "source_route",
    "tiny_fragments",
]
Pattern = Literal["vertical", "horizontal", "block", "strobe"]
Pace = Literal["burst", "steady", "slow"]
Outcome = Literal["open", "closed", "filtered", "unknown"]
GroupKind = Literal["decoys", "distributed", "rotation"]
PROGRESS = "progress"
"""The reason of an update that only brings the totals of a scan that goes on."""
ScanId = Annotated[str, Meta(pattern=r"^sw-[0-9a-f]{16}$", description="Names one scan in every record about it.")]
Severity = Annotated[int, Meta(ge=1, le=5)]
Count = Annotated[int, Meta(ge=0)]


# Left out of a record unless it is so.
Acquainted = Annotated[
    bool | msgspec.UnsetType,
    Meta(
        description="It had exchanged data here over a connection that proved its address, before its scan began: "
        "somebody else may scan in its name."
    ),
]


class Member(Struct, frozen=True, kw_only=True):
    """One address of a group."""

    address: Annotated[Address, Meta(description="One address of the group.")]
    verified: Annotated[bool, Meta(description="It completed a handshake, so the address is not forged.")]
    acquainted: Acquainted = msgspec.UNSET


class Source(Struct, frozen=True, kw_only=True):
    """Where the probes of a scan claim to come from."""

    address: Annotated[Address | None, Meta(description="The first address seen; null for a group.")]
    prefix: Annotated[Prefix | None, Meta(description="The key the evidence was summed over; null for a group.")]
    members: Annotated[tuple[Member, ...], Meta(description="The addresses of a group; empty otherwise.")] = ()
    verified: Annotated[bool, Meta(description="The return path is proved by a completed handshake.")] = False
    acquainted: Acquainted = msgspec.UNSET


class Target(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One probed address with what was probed there, each as compact ranges; ARP targets have none."""

    address: Annotated[Address, Meta(description="The probed address.")]
    tcp: Annotated[Ports | None, Meta(description="TCP ports.")] = None
    udp: Annotated[Ports | None, Meta(description="UDP ports.")] = None
    sctp: Annotated[Ports | None, Meta(description="SCTP ports.")] = None
    ip_protocol: Annotated[Ports | None, Meta(description="IP protocol numbers.")] = None
    icmp: Annotated[Ports | None, Meta(description="ICMP types.")] = None
    rounded: Annotated[
        bool,
        Meta(
            description="The lists may hold more than was probed: an update that only tells totals fills gaps of up to "
            "126 in a list of more than 1,024 ranges. The record that closes the scan is exact."
        ),
    ] = False

    KINDS: ClassVar[tuple[str, ...]] = ("tcp", "udp", "sctp", "ip_protocol", "icmp")

    @classmethod
    def of(cls, address: Address, touched: Mapping[str, Ports]) -> "Target":
        """Make a target of the probed numbers by kind, as `touched` gives them."""
        tcp, udp, sctp, ip_protocol, icmp = (touched.get(kind) for kind in cls.KINDS)
        return cls(address=address, tcp=tcp, udp=udp, sctp=sctp, ip_protocol=ip_protocol, icmp=icmp)

    @property
    def touched(self) -> dict[str, Ports]:
        """Give the probed numbers by kind (`tcp`, `udp`, …), leaving out what was not probed."""
        return {kind: ports for kind in self.KINDS if (ports := getattr(self, kind))}


class Outcomes(Struct, frozen=True, kw_only=True):
    """How many contacts ended how; `open` is a word of the field, as nmap defines it."""

    open: Annotated[Count, Meta(description="Answered: something listens.")] = 0
    closed: Annotated[Count, Meta(description="Refused: nothing listens.")] = 0
    filtered: Annotated[Count, Meta(description="No answer, or an ICMP error: a firewall.")] = 0
    unknown: Annotated[Count, Meta(description="No clear answer.")] = 0

    @property
    def contacts(self) -> int:
        """Give the number of contacts in all."""
        return self.open + self.closed + self.filtered + self.unknown


class EvidencePart(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One contact and what it weighed."""

    rule: Annotated[str, Meta(description="The row of the weight table that applied.")]
    contact: Annotated[str, Meta(description="What was touched, such as `tcp/23 at 192.0.2.1`.")]
    outcome: Annotated[Outcome, Meta(description="What the source learnt.")]
    nats: Annotated[float, Meta(description="What the contact added.")]
    time: Annotated[Timestamp, Meta(description="When it was weighed.")]
    source: Annotated[
        Address | None, Meta(description="The member that made it; left out where the scan has one source.")
    ] = None
    source_port: Annotated[
        PortNumber | None,
        Meta(description="The port it came from; left out where probes have none, or a log does not tell."),
    ] = None

    @property
    def place(self) -> tuple[str, int, str] | None:
        """Give the kind of port, its number and the target's address; None where the contact is with no port."""
        kind, slash, rest = self.contact.partition("/")
        number, at, target = rest.partition(" at ")
        if slash and at and number.isascii() and number.isdigit() and len(number) <= 5:
            return kind, int(number), target
        return None


class Evidence(Struct, frozen=True, kw_only=True):
    """The evidence of a scan in nats, the threshold it crossed, and the contacts behind it."""

    nats: Annotated[float, Meta(description="The sum so far; it halves in a day.")]
    threshold: Annotated[float, Meta(description="The sum at which a scan opens.")]
    parts: Annotated[tuple[EvidencePart, ...], Meta(description="The contacts, oldest first; bounded.")] = ()
    parts_left_out: Annotated[int, Meta(ge=0, description="Parts beyond the bounded list.")] = 0


class Tool(Struct, frozen=True, kw_only=True):
    """The program that seems to have made the probes."""

    name: Annotated[str, Meta(description="Name of the program.")]
    confidence: Annotated[float, Meta(ge=0, le=1, description="From 0 to 1.")]


class Detection(Struct, frozen=True, kw_only=True, tag_field="event"):
    """State what is known about one scan at one time; its three kinds differ only in `event`."""

    id: ScanId
    time: Annotated[Timestamp, Meta(description="When this statement was decided, by the packets' clock.")]
    first_seen: Annotated[Timestamp, Meta(description="Time of the first probe.")]
    last_seen: Annotated[Timestamp, Meta(description="Time of the last probe so far.")]
    source: Annotated[Source, Meta(description="Where the probes claim to come from.")]
    group: Annotated[GroupKind | None, Meta(description="How several sources act as one; null for one source.")] = None
    part_of: Annotated[ScanId | None, Meta(description="The group's scan that this one folded into.")] = None
    reason: Annotated[str | None, Meta(description="Why an update was made.")] = None
    targets: Annotated[tuple[Target, ...], Meta(description="What was probed, host by host; bounded.")]
    techniques: Annotated[tuple[Technique, ...], Meta(description="How the probes were made, in order of appearance.")]
    stages: Annotated[tuple[Stage, ...], Meta(description="What it asked for: ports, then versions, the system.")] = ()
    tricks: Annotated[
        tuple[Trick, ...], Meta(description="How its packets were made to slip past filters, sorted; weighs nothing.")
    ] = ()
    pattern: Annotated[
        Pattern,
        Meta(description="Shape over ports and hosts: many ports of one host, one on many, both, a few on many."),
    ]
    pace: Annotated[Pace, Meta(description="How fast.")]
    outcomes: Annotated[Outcomes, Meta(description="How many contacts ended how.")]
    learnt_open: Annotated[tuple[Target, ...], Meta(description="Open ports whose answer the source saw.")] = ()
    probes: Annotated[int, Meta(ge=0, description="Packets that touched a port or host here.")]
    packets: Annotated[int, Meta(ge=0, description="All packets of the source, and our answers to it.")]
    evidence: Annotated[Evidence, Meta(description="Why this is called a scan.")]
    severity: Annotated[Severity, Meta(description="1 hardly matters, 5 is urgent.")]
    tool: Annotated[Tool | None, Meta(description="Null when unknown.")] = None
    attack: Annotated[tuple[str, ...], Meta(description="MITRE ATT&CK technique ids.")] = ()
    sensor: Annotated[str, Meta(description="What saw the packets: `live:INTERFACE` or `replay:FILE`.")]

    @property
    def duration_s(self) -> float:
        """Give the seconds between first and last probe."""
        return self.last_seen.seconds_since(self.first_seen)

    @property
    def is_rounded(self) -> bool:
        """Say whether some target's lists hold more than was probed."""
        return any(target.rounded for target in self.targets)

    @property
    def is_forgeable(self) -> bool:
        """Say whether the source may be forged: no handshake proves its return path, or only one before the scan."""
        return not self.source.verified or self.source.acquainted is True


class Opened(Detection, frozen=True, kw_only=True, tag="opened"):
    """State that the evidence of a source crossed the threshold: a scan was found."""


class Updated(Detection, frozen=True, kw_only=True, tag="updated"):
    """State that a known scan changed in the way `reason` says."""


class Closed(Detection, frozen=True, kw_only=True, tag="closed"):
    """State the totals of a scan that has ended."""
