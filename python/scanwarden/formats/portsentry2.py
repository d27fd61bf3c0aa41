"""Write records as PortSentry 2.x writes to standard output and syslog, for the filters that read it.

The fixed words and the order of the fields are PortSentry's; where it writes a line a packet, here is one for each
technique of a scan, and one more when the source is banned.
"""

from scanwarden.formats.escape import word
from scanwarden.formats.summary import Remembered, accused, kind_of, latest_number
from scanwarden.model.address import Address
from scanwarden.model.detection import Detection, Opened, Technique, Updated
from scanwarden.model.records import Banned, Record

_TYPES: dict[Technique, str] = {
    "tcp_syn": "TCP SYN/Normal scan",
    "tcp_connect": "Connect",
    "tcp_fin": "TCP FIN scan",
    "tcp_null": "TCP NULL scan",
    "tcp_xmas": "TCP XMAS scan",
    "udp": "UDP",
    "ftp_bounce": "Connect",
    "idle": "TCP SYN/Normal scan",
}


class Portsentry2:
    """Write `Scan from:` lines; `triggered` is always true, since a scan is told when its evidence suffices."""

    def __init__(self) -> None:
        self._told: Remembered[dict[Technique, tuple[str, ...]]] = Remembered()

    def lines(self, record: Record) -> list[str]:
        """Give a line for each new technique of a scan, and once more with `blocked: [true]` when it is banned."""
        if isinstance(record, Opened | Updated):
            return self._news(record)
        if isinstance(record, Banned):
            return self._banned(record)
        return []

    def _news(self, detection: Detection) -> list[str]:
        told = self._told.get(detection.id) or {}
        news = {t: _fields(detection, t) for t in detection.techniques if t not in told}
        self._told.keep(detection.id, told | news)
        return [_line(address, fields, is_blocked=False) for address in accused(detection) for fields in news.values()]

    def _banned(self, banned: Banned) -> list[str]:
        told = self._told.get(banned.id) or {}
        fields = next(iter(told.values()), ("unknown", "0", "Unknown Type"))
        return [_line(banned.source.address, fields, is_blocked=True)]


def _fields(detection: Detection, technique: Technique) -> tuple[str, ...]:
    """Give protocol, port and type of one technique."""
    kind = kind_of(technique)
    return kind.partition("_")[0].upper(), str(latest_number(detection, kind) or 0), _type(technique)


def _type(technique: Technique) -> str:
    return _TYPES.get(technique) or f"Unknown Type: {technique}"


def _line(address: Address, fields: tuple[str, ...], *, is_blocked: bool) -> str:
    host, (protocol, port, kind) = word(address), fields
    return (
        f"Scan from: [{host}] ({host}) protocol: [{protocol}] port: [{port}] type: [{kind}] IP opts: [unknown] "
        f"ignored: [false] triggered: [true] noblock: [false] blocked: [{'true' if is_blocked else 'unset'}]"
    )
