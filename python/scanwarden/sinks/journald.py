"""Write to the systemd journal through its native socket, every part of a scan as a field.

The protocol is documented at systemd.io/JOURNAL_NATIVE_PROTOCOL: one datagram an entry, fields as `NAME=value` lines;
a value with a line feed is written as `NAME`, a line feed, its length as 64 bits little-endian, and the value.
"""

import socket
import struct
from pathlib import Path

from scanwarden.formats import native
from scanwarden.formats.text.layout import unpainted
from scanwarden.formats.text.narrator import Narrator
from scanwarden.model.detection import Detection
from scanwarden.model.notice import Notice
from scanwarden.model.records import Banned, Decided, Ready, Record, Unbanned
from scanwarden.sinks.base import SinkError

SOCKET = Path("/run/systemd/journal/socket")
MAX_VALUE_BYTES = 48 * 1024  # an entry stays below the usual limit of a datagram, 208 KiB
# syslog(3): notice for what is worth telling, warning and error for what is worth acting on.
_PRIORITIES = {1: 6, 2: 5, 3: 4, 4: 4, 5: 3}


class Journal:
    """The journal of this host."""

    name = "journald"

    def __init__(self, path: Path = SOCKET) -> None:
        self._path = path
        self._narrator = Narrator(is_live=True, paint=unpainted)
        self._socket: socket.socket | None = None

    def write(self, record: Record) -> None:
        """Write one entry; raise SinkError if the journal does not take it."""
        entry = entry_of(record, _message(self._narrator.lines(record), record))
        try:
            if self._socket is None:
                self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
            self._socket.sendto(entry, str(self._path))
        except OSError as error:
            self.close()
            raise SinkError(f"the journal at {self._path} takes nothing: {error.strerror}") from error

    def close(self) -> None:
        """Close the socket."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def entry_of(record: Record, message: str) -> bytes:
    """Write a record as the datagram of one journal entry."""
    fields = {
        "MESSAGE": message,
        "PRIORITY": str(_priority(record)),
        "SYSLOG_IDENTIFIER": "scanwarden",
        **{f"SCANWARDEN_{name}": value for name, value in _fields(record).items()},
        "SCANWARDEN_RECORD": native.encode(record).decode(),
    }
    return b"".join(_field(name, value) for name, value in fields.items())


def _message(lines: list[str], record: Record) -> str:
    """Give the first sentence for people; the name of the event where there is none."""
    return " ".join(line.strip() for line in lines if line.strip()) or type(record).__name__.lower()


def _priority(record: Record) -> int:
    if isinstance(record, Detection):
        return _PRIORITIES[record.severity]
    return 6 if isinstance(record, Ready) else 5


def _fields(record: Record) -> dict[str, str]:
    fields: dict[str, object]
    match record:
        case Detection():
            fields = {
                "EVENT": type(record).__name__.lower(),
                "SCAN": record.id,
                "SOURCE": record.source.address,
                "GROUP": record.group,
                "TECHNIQUES": " ".join(record.techniques),
                "PATTERN": record.pattern,
                "PACE": record.pace,
                "SEVERITY": record.severity,
                "PROBES": record.probes,
                "TOOL": record.tool.name if record.tool else None,
                "SENSOR": record.sensor,
            }
        case Decided():
            fields = {"EVENT": "decision", "SCAN": record.id, "ACTION": record.action, "SOURCE": record.source}
        case Banned() | Unbanned():
            event = "ban" if isinstance(record, Banned) else "unban"
            fields = {"EVENT": event, "SCAN": record.id, "SOURCE": record.source, "RESPONDER": record.responder}
        case Notice():
            fields = {"EVENT": "notice", "KIND": record.kind, "SENSOR": record.sensor}
        case Ready():
            fields = {"EVENT": "ready", "SENSOR": record.sensor}
    return {name: str(value) for name, value in fields.items() if value is not None}


def _field(name: str, value: str) -> bytes:
    raw = value.encode("utf-8", "replace")[:MAX_VALUE_BYTES]
    if b"\n" not in raw:
        return name.encode() + b"=" + raw + b"\n"
    return name.encode() + b"\n" + struct.pack("<Q", len(raw)) + raw + b"\n"
