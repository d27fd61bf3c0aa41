"""Write records as iplog 2.2 wrote to syslog, for the scripts that read it.

The fixed words are iplog's. It listed source ports in the last bracket, and bytes when a scan expired; a scan's
record holds neither, so `...`, iplog's own sign for ports that are not listed, and `unknown` stand there.
"""

from collections.abc import Iterable

from scanwarden.formats.escape import word
from scanwarden.formats.summary import Remembered, accused, first_numbers, kind_of, main_technique, touched
from scanwarden.model.detection import Closed, Detection, Opened, Technique, Updated
from scanwarden.model.records import Record

MAX_PORTS_LISTED = 10
_KINDS: dict[Technique, str] = {
    "tcp_syn": "TCP: SYN scan",
    "tcp_connect": "TCP: port scan",
    "tcp_fin": "TCP: FIN scan",
    "tcp_null": "TCP: null scan",
    "tcp_xmas": "TCP: Xmas scan",
    "udp": "UDP: scan/flood",
    # iplog knows no other technique; the rest has its form.
    "icmp_echo": "ICMP: ping sweep",
    "icmp_timestamp": "ICMP: timestamp sweep",
    "icmp_address_mask": "ICMP: mask sweep",
    "ip_protocol": "IP: protocol scan",
    "sctp_init": "SCTP: port scan",
    "sctp_cookie_echo": "SCTP: port scan",
    "arp": "ARP: sweep",
}
_OTHER_KIND = "TCP: port scan"


class Iplog:
    """Write a line for each kind of scan a source begins, and one when the scan has expired."""

    def __init__(self) -> None:
        self._told: Remembered[tuple[str, ...]] = Remembered()

    def lines(self, record: Record) -> list[str]:
        """Give the `detected` lines of kinds not told yet, or the `expired` line, which has the totals of all kinds."""
        if isinstance(record, Opened | Updated):
            return self._news(record)
        if isinstance(record, Closed):
            return self._expired(record)
        return []

    def _news(self, detection: Detection) -> list[str]:
        told = self._told.get(detection.id) or ()
        by_kind = {_KINDS.get(technique, _OTHER_KIND): technique for technique in detection.techniques}
        self._told.keep(detection.id, tuple(dict.fromkeys((*told, *by_kind))))
        return [
            f"{kind} detected {_listed(detection, technique)}from {word(address)} [ports ...]"
            for address in accused(detection)
            for kind, technique in by_kind.items()
            if kind not in told
        ]

    def _expired(self, closed: Closed) -> list[str]:
        told = self._told.pop(closed.id) or (_KINDS.get(main_technique(closed), _OTHER_KIND),)
        return [
            f"{told[0]} mode expired for {word(address)} - received a total of {closed.probes} packets (unknown bytes)."
            for address in accused(closed)
        ]


def _listed(detection: Detection, technique: Technique) -> str:
    """List the numbers touched as iplog does: ten, then dots; `port` if there is one."""
    kind = kind_of(technique)
    ports = touched(detection).get(kind)
    if not ports or kind == "icmp":
        return ""
    noun = "protocol" if kind == "ip_protocol" else "port"
    numbers: Iterable[str] = map(str, first_numbers(ports, MAX_PORTS_LISTED))
    dots = ",..." if len(ports) > MAX_PORTS_LISTED else ""
    return f"[{noun}{'' if len(ports) == 1 else 's'} {','.join(numbers)}{dots}] "
