"""Take changes back by itself unless somebody confirms them in time, whatever happens to the terminal.

The guard is a process of its own in a session of its own, started before the first change: nothing that ends the
terminal, the connection or the command ends it. Run as `python -m scanwarden.audit.advice.guard FILE`.
"""

import os
import signal
import sys
import tempfile
import time
from pathlib import Path

import msgspec
from msgspec import Struct

from scanwarden import hostcmd
from scanwarden.audit.advice.choose import LIMIT_S, launch
from scanwarden.audit.advice.steps import Step
from scanwarden.errors import ScanwardenError
from scanwarden.hostcmd import HostCommandError

LOOK_S = 0.2
WAIT_S = 60
READY_S = 20.0


class Plan(Struct, frozen=True, kw_only=True):
    """What is to be taken back, last first, after so many seconds."""

    undo: tuple[tuple[str, ...], ...]
    wait_s: float


class GuardError(ScanwardenError):
    """Report a guard that did not start: then nothing is changed."""


class Guarded:
    """Changes under guard: `keep` keeps them, and without it they are taken back."""

    def __init__(self, steps: tuple[Step, ...], *, wait_s: float = WAIT_S) -> None:
        """Start the guard; raises GuardError, before anything is changed."""
        undo = tuple(step.undo for step in reversed(steps) if step.undo)
        self._folder = Path(tempfile.mkdtemp(prefix="scanwarden-undo-", dir="/run"))
        (self._folder / "plan").write_bytes(msgspec.json.encode(Plan(undo=undo, wait_s=wait_s)))
        command = [sys.executable, "-m", "scanwarden.audit.advice.guard", str(self._folder)]
        self._guard = hostcmd.Background(command, launch=launch())
        until_s = time.monotonic() + READY_S
        while not (self._folder / "ready").exists():
            if time.monotonic() > until_s or not self._guard.is_running:
                raise GuardError("the guard that would take the change back did not start, so nothing was changed")
            time.sleep(0.05)

    def keep(self) -> None:
        """Confirm: nothing is taken back any more."""
        (self._folder / "keep").touch()
        self._guard.wait(READY_S)

    def take_back(self) -> None:
        """Take everything back now."""
        (self._folder / "now").touch()
        self._guard.wait(READY_S + LIMIT_S)


def apply(steps: tuple[Step, ...]) -> None:
    """Carry the steps out in their order; raises HostCommandError at the first that fails."""
    for step in steps:
        hostcmd.run(step.do, limit_s=LIMIT_S, launch=launch())


def watch_over(folder: Path) -> None:
    """Wait for the word, or the time, and take back; what fails is written down beside the plan."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    plan = msgspec.json.decode((folder / "plan").read_bytes(), type=Plan)
    until_s = time.monotonic() + plan.wait_s
    (folder / "ready").touch()
    while time.monotonic() < until_s and not (folder / "now").exists():
        if (folder / "keep").exists():
            break
        time.sleep(LOOK_S)
    else:
        _take_back(plan, folder)
        return
    _remove(folder)


def _take_back(plan: Plan, folder: Path) -> None:
    failed = []
    for command in plan.undo:
        try:
            hostcmd.run(command, limit_s=LIMIT_S, launch=launch())
        except HostCommandError as error:
            failed.append(str(error))
    if failed:
        (folder / "failed").write_text("\n".join(failed), encoding="utf-8")
    else:
        _remove(folder)


def _remove(folder: Path) -> None:
    for name in ("plan", "ready", "keep", "now"):
        (folder / name).unlink(missing_ok=True)
    folder.rmdir()


if __name__ == "__main__":
    os.umask(0o077)
    watch_over(Path(sys.argv[1]))
