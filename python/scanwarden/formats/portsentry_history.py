"""Write bans as PortSentry 1.x wrote its history file, which fail2ban's filter `portsentry` reads.

`1000000000 - 09/09/2001 01:46:40 Host: NAME/IP Port: 110 TCP Blocked`: seconds since 1970, then the time in UTC.
"""

from datetime import UTC, datetime

from scanwarden.formats.escape import word
from scanwarden.formats.summary import Remembered, kind_of, latest_number, main_technique
from scanwarden.model.detection import Closed, Detection, Opened, Updated
from scanwarden.model.records import Banned, Record
from scanwarden.model.time import NS_PER_S, Timestamp


class PortsentryHistory:
    """Write one line for each ban, with the port that the scan touched last when it was found."""

    def __init__(self) -> None:
        self._ports: Remembered[tuple[int, str]] = Remembered()

    def lines(self, record: Record) -> list[str]:
        """Give the line of a ban; port 0 stands for a scan without ports, or one that a person banned."""
        if isinstance(record, Opened | Updated):
            self._ports.keep(record.id, _port(record))
        elif isinstance(record, Closed):
            # The ban may follow its scan's end, so the port stays until the memory is full.
            self._ports.keep(record.id, _port(record))
        elif isinstance(record, Banned):
            number, protocol = self._ports.get(record.id) or (0, "TCP")
            host = word(record.source.address)
            return [f"{_time(record.time)} Host: {host}/{host} Port: {number} {protocol} Blocked"]
        return []


def _port(detection: Detection) -> tuple[int, str]:
    kind = kind_of(main_technique(detection))
    return latest_number(detection, kind) or 0, kind.partition("_")[0].upper()


def _time(time: Timestamp) -> str:
    seconds = int(time) // NS_PER_S
    return f"{seconds} - {datetime.fromtimestamp(seconds, UTC):%m/%d/%Y %H:%M:%S}"
