"""Run one part of the service in this process, or all of them as processes that are started again when they end."""

import asyncio
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

from scanwarden.config import Settings
from scanwarden.config.sections.policy import PolicySettings
from scanwarden.daemon import privileges
from scanwarden.daemon.ahead import load_ahead
from scanwarden.daemon.auditing import is_scheduled, run_auditor
from scanwarden.daemon.configured import Names, may_enforce, rules_from, tripwire_from
from scanwarden.daemon.courier.opening import run_courier, wants_courier
from scanwarden.daemon.helper.server import Helper, serve
from scanwarden.daemon.notify import Supervisor
from scanwarden.daemon.protection import NetworkChanges, compute
from scanwarden.daemon.responders import configured_responder
from scanwarden.daemon.rules import protected_table
from scanwarden.daemon.service.brain import Brain
from scanwarden.daemon.service.opening import Places, open_all
from scanwarden.errors import ResponderError, ScanwardenError
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.model.records import Record
from scanwarden.responders.nftables_tripwire import NftablesTripwire

log = logging.getLogger(__name__)
RESTART_AFTER_S = 0.2
LONGEST_PAUSE_S = 5.0
SETTLED_S = 10.0  # a part that ran this long did not fail at its start
EXIT_FAILED, EXIT_WRONG = 1, 2
_STOP_LIMIT_S = 8.0


def run_helper(settings: Settings, *, parent: int | None = None) -> None:
    """Be the firewall helper until SIGTERM; it keeps CAP_NET_ADMIN and nothing else. Raise ScanwardenError."""
    load_ahead()
    path = Places.of(settings).helper
    account = privileges.Account()
    names = Names()
    entries = settings.of(PolicySettings).allowlist

    def find() -> PrefixTable:
        names.look_up(entries)
        return protected_table(rules_from(settings, compute(), names.allowlist(entries)))

    listener = _helper_socket(path, account)
    privileges.drop(account, keep=[privileges.CAP_NET_ADMIN])
    responder = configured_responder("nftables", settings, protected=PrefixTable())
    wire = NftablesTripwire(tripwire_from(settings))
    for obstacle in responder.check():
        raise ResponderError(f"cannot enforce bans: {obstacle.lacks}", remedy=obstacle.remedy)
    helper = Helper(responder, wire, find=find)
    helper.start()
    Supervisor(os.environ if parent is None else {}).ready("looking after the firewall")
    with NetworkChanges() as changes:
        serve(listener, helper, uids=(0, account.uid), changes=changes)


def run_brain(settings: Settings, *, file: Path, tell: Callable[[Record], None]) -> None:
    """Be the service until SIGTERM, without any privilege once the capture is open. Raise ScanwardenError."""
    with ExitStack() as stack:
        opened = open_all(settings, stack)
        brain = Brain(settings, opened, file=file, tell=tell, supervisor=Supervisor(os.environ))
        asyncio.run(brain.run())


class Parts:
    """The processes of one service, each started again when it ends before it should."""

    def __init__(self, parts: dict[str, Callable[[], None]]) -> None:
        """Take what each part runs, in the order of starting; they end in the reverse order."""
        self._parts = parts
        self._running: dict[int, tuple[str, float]] = {}
        self._failures: dict[str, int] = dict.fromkeys(parts, 0)
        self._has_one_ended = False
        self._is_stopping = False

    def run(self) -> int:
        """Run until SIGTERM or SIGINT, or until a part says at its start that it cannot; return the exit status."""
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        signal.signal(signal.SIGHUP, self._pass_on)
        for name in self._parts:
            self._start(name)
        status = 0
        while self._running:
            pid, ended = os.wait()
            name, started_s = self._running.pop(pid)
            if self._is_stopping:
                continue
            ran_s = time.monotonic() - started_s
            code = os.waitstatus_to_exitcode(ended)
            # A part that was killed comes back at once; one that gives up again and again waits longer and longer.
            self._failures[name] = 0 if ran_s > SETTLED_S or code < 0 else self._failures[name] + 1
            is_first, self._has_one_ended = not self._has_one_ended, True
            # What worked once works again: a part that misses another one, which was killed, is only started again.
            if code == EXIT_WRONG and ran_s < SETTLED_S and is_first:
                status = EXIT_WRONG
                self._stop(signal.SIGTERM, None)
                continue
            log.warning("a part ended and is started again", extra={"part": name})
            time.sleep(min(RESTART_AFTER_S * 2 ** max(0, self._failures[name] - 3), LONGEST_PAUSE_S))
            self._start(name)
        signal.setitimer(signal.ITIMER_REAL, 0)
        return status

    def _start(self, name: str) -> None:
        if self._is_stopping:
            return
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(number, signal.SIG_DFL)
            os._exit(_status_of(self._parts[name]))
        self._running[pid] = (name, time.monotonic())

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._is_stopping = True
        for pid, (name, _) in self._running.items():
            # The helper ends when it is asked to, last of all: the service still has a word with it.
            if name != "helper" or len(self._running) == 1:
                os.kill(pid, signal.SIGTERM)
        signal.signal(signal.SIGALRM, self._end_all)
        signal.setitimer(signal.ITIMER_REAL, 0.2, 0.2)
        self._deadline_s = time.monotonic() + _STOP_LIMIT_S

    def _end_all(self, _number: int, _frame: FrameType | None) -> None:
        """End the helper once it is alone, and everything once the time is over."""
        is_late = time.monotonic() > self._deadline_s
        for pid in list(self._running):
            if is_late or len(self._running) == 1:
                os.kill(pid, signal.SIGKILL if is_late else signal.SIGTERM)

    def _pass_on(self, number: int, _frame: FrameType | None) -> None:
        for pid, (name, _) in self._running.items():
            # The others read the configuration only at their start: they are started again.
            os.kill(pid, number if name == "service" else signal.SIGTERM)


def run_all(settings: Settings, *, file: Path, tell: Callable[[Record], None]) -> int:
    """Run the service and what it needs: the firewall helper to ban, the courier for sinks. Return the exit status."""
    parts: dict[str, Callable[[], None]] = {}
    if may_enforce(settings.of(PolicySettings)):
        parent = os.getpid()
        parts["helper"] = lambda: run_helper(settings, parent=parent)
    parts["service"] = lambda: run_brain(settings, file=file, tell=tell)
    if is_scheduled(settings):
        parts["auditor"] = lambda: run_auditor(settings)
    if wants_courier(settings):
        parts["courier"] = lambda: run_courier(settings)
    return Parts(parts).run()


def _status_of(part: Callable[[], None]) -> int:
    try:
        part()
    except ScanwardenError as error:
        sys.stderr.write(f"scanwarden: error: {error}\n")
        sys.stderr.flush()
        return EXIT_WRONG
    except (ImportError, LookupError, OSError) as error:
        # Such as a module of an interpreter that only root may read.
        sys.stderr.write(f"scanwarden: error: a part ended unexpectedly: {type(error).__name__}: {error}; ")
        sys.stderr.write(f"may its user read {sys.prefix} and {sys.base_prefix}?\n")
        sys.stderr.flush()
        return EXIT_FAILED
    return 0


def _helper_socket(path: Path, account: privileges.Account) -> socket.socket:
    """Return the socket that only root and the service's user may use; raise ResponderError."""
    try:
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        if path.is_socket():
            path.unlink()
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC)
        listener.bind(str(path))
        if os.geteuid() == 0:
            os.chown(path, account.uid, account.gid)
        path.chmod(0o600)
        listener.listen(4)
    except OSError as error:
        raise ResponderError(f"the helper's socket {path} cannot be opened: {error.strerror}") from error
    return listener
