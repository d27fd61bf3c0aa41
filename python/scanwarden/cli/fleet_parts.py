"""Be the fleet's processes: without privileges, and with no more files and sockets than they need."""

import asyncio
import contextlib
import logging
import os
import socket
import sys
import time
from pathlib import Path

from scanwarden.config import Settings
from scanwarden.config.sections.fleet import FleetSettings
from scanwarden.daemon import privileges
from scanwarden.daemon.ahead import load_ahead
from scanwarden.daemon.confinement import EVERYTHING, Confines, confine
from scanwarden.errors import StoreError
from scanwarden.fleet.membership import Membership
from scanwarden.fleet.nats_bus import load_client
from scanwarden.fleet.running import run_agent, run_correlator
from scanwarden.model.printable import printable
from scanwarden.store.agent_state import AgentState, keep_agent_state

log = logging.getLogger(__name__)
LOOK_EVERY_S = 2.0
FAMILIES = (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6)
DETAILS = ("reason", "host", "key", "partition")


class Teller(logging.Handler):
    """Tells on standard error, a line each, what happens to the fleet; under systemd that is the journal."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        details = [str(record.__dict__[name]) for name in DETAILS if name in record.__dict__]
        line = printable(": ".join([record.getMessage(), *details]), max_chars=1000)
        sys.stderr.write(f"scanwarden: {line}\n")
        sys.stderr.flush()


def run_agent_part(settings: Settings) -> None:
    """Be this host's agent until SIGTERM; before the host has joined, wait for that. Raise ScanwardenError."""
    _listen_to_log()
    member = Membership(settings.of(FleetSettings).folder)
    load_client(settings.of(FleetSettings).credentials)
    if os.geteuid() == 0:
        account = privileges.Account()
        member.give_to(account.uid, account.gid)
    _give_up(write=(member.spool,))
    is_over = False
    while not is_over:
        if member.mark is None:
            log.warning("this host has not joined a fleet: scanwarden fleet join")
        while member.mark is None:
            _tell_not_joined(member)
            time.sleep(LOOK_EVERY_S)
        is_over = asyncio.run(run_agent(settings))


def _tell_not_joined(member: Membership) -> None:
    state = AgentState(time_ns=time.time_ns(), trouble="this host has not joined a fleet")
    with contextlib.suppress(StoreError):  # before the spool is there the service says that no agent was heard
        keep_agent_state(state, member.spool)


def run_correlator_part(settings: Settings) -> None:
    """Be a correlator until SIGTERM; raise ScanwardenError."""
    _listen_to_log()
    load_client(settings.of(FleetSettings).credentials)
    run_correlator(settings, give_up=_give_up)


def _give_up(write: tuple[Path, ...] = ()) -> None:
    load_ahead()
    privileges.drop(privileges.Account())
    # Name servers, certificates and the credentials for the bus are read when they are needed.
    confine(Confines(read=EVERYTHING, write=write, families=FAMILIES))


def _listen_to_log() -> None:
    ours = logging.getLogger("scanwarden.fleet")
    for logger in (ours, log):
        logger.setLevel(logging.INFO)
        logger.propagate = False
        logger.handlers = [Teller()]
