"""Answer what several layouts ask about a detection: whom it may name, which ports, in which words."""

from collections import OrderedDict
from collections.abc import Iterator
from typing import Generic, TypeVar

from scanwarden.model.address import Address
from scanwarden.model.detection import Detection, Technique
from scanwarden.model.ports import Ports

MAX_REMEMBERED = 4096
MAX_NAMED_MEMBERS = 64
PORT_KINDS = ("tcp", "udp", "sctp")
T = TypeVar("T")

TECHNIQUE_TITLES: dict[Technique, str] = {
    "tcp_syn": "TCP SYN scan",
    "tcp_connect": "TCP connect scan",
    "tcp_fin": "TCP FIN scan",
    "tcp_null": "TCP NULL scan",
    "tcp_xmas": "TCP Xmas scan",
    "tcp_maimon": "TCP Maimon scan",
    "tcp_ack": "TCP ACK scan",
    "tcp_rst": "TCP RST scan",
    "tcp_synfin": "TCP SYN+FIN scan",
    "tcp_flags": "TCP scan with odd flags",
    "udp": "UDP scan",
    "sctp_init": "SCTP INIT scan",
    "sctp_cookie_echo": "SCTP COOKIE-ECHO scan",
    "ip_protocol": "IP protocol scan",
    "icmp_echo": "ICMP echo sweep",
    "icmp_timestamp": "ICMP timestamp sweep",
    "icmp_address_mask": "ICMP address mask sweep",
    "arp": "ARP sweep",
    "ftp_bounce": "FTP bounce scan",
    "idle": "idle scan",
}


class Remembered(Generic[T]):
    """Something about each of the 4096 scans spoken of last; the longest untouched is forgotten first."""

    def __init__(self) -> None:
        self._by_scan: OrderedDict[str, T] = OrderedDict()

    def get(self, scan: str | None) -> T | None:
        """Give what is remembered about a scan; None if nothing is."""
        return None if scan is None else self._by_scan.get(scan)

    def keep(self, scan: str, value: T) -> None:
        """Remember this about a scan from now on."""
        self._by_scan[scan] = value
        self._by_scan.move_to_end(scan)
        if len(self._by_scan) > MAX_REMEMBERED:
            self._by_scan.popitem(last=False)

    def pop(self, scan: str) -> T | None:
        """Forget a scan and give what was remembered about it."""
        return self._by_scan.pop(scan, None)


def accused(detection: Detection) -> tuple[Address, ...]:
    """Give the addresses that a line may name as scanners, for programs that ban whatever they read.

    A single source is named even if it may be forged: that is what readers of these layouts expect. A member of a
    group is named only if it is proved, since the others may be innocents whose addresses were forged; at most 64.
    """
    if detection.source.address is not None:
        is_folded = detection.part_of is not None and not detection.source.verified
        return () if is_folded else (detection.source.address,)
    proved = (member.address for member in detection.source.members if member.verified)
    return tuple(address for address, _ in zip(proved, range(MAX_NAMED_MEMBERS), strict=False))


def title(detection: Detection) -> str:
    """Name the scan in a few words by how it is done first, such as `TCP SYN scan`."""
    return TECHNIQUE_TITLES[main_technique(detection)]


def main_technique(detection: Detection) -> Technique:
    """Give the technique that was seen first."""
    return detection.techniques[0] if detection.techniques else "tcp_flags"


def touched(detection: Detection) -> dict[str, Ports]:
    """Unite the probed numbers over all targets, by kind: `tcp`, `udp`, `sctp`, `ip_protocol`, `icmp`."""
    united: dict[str, list[Ports]] = {}
    for target in detection.targets:
        for kind, ports in target.touched.items():
            united.setdefault(kind, []).append(ports)
    return {kind: Ports.united(many) for kind, many in united.items()}


def kind_of(technique: Technique) -> str:
    """Say which kind of numbers a technique probes: `tcp`, `udp`, `sctp`, `ip_protocol`, `icmp` or `arp`."""
    if technique in ("ftp_bounce", "idle"):
        return "tcp"
    return technique if technique in ("ip_protocol", "arp", "udp") else technique.partition("_")[0]


def first_numbers(ports: Ports, most: int) -> Iterator[int]:
    """Give the lowest numbers of a set, at most so many."""
    for number, _ in zip(ports, range(most), strict=False):
        yield number


def latest_number(detection: Detection, kind: str) -> int | None:
    """Give the number of a kind that was weighed last; the lowest one touched if that is not known."""
    for part in reversed(detection.evidence.parts):
        if part.place is not None and part.place[0] == kind:
            return part.place[1]
    return next(iter(touched(detection).get(kind, ())), None)
