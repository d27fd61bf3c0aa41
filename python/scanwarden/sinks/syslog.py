"""Write syslog lines in the layout of RFC 5424 or RFC 3164.

They go to this host's socket, or to a server over UDP (RFC 5426), TCP (RFC 6587) or TLS (RFC 5425).
"""

import os
import socket
import ssl
from datetime import UTC, datetime

from scanwarden.config.endpoint import SyslogTarget
from scanwarden.config.sections.sinks_syslog import SyslogSettings
from scanwarden.formats.contract import Layout
from scanwarden.formats.registry import new_layout
from scanwarden.formats.text.layout import unpainted
from scanwarden.formats.text.narrator import Narrator
from scanwarden.model.detection import Detection
from scanwarden.model.records import Ready, Record
from scanwarden.model.time import NS_PER_S, Timestamp
from scanwarden.sinks.base import SinkError

LIMIT_S = 5.0
MAX_TEXT_BYTES = 2048  # RFC 5424 6.1: what every receiver should take
_FACILITIES = {"auth": 4, "authpriv": 10, "daemon": 3} | {f"local{number}": 16 + number for number in range(8)}
_SEVERITIES = {1: 6, 2: 5, 3: 4, 4: 4, 5: 3}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Syslog:
    """One receiver; a connection that broke is opened again for the next line, which is then sent once more."""

    name = "syslog"

    def __init__(self, settings: SyslogSettings, *, host: str | None = None) -> None:
        self._settings = settings
        self._host = host or socket.gethostname()
        self._layout: Layout = (
            Narrator(is_live=True, paint=unpainted) if settings.format == "text" else new_layout(settings.format)
        )
        self._is_text = settings.format == "text"
        self._socket: socket.socket | None = None

    def write(self, record: Record) -> None:
        """Write the lines of one record; raise SinkError if the receiver does not take them."""
        lines = [line for line in self._layout.lines(record) if line.strip()]
        if self._is_text and lines:  # people's text is wrapped; a syslog line is not
            lines = [" ".join(line.strip() for line in lines)]
        for line in lines:
            self._send(line_of(line, record, self._settings, self._host))

    def close(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _send(self, line: bytes) -> None:
        target = self._settings.target
        framed = b"%d %b" % (len(line), line) if target.scheme in ("tcp", "tls") else line
        was_open = self._socket is not None
        try:
            try:
                self._sent(framed)
            except OSError:
                if not was_open:
                    raise
                self.close()  # the receiver was restarted: a new connection may do
                self._sent(framed)
        except (OSError, ValueError) as error:
            self.close()
            raise SinkError(
                f"the syslog receiver {target} takes nothing: {getattr(error, 'strerror', None) or error}",
                remedy="see [sinks.syslog] target",
            ) from error

    def _sent(self, framed: bytes) -> None:
        if self._socket is None:
            self._socket = connect(self._settings.target, self._settings)
        elif self._settings.target.scheme in ("tcp", "tls") and _is_closed(self._socket):
            raise ConnectionResetError(0, "the connection was closed")
        self._socket.sendall(framed)


def line_of(text: str, record: Record, settings: SyslogSettings, host: str) -> bytes:
    """Write one line in the layout that is set, with its priority."""
    severity = _SEVERITIES[record.severity] if isinstance(record, Detection) else 6 if isinstance(record, Ready) else 5
    priority = _FACILITIES[settings.facility] * 8 + severity
    body = text.encode("utf-8", "replace")[:MAX_TEXT_BYTES].decode("utf-8", "ignore")
    if settings.layout == "rfc5424":
        head = (
            f"<{priority}>1 {str(record.time)[:26]}Z {host} scanwarden {os.getpid()} {type(record).__name__.lower()} -"
        )
    else:
        head = f"<{priority}>{_rfc3164_time(record.time)} {host} scanwarden[{os.getpid()}]:"
        if settings.target.scheme == "unix":  # the local socket knows the host itself (glibc's syslog(3) sends none)
            head = f"<{priority}>{_rfc3164_time(record.time)} scanwarden[{os.getpid()}]:"
    return f"{head} {body}".encode()


def connect(target: SyslogTarget, settings: SyslogSettings) -> socket.socket:
    """Open a connection to a receiver; raise OSError."""
    if target.server is None:
        made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        made.settimeout(LIMIT_S)
        made.connect(str(target.socket))
        return made
    host, port = target.server.host, target.server.port
    if target.scheme == "udp":
        family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        made = socket.socket(family, kind | socket.SOCK_CLOEXEC, protocol)
        made.connect(place)
        return made
    made = socket.create_connection((host, port), timeout=LIMIT_S)
    if target.scheme == "tcp":
        return made
    context = ssl.create_default_context(cafile=str(settings.ca_file) if settings.ca_file else None)
    try:
        return context.wrap_socket(made, server_hostname=host)
    except OSError:
        made.close()
        raise


def _is_closed(connection: socket.socket) -> bool:
    """Say whether the other side has hung up: a syslog receiver never sends anything else."""
    connection.setblocking(False)
    try:
        return connection.recv(1) == b""
    except (BlockingIOError, ssl.SSLWantReadError):
        return False
    finally:
        connection.settimeout(LIMIT_S)


def _rfc3164_time(time: Timestamp) -> str:
    """Write local time as `Nov  2 03:04:05`, the only form RFC 3164 knows."""
    local = datetime.fromtimestamp(int(time) // NS_PER_S, UTC).astimezone()
    return f"{_MONTHS[local.month - 1]} {local.day:2d} {local:%H:%M:%S}"
