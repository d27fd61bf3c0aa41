"""Open what needs privileges, then give them up."""

import contextlib
import os
import socket
from contextlib import ExitStack
from pathlib import Path

import msgspec

from scanwarden.config import Settings
from scanwarden.config.sections.control import ControlSettings
from scanwarden.config.sections.fleet import FleetSettings
from scanwarden.config.sections.logs import LogsSettings
from scanwarden.config.sections.store import StoreSettings
from scanwarden.config.sections.traps import TrapsSettings
from scanwarden.config.sections.watch import WatchSettings
from scanwarden.config.sections.web import WebSettings
from scanwarden.control.listening import ADMIN_MODE, READ_MODE, open_socket, page_mode
from scanwarden.daemon import privileges
from scanwarden.daemon.ahead import load_ahead
from scanwarden.daemon.configured import reading_from
from scanwarden.daemon.confinement import EVERYTHING, Confines, confine
from scanwarden.daemon.feeds import JOURNAL, NFLOG, LogSensor, open_feed
from scanwarden.daemon.lock import InstanceLock
from scanwarden.daemon.outpost.feed import OutpostFeed
from scanwarden.daemon.outpost.part import outpost_socket, wants_outpost
from scanwarden.daemon.own_folder import own_folder
from scanwarden.daemon.reader.asking import AskingOpener, reader_socket
from scanwarden.errors import SensorError, StoreError
from scanwarden.sensors.live import LiveSensor, open_interfaces
from scanwarden.store.sightings import SPOOL

_IFF_UP, _IFF_LOOPBACK = 0x1, 0x8  # linux/if.h
INTERFACES = Path("/sys/class/net")


class Places(msgspec.Struct, frozen=True):
    """Where the parts of one service meet."""

    run: Path
    helper: Path
    link: Path

    @classmethod
    def of(cls, settings: Settings) -> "Places":
        """Return the places that `[control]` implies: the folder of the read socket, and one beside it."""
        return cls.beside(settings.of(ControlSettings).read_socket)

    @classmethod
    def beside(cls, control_socket: Path) -> "Places":
        """Return the places that belong to one of the control sockets."""
        run = control_socket.parent
        return cls(run=run, helper=run.with_name(f"{run.name}-helper") / "helper.sock", link=run / "parts.sock")


class Opened(msgspec.Struct, frozen=True):
    """What the brain holds from its start."""

    read_socket: socket.socket
    admin_socket: socket.socket
    link_socket: socket.socket
    uids: tuple[int, ...]
    page_socket: socket.socket | None = None


class OpenedSensor(msgspec.Struct, frozen=True):
    """What the sensor holds from its privileged start; `indices` are the numbers of its interfaces then."""

    interfaces: tuple[str, ...]
    indices: dict[str, int]
    sensor: LiveSensor
    feeds: tuple[LogSensor | OutpostFeed, ...]


def open_brain(settings: Settings, stack: ExitStack, *, file: Path) -> Opened:
    """Take the lock, open sockets and the database's folder, then drop every privilege; raise ScanwardenError.

    Of files it keeps the folder of the configuration `file`, and those of the database and the sockets.
    """
    account = privileges.Account()
    load_ahead()
    control, places = settings.of(ControlSettings), Places.of(settings)
    stack.enter_context(InstanceLock(places.run / "scanwarden.lock"))
    sockets = []
    for path, mode, group in (
        (control.read_socket, READ_MODE, control.group),
        (control.admin_socket, ADMIN_MODE, control.group),
        (places.link, ADMIN_MODE, ""),
    ):
        listener = open_socket(path, mode=mode, uid=account.uid, group=group)
        stack.callback(_close_socket, listener, path)
        sockets.append(listener)
    page = _open_page_socket(control, account, stack) if settings.of(WebSettings).enabled else None
    store = settings.of(StoreSettings).path
    _hand_over(store, account)
    fleet = settings.of(FleetSettings)
    spool = fleet.folder / SPOOL
    if fleet.enabled:
        with contextlib.suppress(StoreError):  # what the agent says of itself cannot be read then, and `status` says so
            _hand_over(spool / SPOOL, account)
    os.environ["SQLITE_TMPDIR"] = str(store.parent)  # what does not fit into memory goes nowhere else
    privileges.drop(account)
    reads = (file.parent, file.resolve().parent, *((spool,) if fleet.enabled else ()))
    confine(Confines(read=reads, write=(store.parent, places.run)))
    read, admin, link = sockets
    return Opened(read, admin, link, uids=(0, account.uid), page_socket=page)


def open_sensor(settings: Settings, stack: ExitStack) -> OpenedSensor:
    """Open the capture and the logs, then drop every privilege; raise ScanwardenError."""
    account = privileges.Account()
    load_ahead()
    watch = settings.of(WatchSettings)
    interfaces = watch.interfaces or interfaces_up()
    indices = {name: index for name in interfaces if (index := index_of(name)) is not None}
    sensor = open_interfaces(interfaces, is_promiscuous=watch.promiscuous, ring_bytes=int(watch.ring))
    stack.callback(sensor.close)
    reading = reading_from(settings)
    # A folder of its own: the sensor has no business beside the database.
    kept_in = settings.of(StoreSettings).path.parent / "positions"
    words = feed_words(settings.of(LogsSettings))
    if words:
        _hand_over(kept_in / "any", account)
    open_file = AskingOpener(reader_socket(Places.of(settings).run))
    feeds = tuple(open_feed(word, reading=reading, kept_in=kept_in, open_file=open_file) for word in words)
    for feed in feeds:
        stack.callback(feed.close)
    fleet = settings.of(FleetSettings)
    spool = fleet.folder / SPOOL
    if fleet.enabled:
        _hand_over(spool / SPOOL, account)
    privileges.drop(account)
    logs = settings.of(LogsSettings)
    # The journal is read by its own program.
    folders = EVERYTHING if logs.journal else tuple(one.parent for one in logs.files)
    writes = (*((spool,) if fleet.enabled else ()), *((kept_in,) if words else ()))
    families = (socket.AF_UNIX, socket.AF_NETLINK)
    confine(Confines(read=folders, write=writes, families=families, may_exec=logs.journal))
    return OpenedSensor(interfaces, indices, sensor, (*feeds, *outpost_feeds(settings)))


def index_of(interface: str) -> int | None:
    """Return the number of an interface; None if there is none of that name."""
    try:
        return socket.if_nametoindex(interface)
    except OSError:
        return None


def _open_page_socket(control: ControlSettings, account: privileges.Account, stack: ExitStack) -> socket.socket:
    group = control.page_group
    listener = open_socket(
        control.page_socket, mode=page_mode(control.page_socket, group), uid=account.uid, group=group
    )
    stack.callback(_close_socket, listener, control.page_socket)
    return listener


def outpost_feeds(settings: Settings) -> tuple[OutpostFeed, ...]:
    """Return what hears the outpost, if there is to be one."""
    if not wants_outpost(settings):
        return ()
    path = outpost_socket(Places.of(settings).run)
    return (OutpostFeed(path, weight=settings.of(TrapsSettings).weight),)


def feed_words(logs: LogsSettings) -> list[str]:
    """Name what `[logs]` has us read, as `watch` does."""
    journal = [JOURNAL] if logs.journal else []
    return [*map(str, logs.files), *journal, *(f"{NFLOG}{group}" for group in logs.nflog_groups)]


def interfaces_up() -> tuple[str, ...]:
    """Return every interface that is up, except loopback; raise SensorError if there is none."""
    found = []
    for folder in sorted(INTERFACES.iterdir()):
        try:
            flags = int((folder / "flags").read_text(encoding="ascii"), 16)
        except OSError:
            continue  # it went away just now, or is no interface (bonding_masters)
        if flags & _IFF_UP and not flags & _IFF_LOOPBACK:
            found.append(folder.name)
    if not found:
        raise SensorError("no interface is up", remedy="bring one up, or name one in [watch] interfaces")
    return tuple(found)


def _hand_over(path: Path, account: privileges.Account) -> None:
    """Let the service's user write the database; only its folder and our own files there change hands."""
    try:
        own_folder(path.parent, account, is_shared=True)
        if os.geteuid() == 0:
            for one in path.parent.glob(f"{path.name}*"):
                os.chown(one, account.uid, account.gid, follow_symlinks=False)
    except OSError as error:
        raise StoreError(f"{path.parent} cannot be used: {error.strerror}", remedy="see [store] path") from error


def _close_socket(listener: socket.socket, path: Path) -> None:
    listener.close()
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return  # a folder of root's: the next start replaces the socket
