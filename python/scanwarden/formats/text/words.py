"""Put techniques, counts, ports and times into the words an administrator uses."""

from collections.abc import Iterable, Sequence

from scanwarden.model.address import Prefix
from scanwarden.model.detection import GroupKind, Pace, Pattern, Technique, Trick
from scanwarden.model.ports import Ports
from scanwarden.model.time import Timestamp

TECHNIQUES: dict[Technique, str] = {
    "tcp_syn": "TCP SYN",
    "tcp_connect": "TCP connect",
    "tcp_fin": "TCP FIN",
    "tcp_null": "TCP NULL",
    "tcp_xmas": "TCP Xmas",
    "tcp_maimon": "TCP Maimon (FIN+ACK)",
    "tcp_ack": "TCP ACK",
    "tcp_rst": "TCP RST",
    "tcp_synfin": "TCP SYN+FIN",
    "tcp_flags": "TCP odd flags",
    "udp": "UDP",
    "sctp_init": "SCTP INIT",
    "sctp_cookie_echo": "SCTP COOKIE-ECHO",
    "ip_protocol": "IP protocol",
    "icmp_echo": "ICMP echo",
    "icmp_timestamp": "ICMP timestamp",
    "icmp_address_mask": "ICMP address mask",
    "arp": "ARP",
    "ftp_bounce": "FTP bounce",
    "idle": "idle (zombie)",
}
PATTERNS: dict[Pattern, str] = {
    "vertical": "many ports of one host (vertical)",
    "horizontal": "the same ports on many hosts (horizontal)",
    "block": "many ports on many hosts (block)",
    "strobe": "a few chosen ports on many hosts (strobe)",
}
PACES: dict[Pace, str] = {"burst": "in a burst", "steady": "at a steady pace", "slow": "slowly"}
TRICKS: dict[Trick, str] = {
    "bad_checksum": "wrong checksums, which only a box before the host would answer",
    "extension_headers": "IPv6 extension headers before the probe",
    "fragments": "needless fragments",
    "ip_options": "IP options",
    "overlapping_fragments": "overlapping fragments",
    "source_port": "the port of a service as its source port",
    "source_route": "a route of the sender's choice",
    "tiny_fragments": "fragments too small for TCP's flags",
}
GROUPS: dict[GroupKind, str] = {
    "decoys": "one scanner hiding among forged sources",
    "distributed": "sources that share the work",
    "rotation": "one scanner that changes its address",
}
_UNITS: tuple[tuple[int, str], ...] = ((86400, "d"), (3600, "h"), (60, "min"))
_SHORTEST_SHOWN_S = 0.001
_SHORTEST_IN_TENTHS_S = 0.1
_LONGEST_IN_TENTHS_S = 60


def listed(parts: Sequence[str], *, last: str = "and") -> str:
    """Join words as a sentence does: `a`, `a and b`, `a, b and c`."""
    if len(parts) <= 1:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def counted(count: int, one: str, many: str | None = None) -> str:
    """Say how many: `1 port`, `1,000 ports`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def techniques_of(techniques: Iterable[Technique]) -> str:
    """Name the techniques of a scan, the protocol once: `TCP SYN, FIN and UDP`."""
    names = [TECHNIQUES[technique] for technique in techniques]
    first_tcp = next((index for index, name in enumerate(names) if name.startswith("TCP ")), 0)
    return listed([*names[: first_tcp + 1], *(name.removeprefix("TCP ") for name in names[first_tcp + 1 :])])


def ports_of(ports: Ports, *, max_ranges: int = 12) -> str:
    """List ports with a space after each comma, and say how many were left out."""
    shown = ports.first_ranges(max_ranges)
    text = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in shown)
    left_out = len(ports) - sum(last - first + 1 for first, last in shown)
    return f"{text} and {left_out:,} more" if left_out else text


def duration(seconds: float) -> str:
    """Say how long something took, with two units at most: `4 ms`, `0.4 s`, `27 s`, `1 h 15 min`, `7 d`."""
    if seconds < _SHORTEST_SHOWN_S:
        return "under 1 ms"
    if seconds < _SHORTEST_IN_TENTHS_S:
        return f"{seconds * 1000:.0f} ms"
    if seconds < _LONGEST_IN_TENTHS_S:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    rest = round(seconds)
    parts: list[str] = []
    for size, unit in _UNITS:
        whole, rest = divmod(rest, size)
        if whole:
            parts.append(f"{whole} {unit}")
    if rest:
        parts.append(f"{rest} s")
    return " ".join(parts[:2])


def network(prefix: Prefix) -> str:
    """Write one address without its length, a network with it."""
    return str(prefix.address if prefix.is_single else prefix)


def moment(time: Timestamp) -> str:
    """Write a time to the second: `2026-01-02 03:04:05 UTC`."""
    return f"{str(time)[:19].replace('T', ' ')} UTC"


def span(first: Timestamp, last: Timestamp) -> str:
    """Write when something began and ended, the day once if it is the same."""
    begin, end = moment(first), moment(last)
    if begin == end:
        return begin
    day, clock = begin.split(" ", 1)
    end = end.removeprefix(f"{day} ")
    return f"{day} {clock.removesuffix(' UTC')} to {end}"


def clock(time: Timestamp) -> str:
    """Write only the time of day, for lines that follow each other: `03:04:05`."""
    return str(time)[11:19]
