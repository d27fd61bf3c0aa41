"""Run one part of the service in this process, or all of them as processes that are started again when they end."""

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

from scanwarden.config import Settings, load
from scanwarden.config.sections.policy import PolicySettings
from scanwarden.daemon import privileges
from scanwarden.daemon.actor.part import run_actor, wants_actor
from scanwarden.daemon.actor.reach import HELPED
from scanwarden.daemon.ahead import load_ahead
from scanwarden.daemon.auditing import is_scheduled, run_auditor
from scanwarden.daemon.configured import Names, may_enforce, rules_from, tripwire_from
from scanwarden.daemon.confinement import EVERYTHING, Confines, confine
from scanwarden.daemon.courier.opening import run_courier, wants_courier
from scanwarden.daemon.exporter import run_exporter, wants_exporter
from scanwarden.daemon.garbage import keep_for_good
from scanwarden.daemon.helper.server import Helper, serve
from scanwarden.daemon.notify import Supervisor
from scanwarden.daemon.outpost.part import outpost_socket, run_outpost, wants_outpost
from scanwarden.daemon.part_socket import part_socket
from scanwarden.daemon.protection import NetworkChanges, compute
from scanwarden.daemon.reader.asking import reader_socket
from scanwarden.daemon.reader.part import run_reader, wants_reader
from scanwarden.daemon.responders import configured_responder, enabled
from scanwarden.daemon.rules import protected_table
from scanwarden.daemon.service.brain import Brain
from scanwarden.daemon.service.opening import Places, open_brain, open_sensor
from scanwarden.daemon.service.scout import Scout
from scanwarden.daemon.service.sensor import SensorPart
from scanwarden.daemon.service.supervision import Parts
from scanwarden.errors import ResponderError, ScanwardenError
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.model.records import Record
from scanwarden.responders.nftables_tripwire import NftablesTripwire

LOCAL = (socket.AF_UNIX, socket.AF_NETLINK)


def run_helper(settings: Settings, *, parent: int | None = None) -> None:
    """Be the firewall helper until SIGTERM; it keeps CAP_NET_ADMIN and nothing else. Raise ScanwardenError."""
    privileges.name_process("helper")
    if HELPED not in enabled(settings):
        _wait_for_nothing(parent)
        return
    load_ahead()
    path = Places.of(settings).helper
    account = privileges.Account()
    names = Names()
    entries = settings.of(PolicySettings).allowlist

    def find() -> PrefixTable:
        names.look_up(entries)
        return protected_table(rules_from(settings, compute(), names.allowlist(entries)))

    listener = part_socket(path, account)
    privileges.drop(account, keep=[privileges.CAP_NET_ADMIN])
    # Names on the allowlist are looked up, and nft is started.
    confine(Confines(read=EVERYTHING, families=(*LOCAL, socket.AF_INET, socket.AF_INET6), may_exec=True))
    responder = configured_responder("nftables", settings, protected=PrefixTable())
    wire = NftablesTripwire(tripwire_from(settings))
    for obstacle in responder.check():
        raise ResponderError(f"cannot enforce bans: {obstacle.lacks}", remedy=obstacle.remedy)
    helper = Helper(responder, wire, find=find)
    helper.start()
    Supervisor(os.environ if parent is None else {}).ready("looking after the firewall")
    with NetworkChanges() as changes:
        serve(listener, helper, uids=(0, account.uid), changes=changes)


def _wait_for_nothing(parent: int | None) -> None:
    """Be there until SIGTERM without touching the firewall, whose bans others make."""
    privileges.drop(privileges.Account())
    Supervisor(os.environ if parent is None else {}).ready("idle: [responders] enabled does not name nftables")
    while True:
        signal.pause()


def run_brain(settings: Settings, *, file: Path, tell: Callable[[Record], None]) -> None:
    """Be the brain until SIGTERM, without any privilege. Raise ScanwardenError."""
    privileges.name_process("brain")
    with ExitStack() as stack:
        opened = open_brain(settings, stack, file=file)

        async def be_brain() -> None:
            await Brain(settings, opened, file=file, tell=tell, supervisor=Supervisor(os.environ)).run()

        asyncio.run(be_brain())


def run_sensor(settings: Settings, *, parent: int | None = None) -> None:
    """Be the sensor until SIGTERM, without any privilege once the capture is open. Raise ScanwardenError."""
    privileges.name_process("sensor")
    with ExitStack() as stack:
        opened = open_sensor(settings, stack)
        supervisor = Supervisor(os.environ if parent is None else {})

        async def be_sensor() -> None:
            await SensorPart(settings, opened, supervisor=supervisor).run()

        supervisor.ready(f"watching {', '.join(opened.interfaces)}")
        asyncio.run(be_sensor())


def run_scout(settings: Settings, *, file: Path) -> None:
    """Be the scout until SIGTERM, without any privilege. Raise ScanwardenError."""
    privileges.name_process("scout")
    load_ahead()
    privileges.drop(privileges.Account())
    confine(Confines(read=EVERYTHING, families=(*LOCAL, socket.AF_INET, socket.AF_INET6), may_exec=True))

    async def be_scout() -> None:
        await Scout(settings, file=file, path=Places.of(settings).link).run()

    asyncio.run(be_scout())


def run_all(
    settings: Settings,
    *,
    file: Path,
    tell: Callable[[Record], None],
    more: Mapping[str, Callable[[], None]] | None = None,
) -> int:
    """Run every part that the configuration needs, and return the exit status.

    The firewall helper and the actor are there to ban, the reader for log files, the courier for sinks, the outpost for
    traps and the connection log; `more` are further parts, started last.
    """
    load_ahead()
    keep_for_good()  # every part shares it from here on
    parent = os.getpid()
    parts: dict[str, Callable[[], None]] = {}

    def fresh() -> Settings:
        """Read the configuration as it is when a part is started again; what is wrong then changes nothing."""
        try:
            return load(file, os.environ)
        except ScanwardenError:
            return settings

    run = Places.of(settings).run
    if may_enforce(settings.of(PolicySettings)) and HELPED in enabled(settings):
        parts["helper"] = lambda: run_helper(fresh(), parent=parent)
    if wants_actor(settings):
        parts["actor"] = lambda: run_actor(fresh(), file=file, run=run, parent=parent)
    parts["brain"] = lambda: run_brain(fresh(), file=file, tell=tell)
    parts["scout"] = lambda: run_scout(fresh(), file=file)
    if wants_reader(settings):
        opened_at = reader_socket(run)
        parts["reader"] = lambda: run_reader(fresh(), path=opened_at, parent=parent)
    parts["sensor"] = lambda: run_sensor(fresh(), parent=parent)
    if is_scheduled(settings):
        parts["auditor"] = lambda: run_auditor(fresh())
    if wants_courier(settings):
        parts["courier"] = lambda: run_courier(fresh())
    if wants_exporter(settings):
        parts["exporter"] = lambda: run_exporter(fresh())
    if wants_outpost(settings):
        heard_at = outpost_socket(run)
        parts["outpost"] = lambda: run_outpost(fresh(), path=heard_at, parent=parent)
    return Parts({**parts, **(more or {})}).run()
