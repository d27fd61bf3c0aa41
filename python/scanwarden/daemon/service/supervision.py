"""Run the parts of the service as processes, each started again when it ends before it should."""

import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping

from scanwarden.daemon.privileges import name_process
from scanwarden.errors import ScanwardenError

log = logging.getLogger(__name__)
RESTART_AFTER_S = 0.1
LONGEST_PAUSE_S = 5.0
SETTLED_S = 10.0  # a part that ran this long did not fail at its start
EXIT_FAILED, EXIT_WRONG = 1, 2
LAST = frozenset({"helper", "actor"})  # the others still have a word with them when they end
_STOP_LIMIT_S = 8.0
_WANTED = (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Parts:
    """The processes of one service; none of them is root's once it has begun."""

    def __init__(self, parts: Mapping[str, Callable[[], None]]) -> None:
        """Take what each part runs, in the order of starting."""
        self._parts = parts
        self._running: dict[int, tuple[str, float]] = {}
        self._failures: dict[str, int] = dict.fromkeys(parts, 0)
        self._due_s: dict[str, float] = dict.fromkeys(parts, 0.0)
        self._has_one_ended = False
        self._end_by_s: float | None = None
        self._status = 0

    def run(self) -> int:
        """Run until SIGTERM or SIGINT, or until a part says at the first start that it cannot; return the status."""
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _WANTED)
        try:
            while self._end_by_s is None or self._running:
                self._start_due(before)
                self._hear(signal.sigtimedwait(_WANTED, self._pause_s()))
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return self._status

    def _pause_s(self) -> float:
        if self._end_by_s is not None:
            return 0.2
        waiting = [due_s - time.monotonic() for due_s in self._due_s.values()]
        return max(0.0, min([*waiting, 10.0]))

    def _hear(self, told: "signal.struct_siginfo | None") -> None:
        if told is not None and told.si_signo in (signal.SIGTERM, signal.SIGINT):
            self._stop()
        elif told is not None and told.si_signo == signal.SIGHUP:
            self._pass_on()
        self._reap()
        if self._end_by_s is not None:
            self._end_rest(self._end_by_s)

    def _start_due(self, mask: "set[int | signal.Signals]") -> None:
        if self._end_by_s is not None:
            return
        for name, due_s in list(self._due_s.items()):
            if due_s <= time.monotonic():
                del self._due_s[name]
                self._start(name, mask)

    def _start(self, name: str, mask: "set[int | signal.Signals]") -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            name_process(name)
            os._exit(_status_of(self._parts[name]))
        self._running[pid] = (name, time.monotonic())

    def _reap(self) -> None:
        while self._running:
            pid, ended = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            if pid in self._running:
                name, started_s = self._running.pop(pid)
                self._ended(name, os.waitstatus_to_exitcode(ended), time.monotonic() - started_s)

    def _ended(self, name: str, code: int, ran_s: float) -> None:
        if self._end_by_s is not None:
            return
        is_first, self._has_one_ended = not self._has_one_ended, True
        # What worked once works again: a part that misses another one, which was killed, is only started again.
        if code == EXIT_WRONG and ran_s < SETTLED_S and is_first:
            self._status = EXIT_WRONG
            self._stop()
            return
        # A part that was killed comes back at once; one that gives up again and again waits longer and longer.
        self._failures[name] = 0 if ran_s > SETTLED_S or code <= 0 else self._failures[name] + 1
        log.warning("a part ended and is started again", extra={"part": name})
        pause_s = min(RESTART_AFTER_S * 2 ** max(0, self._failures[name] - 3), LONGEST_PAUSE_S)
        self._due_s[name] = time.monotonic() + pause_s

    def _stop(self) -> None:
        if self._end_by_s is None:
            self._end_by_s = time.monotonic() + _STOP_LIMIT_S
            self._signal(signal.SIGTERM, lambda name: name not in LAST)

    def _end_rest(self, end_by_s: float) -> None:
        """End the helper and the actor once they are alone, and everything once the time is over."""
        if time.monotonic() > end_by_s:
            self._signal(signal.SIGKILL, lambda _: True)
        elif all(name in LAST for name, _ in self._running.values()):
            self._signal(signal.SIGTERM, lambda _: True)

    def _pass_on(self) -> None:
        """Have the brain read the configuration again; of the others those that read it only at their start."""
        self._signal(signal.SIGHUP, lambda name: name in ("brain", "actor"))
        self._signal(
            signal.SIGTERM, lambda name: name in ("helper", "reader", "courier", "auditor", "outpost", "agent")
        )

    def _signal(self, number: int, is_meant: Callable[[str], bool]) -> None:
        for pid, (name, _) in self._running.items():
            if is_meant(name):
                os.kill(pid, number)


def _status_of(part: Callable[[], None]) -> int:
    try:
        part()
    except ScanwardenError as error:
        return _complain(str(error), EXIT_WRONG)
    except (ImportError, LookupError, OSError) as error:
        # Such as a module of an interpreter that only root may read.
        where = f"may its user read {sys.prefix} and {sys.base_prefix}?"
        return _complain(f"a part ended unexpectedly: {type(error).__name__}: {error}; {where}", EXIT_FAILED)
    return 0


def _complain(text: str, status: int) -> int:
    sys.stderr.write(f"scanwarden: error: {text}\n")
    sys.stderr.flush()
    return status
