"""Write scans as DShield's text format, to be handed in by whoever wants to; nothing is sent from here.

Fields, separated by tabs: date with zone, user id, count, source, source port, target, target port, protocol, flags
(https://isc.sans.edu/specs/). A scan's record has no source ports, so they are `???`, DShield's sign for unknown.
"""

from collections.abc import Iterator

from scanwarden.formats.escape import word
from scanwarden.formats.summary import accused
from scanwarden.model.detection import Closed, Technique
from scanwarden.model.records import Record

MAX_LINES = 1024
USER_ID = 0  # not registered
UNKNOWN_PORT = "???"
PROTOCOLS = {"tcp": "TCP", "udp": "UDP", "sctp": "SCTP", "ip_protocol": "IP", "icmp": "ICMP"}
_FLAGS: dict[Technique, str] = {
    "tcp_syn": "S",
    "tcp_connect": "S",
    "tcp_fin": "F",
    "tcp_xmas": "FPU",
    "tcp_maimon": "FA",
    "tcp_ack": "A",
    "tcp_rst": "R",
    "tcp_synfin": "SF",
}


class Dshield:
    """Write one line for each port that a scan touched, when it has ended; at most 1024 for one scan."""

    def lines(self, record: Record) -> list[str]:
        """Give the lines of a scan that has ended."""
        if not isinstance(record, Closed):
            return []
        return [line for line, _ in zip(_lines(record), range(MAX_LINES), strict=False)]


def _lines(closed: Closed) -> Iterator[str]:
    text = str(closed.first_seen)
    head = f"{text[:10]} {text[11:19]} +00:00\t{USER_ID}\t1"
    flags = next((_FLAGS[technique] for technique in closed.techniques if technique in _FLAGS), "")
    for source in accused(closed):
        for target in closed.targets:
            for kind, ports in target.touched.items():
                tail = f"{PROTOCOLS[kind]}\t{flags if kind == 'tcp' else ''}"
                for port in ports:
                    yield f"{head}\t{word(source)}\t{UNKNOWN_PORT}\t{word(target.address)}\t{port}\t{tail}"
