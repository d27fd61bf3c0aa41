"""Write records as PortSentry 1.x wrote to syslog, for the filters and scripts that read it.

The fixed words are PortSentry's (its log lines since 1.0), so is the order of the fields. Where PortSentry wrote a
line a packet, here is one for each technique of a scan, with the port that was weighed last.
"""

from scanwarden.formats.escape import word
from scanwarden.formats.summary import Remembered, accused, kind_of, latest_number
from scanwarden.model.address import Prefix
from scanwarden.model.detection import Closed, Detection, Opened, Technique, Updated
from scanwarden.model.notice import Notice
from scanwarden.model.records import Banned, Record, Unbanned

# PortSentry puts a blank in front of NULL, and calls SYN+FIN and lone URG "unknown" with a list of its six flags.
_TYPES: dict[Technique, str] = {
    "tcp_syn": "TCP SYN/Normal scan",
    "tcp_connect": "Connect",
    "tcp_fin": "TCP FIN scan",
    "tcp_null": " TCP NULL scan",
    "tcp_xmas": "TCP XMAS scan",
    "tcp_maimon": "Unknown Type: TCP Packet Flags: SYN: 0 FIN: 1 ACK: 1 PSH: 0 URG: 0 RST: 0",
    "tcp_ack": "Unknown Type: TCP Packet Flags: SYN: 0 FIN: 0 ACK: 1 PSH: 0 URG: 0 RST: 0",
    "tcp_rst": "Unknown Type: TCP Packet Flags: SYN: 0 FIN: 0 ACK: 0 PSH: 0 URG: 0 RST: 1",
    "tcp_synfin": "Unknown Type: TCP Packet Flags: SYN: 1 FIN: 1 ACK: 0 PSH: 0 URG: 0 RST: 0",
    "tcp_flags": "Unknown Type: TCP Packet",
    "udp": "UDP scan",
    "ftp_bounce": "Connect",
    "idle": "TCP SYN/Normal scan",
}
# What PortSentry has no word for, in the same form.
_OTHER_TYPES = {
    "sctp": "SCTP scan",
    "ip_protocol": "IP protocol scan",
    "icmp": "ICMP scan",
    "arp": "ARP scan",
}
_WAYS = {"hosts_deny": "wrappers", "route": "dropped route"}


class Portsentry1:
    """Write `attackalert:` and `adminalert:` lines."""

    def __init__(self) -> None:
        self._told: Remembered[frozenset[Technique]] = Remembered()

    def lines(self, record: Record) -> list[str]:
        """Give a line for each new technique of a scan, for each ban, and for what an administrator should know."""
        match record:
            case Opened() | Updated():
                return self._news(record)
            case Closed():
                self._told.pop(record.id)
                return []
            case Banned():
                return [f"attackalert: Host {_host(record.source)} has been blocked via {_way(record.responder)}"]
            case Unbanned():
                return [f"adminalert: Host {_host(record.source)} is no longer blocked"]
            case Notice():
                return [_noticed(record)]
            case _:
                return []

    def _news(self, detection: Detection) -> list[str]:
        told = self._told.get(detection.id) or frozenset()
        self._told.keep(detection.id, told | frozenset(detection.techniques))
        news = [technique for technique in detection.techniques if technique not in told]
        if detection.group is not None and not told:
            group = f"adminalert: Group of {len(detection.source.members)} hosts ({detection.group}) scans"
            return [group, *_attack_lines(detection, news)]
        return _attack_lines(detection, news)


def _attack_lines(detection: Detection, techniques: list[Technique]) -> list[str]:
    return [
        f"attackalert: {_TYPES.get(technique) or _OTHER_TYPES[kind_of(technique)]}"
        f" from host: {word(address)}/{word(address)} to {_where(detection, technique)}"
        for address in accused(detection)
        for technique in techniques
    ]


def _where(detection: Detection, technique: Technique) -> str:
    kind = kind_of(technique)
    number = latest_number(detection, kind)
    if number is None:
        return "this host"
    names = {"ip_protocol": "IP protocol", "icmp": "ICMP type"}
    return f"{names.get(kind, f'{kind.upper()} port')}: {number}"


def _way(responder: str) -> str:
    return _WAYS.get(responder) or word(responder)


def _host(source: Prefix) -> str:
    return word(source.address) if source.is_single else f"{word(source.address)}/{source.length}"


def _noticed(notice: Notice) -> str:
    who = f" Host: {word(notice.source.address)}" if notice.source and notice.source.address else ""
    counts = "".join(f" {word(name)}: {count}" for name, count in notice.counts.items())
    return f"adminalert: Notice: {word(notice.kind)}{who}{counts}"
