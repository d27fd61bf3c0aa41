"""Be the actor: root without most of its powers, with one thread for each responder that is the actor's."""

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from scanwarden.config import Settings, load
from scanwarden.config.sections.policy import PolicySettings
from scanwarden.config.sections.responders_hosts_deny import HostsDenySettings
from scanwarden.config.sections.store import StoreSettings
from scanwarden.daemon import privileges
from scanwarden.daemon.actor.kept import KeptBans
from scanwarden.daemon.actor.reach import acted, actor_socket
from scanwarden.daemon.actor.station import Station
from scanwarden.daemon.ahead import load_ahead
from scanwarden.daemon.configured import Names, may_enforce, rules_from
from scanwarden.daemon.confinement import EVERYTHING, Confines, confine
from scanwarden.daemon.helper.server import serve
from scanwarden.daemon.notify import Supervisor
from scanwarden.daemon.part_socket import part_socket
from scanwarden.daemon.protection import NetworkChanges, compute
from scanwarden.daemon.responders import configured_responder
from scanwarden.daemon.rules import protected_table
from scanwarden.errors import ResponderError, ScanwardenError
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.responders.keeper import Keeper

log = logging.getLogger(__name__)
FAMILIES = (socket.AF_UNIX, socket.AF_NETLINK, socket.AF_INET, socket.AF_INET6)
# Tools are programs that are started to be asked; firewalld's takes a fifth of a second.
LOOK_EVERY_S = {"firewalld": 10.0, "iptables": 2.0}
FOUND_AGAIN_S = 1.0
STOP_LIMIT_S = 5.0
_KEPT = {
    "iptables": (privileges.CAP_NET_ADMIN, privileges.CAP_NET_RAW),
    "route": (privileges.CAP_NET_ADMIN,),
    # To become the program's user, and to end its program when its time is over.
    "command": (privileges.CAP_SETUID, privileges.CAP_SETGID, privileges.CAP_KILL),
}


def wants_actor(settings: Settings) -> bool:
    """Say whether bans may be made at all, and by a responder that is the actor's."""
    return bool(acted(settings)) and may_enforce(settings.of(PolicySettings))


def run_actor(settings: Settings, *, file: Path, run: Path, supervisor: Supervisor) -> None:
    """Be the actor until SIGTERM, which lifts the bans that nobody else would end. Raise ScanwardenError.

    SIGHUP reads the allowlist again from the configuration `file`; `run` is where the parts of the service meet.
    """
    load_ahead()
    names = acted(settings)
    if not names:
        raise ResponderError(
            "there is nothing to do for the actor: [responders] enabled names nothing but nftables and dry_run",
            remedy="name others there, or leave scanwarden-actor.service disabled",
        )
    folder = kept_in(settings)
    account = privileges.Account()
    sockets = {name: part_socket(actor_socket(run, name), account) for name in names}
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ResponderError(f"{folder} cannot be made: {error.strerror}", remedy="see [store] path") from error
    privileges.drop(privileges.Account("root"), keep=kept_capabilities(names))
    confine(confines_of(settings, folder))
    finder = _Finder(settings, file)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    signal.signal(signal.SIGHUP, lambda *_: finder.read_again())
    threads = [
        threading.Thread(
            target=_serve, args=(_station(name, settings, finder.find, folder), sockets[name], account, stop), name=name
        )
        for name in names
    ]
    for thread in threads:
        thread.start()
    supervisor.ready(f"banning with {', '.join(names)}")
    while not stop.wait(1.0):
        if any(not thread.is_alive() for thread in threads):
            stop.set()
            raise ResponderError("a responder of the actor ended unexpectedly", remedy="see the log above")
    give_up_s = time.monotonic() + STOP_LIMIT_S
    for thread in threads:
        thread.join(max(0.0, give_up_s - time.monotonic()))


def kept_in(settings: Settings) -> Path:
    """Name the folder in which the actor remembers bans: its own, beside that of the database."""
    folder = settings.of(StoreSettings).path.parent
    return folder.with_name(f"{folder.name}-actor")


def kept_capabilities(names: Sequence[str]) -> tuple[int, ...]:
    """Return what these responders need beside being root, who owns the files that they change."""
    return tuple(sorted({one for name in names for one in _KEPT.get(name, ())}))


def confines_of(settings: Settings, folder: Path) -> Confines:
    """Return the files that the configured responders change; a program of the operator's may change any of its own."""
    names = acted(settings)
    writes = [folder]
    if "hosts_deny" in names:
        writes.append(settings.of(HostsDenySettings).file.parent)
    if "iptables" in names:
        writes.append(Path("/run"))  # its lock
    return Confines(
        read=EVERYTHING, write=tuple(writes), families=FAMILIES, may_exec=True, has_all_files="command" in names
    )


def _station(name: str, settings: Settings, find: Callable[[], PrefixTable], folder: Path) -> Station:
    responder = configured_responder(name, settings, protected=PrefixTable())
    if not isinstance(responder, Keeper):
        raise ResponderError(f"{name} keeps no books")
    kept = KeptBans(folder / f"{name}.json")
    return Station(responder, find=find, kept=kept, look_every_s=LOOK_EVERY_S.get(name, 0.0))


def _serve(station: Station, listener: socket.socket, account: privileges.Account, stop: threading.Event) -> None:
    station.look_after()
    with NetworkChanges() as changes, listener:
        serve(
            listener,
            station,
            uids=(0, account.uid),
            changes=changes,
            is_noted=True,
            goes_on=lambda: not stop.is_set(),
        )
    station.leave()


class _Finder:
    """Compute whom this host needs, once for all responders that ask within a second."""

    def __init__(self, settings: Settings, file: Path) -> None:
        self._settings = settings
        self._file = file
        self._names = Names()
        self._turn = threading.Lock()
        self._found = PrefixTable()
        self._found_s: float | None = None
        self._is_stale = False

    def read_again(self) -> None:
        """Have the allowlist read again before it is asked for next."""
        self._is_stale = True

    def find(self) -> PrefixTable:
        """Return whom nobody may ban; blocks."""
        with self._turn:
            now_s = time.monotonic()
            if self._found_s is not None and now_s - self._found_s < FOUND_AGAIN_S:
                return self._found
            if self._is_stale:
                self._is_stale = False
                self._read()
            entries = self._settings.of(PolicySettings).allowlist
            self._names.look_up(entries)
            self._found = protected_table(rules_from(self._settings, compute(), self._names.allowlist(entries)))
            self._found_s = time.monotonic()
            return self._found

    def _read(self) -> None:
        try:
            self._settings = load(self._file, os.environ)
        except ScanwardenError as error:
            log.warning("the allowlist stays as it was", extra={"reason": str(error)})
