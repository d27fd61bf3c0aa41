"""Keep a program running beside us and look at what it prints."""

import contextlib
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import IO, Self

from scanwarden.hostcmd.errors import CommandTimedOutError, HostCommandError, quoted
from scanwarden.hostcmd.lookup import Launch
from scanwarden.hostcmd.oneshot import kill_group, resolved

_PIECE_BYTES = 1 << 16
_PLAIN = Launch()


class Background:
    """A program that runs until it ends or is stopped; for callers without an event loop.

    Use it as a context manager: leaving it stops the program and its children. Of each stream the last `max_lines`
    lines are kept, each cut at `max_line_bytes`; older ones are dropped.
    """

    def __init__(
        self, argv: Sequence[str], *, max_lines: int = 10_000, max_line_bytes: int = 1 << 16, launch: Launch = _PLAIN
    ) -> None:
        self.command = resolved(argv)
        self.stdout: deque[bytes] = deque(maxlen=max_lines)
        self.stderr: deque[bytes] = deque(maxlen=max_lines)
        self._max_line_bytes = max_line_bytes
        self._news = threading.Condition()
        self._readers: list[threading.Thread] = []
        self._open_streams = 2
        pipe = subprocess.PIPE
        try:
            self._child = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, **launch.popen_arguments()
            )
        except (OSError, subprocess.SubprocessError, LookupError) as error:
            raise HostCommandError(
                f"{quoted(self.command)} could not be started: {error}", program=self.command[0]
            ) from error
        for stream, kept in ((self._child.stdout, self.stdout), (self._child.stderr, self.stderr)):
            if stream is not None:
                reader = threading.Thread(target=self._follow, args=(stream, kept), daemon=True)
                reader.start()
                self._readers.append(reader)

    @property
    def pid(self) -> int:
        """Return the process id of the program, which is also its session and process group."""
        return self._child.pid

    @property
    def is_running(self) -> bool:
        """Say whether the program has not ended yet."""
        return self._child.poll() is None

    def wait(self, limit_s: float) -> int:
        """Wait until the program ends and return its status; raises CommandTimedOutError, and leaves it running."""
        try:
            returncode = self._child.wait(limit_s)
        except subprocess.TimeoutExpired as error:
            raise CommandTimedOutError(self.command, limit_s) from error
        for reader in self._readers:
            reader.join(timeout=1.0)
        return returncode

    def wait_for_line(self, wanted: Callable[[bytes], bool], limit_s: float) -> bytes:
        """Return the first kept line of standard output that is `wanted`.

        Raises CommandTimedOutError after `limit_s` seconds, HostCommandError when the program ends without it.
        """
        deadline_s = time.monotonic() + limit_s
        with self._news:
            while True:
                for line in self.stdout:
                    if wanted(line):
                        return line
                if self._open_streams == 0:
                    last = self.stderr[-1].decode("utf-8", "replace") if self.stderr else "nothing"
                    raise HostCommandError(
                        f"{quoted(self.command)} ended without the expected line; its last words: {last!r}",
                        program=self.command[0],
                    )
                if not self._news.wait(max(0.0, deadline_s - time.monotonic())) and time.monotonic() >= deadline_s:
                    raise CommandTimedOutError(self.command, limit_s)

    def signal(self, number: int) -> None:
        """Send a signal to the program alone; nothing happens if it has ended."""
        self._child.send_signal(number)

    def stop(self, *, grace_s: float = 2.0) -> int:
        """End the program (SIGTERM, after `grace_s` seconds SIGKILL to its group) and return its status."""
        if self.is_running:
            self._child.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(grace_s)
        kill_group(self._child.pid)
        returncode = self._child.wait()
        for reader in self._readers:
            reader.join(timeout=1.0)
        return returncode

    def __enter__(self) -> Self:
        """Return the running program."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the program."""
        self.stop()

    def _follow(self, stream: IO[bytes], kept: deque[bytes]) -> None:
        while line := stream.readline(self._max_line_bytes):
            with self._news:
                kept.append(line.rstrip(b"\n"))
                self._news.notify_all()
        stream.close()
        with self._news:
            self._open_streams -= 1
            self._news.notify_all()
