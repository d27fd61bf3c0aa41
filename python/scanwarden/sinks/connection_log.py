"""Write one line for each new connection attempt, in iplog's words.

    2026-01-02T03:04:05Z TCP: to ssh from 192.0.2.7:40000 at 198.51.100.1
    2026-01-02T03:04:05Z UDP: to domain from 192.0.2.7:40000 (31 data bytes) at 198.51.100.1
    2026-01-02T03:04:05Z ICMP: echo from 192.0.2.7 (56 bytes) at 198.51.100.1

Up to `at` these are the lines of iplog 2.2. The file is opened again when it was moved away, so any rotation will do.
"""

import os
import socket
from functools import lru_cache
from pathlib import Path

from scanwarden.config.sections.logs import ConnectionRule, ConnectionsSettings
from scanwarden.model.attempt import Attempt
from scanwarden.model.time import NS_PER_S, Timestamp

FILE_MODE = 0o640
MAX_SERVICES_KEPT = 1024
_ICMP_NAMES = {
    4: {
        0: "echo reply",
        3: "unreachable",
        5: "redirect",
        8: "echo",
        9: "router advertisement",
        10: "router solicitation",
    }
    | {13: "timestamp", 17: "mask request"},
    6: {128: "echo", 129: "echo reply", 133: "router solicitation", 135: "neighbour solicitation"},
}


class ConnectionLog:
    """Write what no rule leaves out, at most so many lines a second; what is too much is counted in a line of its own.

    A file that cannot be written costs lines, never more: `counters` says how many and `last_error` why.
    """

    def __init__(self, settings: ConnectionsSettings) -> None:
        self._settings = settings
        self._path = Path(settings.file)
        self._descriptor: int | None = None
        self._second = 0
        self._left = settings.per_second
        self._too_many = 0
        self.last_error: str | None = None
        self.counters = {"written": 0, "ignored": 0, "too_many": 0, "failed": 0}

    def take(self, attempt: Attempt) -> None:
        """Write an attempt unless a rule ignores it or too many came in its second."""
        if is_ignored(attempt, self._settings):
            self.counters["ignored"] += 1
            return
        second = int(attempt.time) // NS_PER_S
        if second != self._second:
            self._begin_second(second)
        if self._left <= 0:
            self._too_many += 1
            self.counters["too_many"] += 1
            return
        self._left -= 1
        self.counters["written"] += self._write(line_of(attempt))

    def close(self) -> None:
        """Say what was left out last, and close the file."""
        self._begin_second(self._second)
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _begin_second(self, second: int) -> None:
        if self._too_many:
            moment = line_time(self._second * NS_PER_S)
            self._write(f"{moment} {self._too_many} more connection attempts in this second are not written down\n")
        self._second, self._left, self._too_many = second, self._settings.per_second, 0
        self._reopen_if_moved()

    def _write(self, line: str) -> bool:
        try:
            if self._descriptor is None:
                flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
                self._descriptor = os.open(self._path, flags, FILE_MODE)
            os.write(self._descriptor, line.encode("ascii"))
        except OSError as error:
            self.last_error = f"{self._path} cannot be written: {error.strerror}"
            self.counters["failed"] += 1
            return False
        return True

    def _reopen_if_moved(self) -> None:
        """Let go of the file if another one, or none, has its name now; looked at once a second."""
        if self._descriptor is None:
            return
        ours = os.fstat(self._descriptor)
        try:
            named = self._path.stat()
            is_ours = (named.st_dev, named.st_ino) == (ours.st_dev, ours.st_ino)
        except OSError:  # moved away; the next line makes a new one
            is_ours = False
        if not is_ours:
            os.close(self._descriptor)
            self._descriptor = None


def is_ignored(attempt: Attempt, settings: ConnectionsSettings) -> bool:
    """Say whether a rule of `ignore` holds and none of `always`."""
    if not any(_holds(rule, attempt) for rule in settings.ignore):
        return False
    return not any(_holds(rule, attempt) for rule in settings.always)


def line_of(attempt: Attempt) -> str:
    """Write an attempt as one line with its line feed; addresses and numbers only, so nothing can be forged."""
    if attempt.protocol == "icmp":
        kind = attempt.icmp_type or 0
        what = _ICMP_NAMES[attempt.source.version].get(kind, f"type {kind}")
        said = f"ICMP: {what} from {attempt.source} ({attempt.payload_bytes} bytes)"
    else:
        source = f"[{attempt.source}]" if attempt.source.version == 6 else str(attempt.source)
        size = f" ({attempt.payload_bytes} data bytes)" if attempt.protocol == "udp" else ""
        service = service_name(attempt.target_port or 0, attempt.protocol)
        said = f"{attempt.protocol.upper()}: to {service} from {source}:{attempt.source_port}{size}"
    return f"{line_time(int(attempt.time))} {said} at {attempt.target}\n"


def line_time(time_ns: int) -> str:
    """Write the time to the second, in UTC."""
    return f"{str(Timestamp(time_ns))[:19]}Z"


@lru_cache(maxsize=MAX_SERVICES_KEPT)
def service_name(port: int, protocol: str) -> str:
    """Give the name of a service as /etc/services has it, else the number."""
    try:
        return socket.getservbyport(port, protocol)
    except OSError:
        return str(port)


def _holds(rule: ConnectionRule, attempt: Attempt) -> bool:
    """Say whether every condition of a rule holds."""
    conditions = (
        rule.protocol is None or rule.protocol == attempt.protocol,
        rule.source is None or rule.source.contains(attempt.source),
        rule.target is None or rule.target.contains(attempt.target),
        rule.source_outside is None or not rule.source_outside.contains(attempt.source),
        rule.target_outside is None or not rule.target_outside.contains(attempt.target),
        not rule.source_ports or attempt.source_port in rule.source_ports,
        not rule.target_ports or attempt.target_port in rule.target_ports,
        not rule.icmp_types or attempt.icmp_type in rule.icmp_types,
    )
    return all(conditions)
