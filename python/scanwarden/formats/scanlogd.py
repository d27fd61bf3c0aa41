"""Write records as scanlogd 2.2 writes to syslog, for the filters that read it.

`saddr to daddr [and others,] ports p, p, ..., fSrpauxy @HH:MM:SS`: the letters are the TCP flags in the order FIN,
SYN, RST, PSH, ACK, URG and the two of ECN; upper case means set in every packet, lower case in none, `?` that it
varied. The time of the first probe is in UTC. For other protocols than TCP their name stands instead of the flags.
"""

from scanwarden.formats.escape import word
from scanwarden.formats.summary import accused, kind_of, main_technique, touched
from scanwarden.model.address import Address
from scanwarden.model.detection import Detection, Opened, Technique
from scanwarden.model.ports import Ports
from scanwarden.model.records import Record

MAX_LINE_CHARS = 120
LETTERS = "fsrpauxy"
# Which flags each technique sets in every packet; None: they vary, or are not known.
_FLAGS: dict[Technique, str | None] = {
    "tcp_syn": "s",
    "tcp_connect": "s",
    "tcp_fin": "f",
    "tcp_null": "",
    "tcp_xmas": "fpu",
    "tcp_maimon": "fa",
    "tcp_ack": "a",
    "tcp_rst": "r",
    "tcp_synfin": "fs",
    "tcp_flags": None,
    "ftp_bounce": "s",
    "idle": "s",
}


class Scanlogd:
    """Write one line when a scan is found."""

    def lines(self, record: Record) -> list[str]:
        """Give the line of a scan that was just found, at most 120 characters; its list of ports is cut."""
        if not isinstance(record, Opened) or not record.targets:
            return []
        return [_line(record, address) for address in accused(record)]


def _line(detection: Detection, source: Address) -> str:
    others = " and others," if len(detection.targets) > 1 else ""
    head = f"{word(source)} to {word(detection.targets[0].address)}{others} ports "
    tail = f", ..., {_flags(detection)} @{str(detection.first_seen)[11:19]}"
    kind = kind_of(main_technique(detection))
    ports = touched(detection).get(kind) or Ports()
    return head + _fitting(ports, MAX_LINE_CHARS - len(head) - len(tail)) + tail


def _fitting(ports: Ports, most_chars: int) -> str:
    """List as many ports as fit, at least one if there is any."""
    text = ""
    for port in ports:
        longer = f"{text}, {port}" if text else str(port)
        if text and len(longer) > most_chars:
            break
        text = longer
    return text or "0"


def _flags(detection: Detection) -> str:
    tcp = [_FLAGS[technique] for technique in detection.techniques if kind_of(technique) == "tcp"]
    if not tcp:
        return kind_of(main_technique(detection))
    known = [flags for flags in tcp if flags is not None]
    return "".join(_letter(letter, known) if len(known) == len(tcp) else "?" for letter in LETTERS)


def _letter(letter: str, many: list[str]) -> str:
    is_set = [letter in flags for flags in many]
    if all(is_set):
        return letter.upper()
    return letter if not any(is_set) else "?"
