"""Keep what `top` shows: who scans, how fast over the last minute, what is chosen, what was said last."""

import time
from collections import deque
from collections.abc import Callable

import msgspec
from msgspec import Struct

from scanwarden.cli.top_keys import Key
from scanwarden.control.client import ControlClient
from scanwarden.control.encoding import decode
from scanwarden.control.views import BanRequest, BanView, Done, Status
from scanwarden.errors import ScanwardenError
from scanwarden.model.address import Prefix
from scanwarden.store.views import ScanPage, ScanRow

MAX_ROWS = 50
MAX_POINTS = 60
BAN_S = 600


class Snapshot(Struct, frozen=True, kw_only=True):
    """What the service says at one moment."""

    status: Status
    scans: tuple[ScanRow, ...]
    bans: tuple[BanView, ...]
    taken_s: float


def take_snapshot(read: ControlClient, *, clock: Callable[[], float] = time.monotonic) -> Snapshot:
    """Ask for everything that one page shows; raises ScanwardenError."""
    status = read.status()
    try:
        page = decode(read.raw(f"/scans?limit={MAX_ROWS}"), ScanPage)
    except msgspec.MsgspecError as error:
        raise ScanwardenError(f"the answer is not understood: {error}", remedy="restart the service") from error
    return Snapshot(status=status, scans=page.scans, bans=tuple(read.bans()), taken_s=clock())


class Top:
    """The state of one live view."""

    def __init__(self, read: ControlClient, admin: ControlClient) -> None:
        self._read = read
        self._admin = admin
        self._probes: dict[str, deque[tuple[float, int]]] = {}
        self._packets: deque[tuple[float, int]] = deque(maxlen=MAX_POINTS + 1)
        self.latest: Snapshot | None = None
        self.chosen = 0
        self.said = ""
        self.is_over = False

    def add(self, snapshot: Snapshot) -> None:
        """Take a snapshot in."""
        self.latest = snapshot
        self._packets.append((snapshot.taken_s, snapshot.status.packets))
        self._probes = {row.id: self._probes.get(row.id, deque(maxlen=MAX_POINTS + 1)) for row in snapshot.scans}
        for row in snapshot.scans:
            self._probes[row.id].append((snapshot.taken_s, row.probes))
        self.chosen = min(self.chosen, max(len(snapshot.scans) - 1, 0))

    def look(self) -> None:
        """Ask the service again; if it does not answer, say so and go on."""
        try:
            self.add(take_snapshot(self._read))
        except ScanwardenError as error:
            self.said = error.message

    def press(self, key: Key) -> None:
        """Do what a key means."""
        rows = self.latest.scans if self.latest else ()
        match key:
            case "quit":
                self.is_over = True
            case "up":
                self.chosen = max(self.chosen - 1, 0)
            case "down":
                self.chosen = min(self.chosen + 1, max(len(rows) - 1, 0))
            case "ban" | "unban" | "allow" if rows:
                self._change(key, rows[self.chosen])

    def rates(self, scan: str | None = None) -> list[float]:
        """Give probes a second of one scan, or packets a second over all, for each span between two looks."""
        points = self._packets if scan is None else self._probes.get(scan, deque())
        pairs = zip(points, list(points)[1:], strict=False)
        return [max(after - before, 0) / max(till - since, 0.001) for (since, before), (till, after) in pairs]

    def ban_of(self, row: ScanRow) -> BanView | None:
        """Give the ban in force on the source of a scan."""
        if self.latest is None or row.source is None:
            return None
        source = Prefix.parse(row.source)
        return next((ban for ban in self.latest.bans if ban.source.contains(source)), None)

    def _change(self, key: Key, row: ScanRow) -> None:
        if row.source is None:
            self.said = "this is a group: ban its members one by one"
            return
        source = Prefix.parse(row.source)
        try:
            self.said = self._asked(key, source).text
            self.look()
        except ScanwardenError as error:
            self.said = str(error)

    def _asked(self, key: Key, source: Prefix) -> Done:
        if key == "ban":
            return self._admin.ban(BanRequest(source=source, duration_s=BAN_S))
        return self._admin.unban(source) if key == "unban" else self._admin.allow(source)
