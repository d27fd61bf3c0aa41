"""Follow the systemd journal as a live sensor, through `journalctl`."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from scanwarden import hostcmd
from scanwarden._core import _native
from scanwarden.errors import SensorError
from scanwarden.model.notice import Notice
from scanwarden.sensors.log_file import taken_notices
from scanwarden.sensors.log_reading import LogReading

JOURNALCTL: Sequence[str] = ("journalctl", "--output=json", "--follow", "--all", "--no-pager", "--quiet")
# Kernel lines and those of the SSH servers: what the core can use; groups joined by + are alternatives.
MATCHES: Sequence[str] = ("_TRANSPORT=kernel", "+", "SYSLOG_IDENTIFIER=sshd", "+", "SYSLOG_IDENTIFIER=sshd-session")
MAX_LINE_BYTES = 1 << 20
RESTART_AFTER_S = 1.0
SAVE_EVERY_S = 5.0


class _Position(msgspec.Struct):
    cursor: str = msgspec.field(name="__CURSOR", default="")


_POSITION = msgspec.json.Decoder(_Position)


class JournalFollow:
    """The journal from now on, or from the cursor saved in `cursor_path`.

    `journalctl` is started again where it stopped when it ends; each such end is told once as a trouble.
    """

    name = "journal"

    def __init__(
        self, *, reading: LogReading, cursor_path: Path | None = None, command: Sequence[str] = JOURNALCTL
    ) -> None:
        """Look for `journalctl`; raise HostCommandError where there is none."""
        hostcmd.find(command[0])
        self._command = command
        self._cursor_path = cursor_path
        self._cursor = _loaded(cursor_path)
        self._saved_s = 0.0
        self._last_line = b"{}"
        self._feed = _native.LogFeed("journald", reading.as_json(sensor=self.name))
        self._troubles: list[str] = []
        self._restarts = 0

    async def run(self, core: _native.Detector, on_fed: Callable[[], None]) -> None:
        """Feed what is logged until cancelled; `on_fed` hears of each turn."""
        while True:
            try:
                async with hostcmd.LineStream(self._arguments(), max_line_bytes=MAX_LINE_BYTES) as lines:
                    async for line in lines:
                        self.take(line, core)
                        on_fed()
                self._troubles.append("journalctl ended; it is started again")
            except hostcmd.HostCommandError as error:
                self._troubles.append(f"{error}; it is started again")
            self._restarts += 1
            await asyncio.sleep(RESTART_AFTER_S)

    def take(self, line: bytes, core: _native.Detector) -> None:
        """Feed one entry and remember where it stands."""
        self._feed.advance(time.time_ns())
        self._feed.feed(line + b"\n", core)
        self._last_line = line
        now_s = time.monotonic()
        if now_s - self._saved_s >= SAVE_EVERY_S:
            self._saved_s = now_s
            self._save()

    def notices(self) -> list[Notice]:
        """Take out who guesses logins since the last call."""
        return taken_notices(self._feed)

    def troubles(self) -> list[str]:
        """Take out what went wrong since the last call."""
        taken, self._troubles = self._troubles, []
        return taken

    def statistics(self) -> dict[str, int]:
        """Give the counters by name: lines, probes, restarts, and under `unused.` why lines were not used."""
        return self._feed.counters() | {"restarts": self._restarts}

    def close(self) -> None:
        """Save the cursor."""
        self._save()

    def _arguments(self) -> list[str]:
        self._note_cursor()
        place = [f"--after-cursor={self._cursor}"] if self._cursor else ["--lines=0"]
        return [*self._command, *place, *MATCHES]

    def _note_cursor(self) -> None:
        with contextlib.suppress(msgspec.DecodeError):  # the core has counted such a line
            self._cursor = _POSITION.decode(self._last_line).cursor or self._cursor

    def _save(self) -> None:
        """Write the cursor, whole or not at all."""
        self._note_cursor()
        if self._cursor_path is None or not self._cursor:
            return
        beside = self._cursor_path.with_name(f"{self._cursor_path.name}.new")
        try:
            beside.write_text(self._cursor, encoding="ascii", errors="replace")
            beside.replace(self._cursor_path)
        except OSError as error:
            self._troubles.append(f"the journal cursor is not saved: {self._cursor_path}: {error.strerror}")


def _loaded(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise SensorError(
            f"the journal cursor in {path} cannot be read: {error}", remedy="remove the file to begin with now"
        ) from error
