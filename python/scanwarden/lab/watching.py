"""Run `scanwarden watch` on a host of the lab, and read what it tells."""

import contextlib
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from scanwarden import hostcmd
from scanwarden.errors import RecordError, ScanwardenError
from scanwarden.formats import native
from scanwarden.lab.namespace import Namespace
from scanwarden.model.detection import PROGRESS, Closed, Opened, Updated
from scanwarden.model.records import Ready, Record

_READY_LIMIT_S = 60.0
_END_LIMIT_S = 60.0

_R = TypeVar("_R", bound=Record)


class Watcher:
    """A running watch; its records are read from its standard output."""

    def __init__(self, program: hostcmd.Background) -> None:
        self._program = program

    def records(self) -> list[Record]:
        """Return what was told so far, oldest first."""
        return [native.decode(line) for line in list(self._program.stdout)]

    def of(self, kind: type[_R]) -> list[_R]:
        """Return the records of one kind that were told so far."""
        return [record for record in self.records() if isinstance(record, kind)]

    def wait_for(self, kind: type[_R], *, limit_s: float = 60.0) -> _R:
        """Return the first record of `kind`, waiting for it; raises HostCommandError if it does not come in time."""

        def is_wanted(line: bytes) -> bool:
            try:
                return isinstance(native.decode(line), kind)
            except RecordError:  # counted against the program when all records are read
                return False

        found = native.decode(self._program.wait_for_line(is_wanted, limit_s))
        if not isinstance(found, kind):
            raise ScanwardenError(f"the watch told {type(found).__name__} where {kind.__name__} was found")
        return found

    def finish(self) -> list[Record]:
        """Interrupt the watch as Ctrl-C does, wait for its end and return everything it told."""
        if self._program.is_running:
            self._program.signal(signal.SIGINT)
        status = self._program.wait(_END_LIMIT_S)
        if status not in (0, 130):
            last = b" ".join(list(self._program.stderr)[-3:]).decode("utf-8", "replace")
            raise ScanwardenError(f"the watch ended with status {status}: {last}")
        return self.records()


def watch_command(*options: str, interface: str | None = "eth0") -> list[str]:
    """Return the argument list of a watch that tells JSON, of `interface` or, without one, of what the options name."""
    capture = [] if interface is None else ["--interface", interface]
    return [sys.executable, "-m", "scanwarden", "watch", *capture, "--format", "json", *options]


@contextlib.contextmanager
def watching(host: Namespace, *options: str, interface: str | None = "eth0") -> Iterator[Watcher]:
    """Keep a watch of `host` running for the length of the block, ready before it begins.

    Raises HostCommandError if the watch is not ready within a minute.
    """
    with host.start(watch_command(*options, interface=interface)) as program:
        watcher = Watcher(program)
        watcher.wait_for(Ready, limit_s=_READY_LIMIT_S)
        yield watcher


def replay(capture: Path, *options: str, limit_s: float = 30.0) -> list[Record]:
    """Return what `scanwarden replay` tells of a capture; raises ScanwardenError if it fails."""
    command = [sys.executable, "-m", "scanwarden", "replay", "--format", "json", *options, str(capture)]
    finished = hostcmd.run(command, limit_s=limit_s, check=False, max_output_bytes=1 << 26)
    if finished.returncode not in (0, 1):
        raise ScanwardenError(f"replay ended with status {finished.returncode}: {finished.stderr.decode()[-300:]}")
    return [native.decode(line) for line in finished.stdout.splitlines()]


def statements(records: Sequence[Record]) -> list[Record]:
    """Return what the detector stated, without what differs between a live run and its replay.

    Ids are numbered in order of appearance and the sensor's name is left out; everything else must agree. Notices are
    left out: a live run also tells of its host. So are totals of scans that go on: they are told as long as somebody
    watches, and a capture ends with its last packet.
    """
    numbers: dict[str, str] = {}
    alike: list[Record] = []
    for record in records:
        if isinstance(record, Updated) and record.reason == PROGRESS:
            continue
        if isinstance(record, Opened | Updated | Closed):
            number = numbers.setdefault(record.id, f"sw-{len(numbers):016x}")
            alike.append(msgspec.structs.replace(record, id=number, sensor=""))
    return alike
