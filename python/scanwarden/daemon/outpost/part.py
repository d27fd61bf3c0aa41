"""Be the outpost: set traps and write the connection log, and report what comes."""

import asyncio
import os
import signal
import socket
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from scanwarden.config import Settings
from scanwarden.config.sections.logs import ConnectionsSettings
from scanwarden.config.sections.traps import TrapsSettings
from scanwarden.daemon import privileges
from scanwarden.daemon.ahead import load_ahead
from scanwarden.daemon.connections import keep_connection_log
from scanwarden.daemon.notify import Supervisor
from scanwarden.daemon.outpost.reporting import Reporter
from scanwarden.daemon.own_folder import own_folder
from scanwarden.daemon.part_socket import part_socket
from scanwarden.daemon.traps import new_traps
from scanwarden.errors import SensorError
from scanwarden.sensors.traps import wanted_ports


def wants_outpost(settings: Settings) -> bool:
    """Say whether the configuration sets traps that accept, or wants connections logged."""
    return bool(wanted_ports(settings.of(TrapsSettings))) or settings.of(ConnectionsSettings).enabled


def outpost_socket(run: Path) -> Path:
    """Return where the outpost is heard, given the folder of the control sockets."""
    return run.with_name(f"{run.name}-outpost") / "outpost.sock"


def run_outpost(settings: Settings, *, path: Path, supervisor: Supervisor) -> None:
    """Be the outpost until SIGTERM; raise ScanwardenError.

    It keeps CAP_NET_ADMIN for its two tables of the firewall and for what connection tracking knows, and
    CAP_NET_BIND_SERVICE where traps bind their ports.
    """
    load_ahead()
    account = privileges.Account()
    listener = part_socket(path, account)
    connections = settings.of(ConnectionsSettings)
    if connections.enabled:
        _hand_over(connections.file, account)
    kept = [privileges.CAP_NET_ADMIN]
    if settings.of(TrapsSettings).method != "redirect":
        kept.append(privileges.CAP_NET_BIND_SERVICE)
    privileges.drop(account, keep=kept)
    asyncio.run(_Outpost(settings, listener, uids=(0, account.uid)).run(supervisor))


class _Outpost:
    """One run, from the opened socket to the end."""

    def __init__(self, settings: Settings, listener: socket.socket, *, uids: tuple[int, ...]) -> None:
        self._settings = settings
        self._listener = listener
        self._uids = uids

    async def run(self, supervisor: Supervisor) -> None:
        stopped = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        reporter = Reporter(self._listener, uids=self._uids)
        work: list[Coroutine[Any, Any, None]] = [reporter.run()]
        if (traps := new_traps(self._settings.of(TrapsSettings), reporter)) is not None:
            await traps.adjust()
            work.append(traps.run())
        connections = self._settings.of(ConnectionsSettings)
        if connections.enabled:
            work.append(keep_connection_log(connections, reporter.tell))
        supervisor.ready("keeping traps and the connection log")
        tasks = [asyncio.create_task(one) for one in work]
        stopping = asyncio.create_task(stopped.wait())
        done, _ = await asyncio.wait({stopping, *tasks}, return_when=asyncio.FIRST_COMPLETED)
        for task in (stopping, *tasks):
            task.cancel()
        await asyncio.gather(stopping, *tasks, return_exceptions=True)
        for task in done - {stopping}:
            task.result()  # what broke it ends the part, which says why and is started again


def _hand_over(file: Path, account: privileges.Account) -> None:
    """Let the service's user write the connection log; a folder that is not there is made for it."""
    try:
        own_folder(file.parent, account)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o640)
        try:
            if os.geteuid() == 0:
                os.fchown(descriptor, account.uid, account.gid)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise SensorError(f"{file} cannot be written: {error.strerror}", remedy="see [connections] file") from error
