"""Write records as psad 2.4 writes to syslog, for the scripts that read it.

`scan detected (STYLE): SRC -> DST tcp: [PORTS] flags: … tcp pkts: N … DL: N total scan dsts: N`. Our severity stands
for psad's danger level; both go from 1 to 5. A scan's record holds no packet count for each protocol: the packets are
given where there is only one protocol, else the distinct ports, which is the least it can be.
"""

from scanwarden.formats.escape import word
from scanwarden.formats.summary import accused, kind_of, main_technique, touched
from scanwarden.model.address import Address
from scanwarden.model.detection import Closed, Detection, Opened, Technique, Updated
from scanwarden.model.records import Record

MAX_RANGES_LISTED = 64
# The options of nmap that make such a scan, which psad uses as names; and the flags as psad writes them.
_STYLES: dict[Technique, str] = {
    "tcp_syn": "-sS scan",
    "tcp_connect": "-sT scan",
    "tcp_fin": "-sF scan",
    "tcp_null": "-sN scan",
    "tcp_xmas": "-sX scan",
    "tcp_maimon": "-sM scan",
    "tcp_ack": "-sA scan",
    "tcp_rst": "RST scan",
    "tcp_synfin": "SYN FIN scan",
    "tcp_flags": "odd flags scan",
    "udp": "-sU scan",
    "sctp_init": "-sY scan",
    "sctp_cookie_echo": "-sZ scan",
    "ip_protocol": "-sO IP protocol scan",
    "icmp_echo": "-PE scan",
    "icmp_timestamp": "-PP scan",
    "icmp_address_mask": "-PM scan",
    "arp": "-PR scan",
    "ftp_bounce": "-b scan",
    "idle": "-sI scan",
}
_FLAGS: dict[Technique, str] = {
    "tcp_syn": "SYN",
    "tcp_connect": "SYN",
    "tcp_fin": "FIN",
    "tcp_null": "NULL",
    "tcp_xmas": "URG PSH FIN",
    "tcp_maimon": "ACK FIN",
    "tcp_ack": "ACK",
    "tcp_rst": "RST",
    "tcp_synfin": "SYN FIN",
}
_TOOLS = {"nmap": "Nmap ", "masscan": "Masscan ", "topera": "Topera "}


class Psad:
    """Write a line each time a scan is found, changes, or has ended."""

    def lines(self, record: Record) -> list[str]:
        """Give the `scan detected` line of a scan."""
        if not isinstance(record, Opened | Updated | Closed):
            return []
        return [_line(record, address) for address in accused(record)]


def _line(detection: Detection, source: Address) -> str:
    target = word(detection.targets[0].address) if detection.targets else "0.0.0.0"  # noqa: S104 psad's "any"
    parts = [f"scan detected ({_style(detection)}): {word(source)} -> {target}"]
    numbers = touched(detection)
    parts += [f"{kind}: [{_ranges(str(numbers[kind]))}]" for kind in ("tcp", "udp") if kind in numbers]
    flags = dict.fromkeys(_FLAGS[technique] for technique in detection.techniques if technique in _FLAGS)
    if flags:
        parts.append(f"flags: {', '.join(flags)}")
    parts += [f"{name} pkts: {count}" for name, count in _packets(detection).items() if count]
    return " ".join([*parts, f"DL: {detection.severity} total scan dsts: {len(detection.targets)}"])


def _style(detection: Detection) -> str:
    tool = _TOOLS.get(detection.tool.name, "") if detection.tool else ""
    sweep = "Port sweep " if detection.pattern == "horizontal" and not tool else ""
    return f"{sweep}{tool}{_STYLES[main_technique(detection)]}"


def _packets(detection: Detection) -> dict[str, int]:
    kinds = {kind_of(technique) for technique in detection.techniques}
    columns = {"tcp": "tcp", "udp": "udp", "icmp": "icmp"}
    if len(kinds) == 1:
        return {columns.get(kinds.pop(), "other proto"): detection.probes}
    counts = dict.fromkeys((*columns.values(), "other proto"), 0)
    for target in detection.targets:
        for kind, ports in target.touched.items():
            counts[columns.get(kind, "other proto")] += len(ports)
    return counts


def _ranges(text: str) -> str:
    ranges = text.split(",")
    return ",".join(ranges[:MAX_RANGES_LISTED]) + (",..." if len(ranges) > MAX_RANGES_LISTED else "")
