"""Follow the output of a long-lived program line by line."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Self

from scanwarden.hostcmd.errors import CommandFailedError
from scanwarden.hostcmd.lookup import Launch
from scanwarden.hostcmd.oneshot import end_async, resolved, start_async

DEFAULT_MAX_LINE_BYTES = 1 << 16
_PIECE_BYTES = 1 << 16
_KEPT_STDERR_BYTES = 4096
_PLAIN = Launch()


class LineStream:
    """A running program whose standard output is read as lines.

    Use it as an asynchronous context manager and iterate. At most one line and one piece are held; a program that
    writes faster than it is read is slowed down by its pipe. A line longer than `max_line_bytes` is cut, the rest of it
    dropped and `cut_lines` counts it. Iteration ends when the program ends; if that was not our doing and its status is
    not 0, CommandFailedError is raised. Leaving the context kills the program and its children.
    """

    def __init__(
        self, argv: Sequence[str], *, max_line_bytes: int = DEFAULT_MAX_LINE_BYTES, launch: Launch = _PLAIN
    ) -> None:
        self.command = resolved(argv)
        self.cut_lines = 0
        self._max_line_bytes = max_line_bytes
        self._launch = launch
        self._child: asyncio.subprocess.Process | None = None
        self._complaints = bytearray()
        self._listener: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Start the program; raises HostCommandError when the kernel refuses."""
        self._child = await start_async(self.command, self._launch)
        if self._child.stdin is not None:
            self._child.stdin.close()
        self._listener = asyncio.create_task(self._keep_complaints(self._child))
        return self

    async def __aexit__(self, *_: object) -> None:
        """Kill the program and its children and reap it."""
        if self._child is not None:
            await end_async(self._child)
        if self._listener is not None:
            self._listener.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listener

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield each line without its newline."""
        child = self._child
        if child is None or child.stdout is None:
            raise RuntimeError("LineStream is iterated inside `async with`")
        partial = bytearray()
        while piece := await child.stdout.read(_PIECE_BYTES):
            *ended, rest = piece.split(b"\n")
            for tail in ended:
                yield self._cut(partial, tail)
                partial = bytearray()
            partial += rest[: self._max_line_bytes + 1 - len(partial)]
        if partial:
            yield self._cut(partial, b"")
        if returncode := await child.wait():
            raise CommandFailedError(self.command, returncode, bytes(self._complaints))

    def _cut(self, partial: bytearray, tail: bytes) -> bytes:
        line = bytes(partial) + tail
        if len(line) <= self._max_line_bytes:
            return line
        self.cut_lines += 1
        return line[: self._max_line_bytes]

    async def _keep_complaints(self, child: asyncio.subprocess.Process) -> None:
        while child.stderr is not None and (piece := await child.stderr.read(_PIECE_BYTES)):
            self._complaints += piece[: _KEPT_STDERR_BYTES - len(self._complaints)]
