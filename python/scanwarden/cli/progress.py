"""Show how far a long replay has come, on standard error and only if that is a terminal."""

import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

PATIENCE_S = 1.0  # a shorter replay shows no bar


class ProgressBar:
    """A bar that appears after a second, and steps aside while something else is printed."""

    def __init__(self) -> None:
        self._is_terminal = sys.stderr.isatty()
        self._started_s = time.monotonic()
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def show(self, read_bytes: int, total_bytes: int | None) -> None:
        """Say how many bytes of how many were read; the total is not known of standard input."""
        if not self._is_terminal or time.monotonic() - self._started_s < PATIENCE_S:
            return
        if self._bar is None or self._task is None:
            self._bar, self._task = _new_bar(read_bytes, total_bytes)
        self._bar.update(self._task, completed=read_bytes, total=total_bytes)

    def hide(self) -> None:
        """Take the bar off the screen until the next step."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = self._task = None


def _new_bar(read_bytes: int, total_bytes: int | None) -> "tuple[Progress, TaskID]":
    # Takes a tenth of a second to import, so only who waits pays for it.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (TextColumn("reading"), BarColumn(), DownloadColumn(), TimeRemainingColumn(compact=True))
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    task = bar.add_task("", completed=read_bytes, total=total_bytes)
    bar.start()
    return bar, task


class PhaseBar:
    """A bar for work in phases, each of which counts in its own unit; it appears after a second."""

    def __init__(self) -> None:
        self._is_terminal = sys.stderr.isatty()
        self._started_s = time.monotonic()
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def show(self, phase: str, done: int, total: int) -> None:
        """Say what is being done, and how much of it is done."""
        if not self._is_terminal or time.monotonic() - self._started_s < PATIENCE_S:
            return
        if self._bar is None or self._task is None:
            self._bar = _new_phase_bar()
            self._task = self._bar.add_task(phase, total=total)
            self._bar.start()
        self._bar.update(self._task, description=phase, completed=done, total=total)

    def hide(self) -> None:
        """Take the bar off the screen until the next step."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = self._task = None


def _new_phase_bar() -> "Progress":
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn(compact=True))
    return Progress(*columns, console=Console(stderr=True), transient=True)
