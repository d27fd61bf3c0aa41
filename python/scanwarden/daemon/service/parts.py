"""Be one of the parts of the service that make up its core, in this process."""

import asyncio
import os
import signal
import socket
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from scanwarden.config import Settings
from scanwarden.config.sections.policy import PolicySettings
from scanwarden.daemon import privileges
from scanwarden.daemon.actor.reach import HELPED
from scanwarden.daemon.ahead import load_ahead
from scanwarden.daemon.configured import Names, may_enforce, rules_from, tripwire_from
from scanwarden.daemon.confinement import EVERYTHING, Confines, confine
from scanwarden.daemon.helper.helper import Helper
from scanwarden.daemon.helper.server import serve
from scanwarden.daemon.notify import Supervisor
from scanwarden.daemon.part_socket import part_socket
from scanwarden.daemon.protection import NetworkChanges, compute
from scanwarden.daemon.responders import configured_responder, enabled
from scanwarden.daemon.rules import protected_table
from scanwarden.daemon.service.brain import Brain
from scanwarden.daemon.service.opening import Places, open_brain, open_sensor
from scanwarden.daemon.service.scout import Scout
from scanwarden.daemon.service.sensor import SensorPart
from scanwarden.errors import ResponderError
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.model.records import Record
from scanwarden.responders.nftables_tripwire import NftablesTripwire

LOCAL = (socket.AF_UNIX, socket.AF_NETLINK)


def wants_helper(settings: Settings) -> bool:
    """Say whether bans may be made at all, and by nftables."""
    return may_enforce(settings.of(PolicySettings)) and HELPED in enabled(settings)


def run_helper(settings: Settings, *, supervisor: Supervisor) -> None:
    """Be the firewall helper until SIGTERM; it keeps CAP_NET_ADMIN and nothing else. Raise ScanwardenError."""
    if HELPED not in enabled(settings):
        _wait_for_nothing(supervisor)
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
    supervisor.ready("looking after the firewall")
    with NetworkChanges() as changes:
        serve(listener, helper, uids=(0, account.uid), changes=changes)


def _wait_for_nothing(supervisor: Supervisor) -> None:
    """Be there until SIGTERM without touching the firewall, whose bans others make."""
    privileges.drop(privileges.Account())
    supervisor.ready("idle: [responders] enabled does not name nftables")
    while True:
        signal.pause()


def run_brain(settings: Settings, *, file: Path, tell: Callable[[Record], None]) -> None:
    """Be the brain until SIGTERM, without any privilege. Raise ScanwardenError."""
    with ExitStack() as stack:
        opened = open_brain(settings, stack, file=file)

        async def be_brain() -> None:
            await Brain(settings, opened, file=file, tell=tell, supervisor=Supervisor(os.environ)).run()

        asyncio.run(be_brain())


def run_sensor(settings: Settings, *, supervisor: Supervisor) -> None:
    """Be the sensor until SIGTERM, without any privilege once the capture is open. Raise ScanwardenError."""
    with ExitStack() as stack:
        opened = open_sensor(settings, stack)

        async def be_sensor() -> None:
            await SensorPart(settings, opened, supervisor=supervisor).run()

        supervisor.ready(f"watching {', '.join(opened.interfaces)}")
        asyncio.run(be_sensor())


def run_scout(settings: Settings, *, file: Path) -> None:
    """Be the scout until SIGTERM, without any privilege. Raise ScanwardenError."""
    load_ahead()
    privileges.drop(privileges.Account())
    confine(Confines(read=EVERYTHING, families=(*LOCAL, socket.AF_INET, socket.AF_INET6), may_exec=True))

    async def be_scout() -> None:
        await Scout(settings, file=file, path=Places.of(settings).link).run()

    asyncio.run(be_scout())
