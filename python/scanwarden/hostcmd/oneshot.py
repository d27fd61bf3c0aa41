"""Run a program to its end, with a time limit and bounded output."""

import asyncio
import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Sequence
from typing import IO, cast

import msgspec

from scanwarden.hostcmd.errors import CommandFailedError, CommandTimedOutError, HostCommandError, quoted
from scanwarden.hostcmd.lookup import Launch, find

DEFAULT_LIMIT_S = 10.0
DEFAULT_MAX_OUTPUT_BYTES = 1 << 20
_PIECE_BYTES = 1 << 16
_PLAIN = Launch()


class Completed(msgspec.Struct, frozen=True, kw_only=True):
    """What a finished program returned; output beyond the limit was read and dropped (`is_truncated`)."""

    argv: tuple[str, ...]
    returncode: int
    stdout: bytes
    stderr: bytes
    is_truncated: bool = False

    @property
    def text(self) -> str:
        """Return standard output as text; bytes that are not UTF-8 are replaced."""
        return self.stdout.decode("utf-8", "replace")


class _Collected:
    """Keep the first `limit` bytes of a stream and count what did not fit."""

    def __init__(self, limit: int) -> None:
        self.kept = bytearray()
        self.limit = limit
        self.dropped_bytes = 0

    def add(self, piece: bytes) -> None:
        room = self.limit - len(self.kept)
        self.kept += piece[:room]
        self.dropped_bytes += max(0, len(piece) - room)


def run(
    argv: Sequence[str],
    *,
    stdin: bytes = b"",
    limit_s: float = DEFAULT_LIMIT_S,
    max_output_bytes: int = DEFAULT_MAX_OUTPUT_BYTES,
    check: bool = True,
    launch: Launch = _PLAIN,
) -> Completed:
    """Run `argv` to its end and return what it printed.

    `limit_s` is in seconds, `max_output_bytes` bounds each of the two streams. Raises CommandNotFoundError,
    CommandTimedOutError (the whole process group is killed), CommandFailedError if `check` and the status is not 0.
    """
    command = resolved(argv)
    out, err = _Collected(max_output_bytes), _Collected(max_output_bytes)
    with _started(command, launch) as child:
        try:
            returncode = _converse(child, stdin, out, err, deadline_s=time.monotonic() + limit_s)
        except TimeoutError as error:
            raise CommandTimedOutError(command, limit_s) from error
        finally:
            kill_group(child.pid)
    return _judged(command, returncode, out, err, check=check)


async def run_async(
    argv: Sequence[str],
    *,
    stdin: bytes = b"",
    limit_s: float = DEFAULT_LIMIT_S,
    max_output_bytes: int = DEFAULT_MAX_OUTPUT_BYTES,
    check: bool = True,
    launch: Launch = _PLAIN,
) -> Completed:
    """Run `argv` to its end without blocking the event loop; otherwise as `run`."""
    command = resolved(argv)
    out, err = _Collected(max_output_bytes), _Collected(max_output_bytes)
    child = await start_async(command, launch)
    try:
        async with asyncio.timeout(limit_s):
            await asyncio.gather(_feed(child, stdin), _drain(child.stdout, out), _drain(child.stderr, err))
            returncode = await child.wait()
    except TimeoutError as error:
        raise CommandTimedOutError(command, limit_s) from error
    finally:
        await end_async(child)
    return _judged(command, returncode, out, err, check=check)


def resolved(argv: Sequence[str]) -> tuple[str, ...]:
    """Return `argv` with its program as an absolute path; raises HostCommandError for what is no argument list."""
    if isinstance(argv, str) or not argv or not all(isinstance(word, str) for word in argv):
        raise HostCommandError("a command is a list of words, program first", program=str(argv)[:80])
    if any("\0" in word for word in argv):
        raise HostCommandError(f"{quoted(argv)}: an argument holds a null byte", program=argv[0])
    return (find(argv[0]), *argv[1:])


def kill_group(pid: int) -> None:
    """Kill everything in the session that a child leads, so that no grandchild outlives the call.

    Safe after the leader was reaped as well: the kernel gives its number to nobody while a member of the group is left,
    and without a member there is nothing to kill.
    """
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


async def start_async(command: Sequence[str], launch: Launch) -> asyncio.subprocess.Process:
    """Start a resolved command with three pipes; raises HostCommandError when the kernel refuses."""
    pipe = asyncio.subprocess.PIPE
    try:
        return await asyncio.create_subprocess_exec(
            *command, stdin=pipe, stdout=pipe, stderr=pipe, **launch.popen_arguments()
        )
    except (OSError, subprocess.SubprocessError, LookupError) as error:
        raise _refused(command, error) from error


async def end_async(child: asyncio.subprocess.Process) -> None:
    """Kill what is left of an asyncio child and reap it."""
    kill_group(child.pid)
    await child.wait()


def _started(command: Sequence[str], launch: Launch) -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE
    try:
        return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0, **launch.popen_arguments())
    except (OSError, subprocess.SubprocessError, LookupError) as error:
        raise _refused(command, error) from error


def _refused(command: Sequence[str], error: Exception) -> HostCommandError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return HostCommandError(f"{quoted(command)} could not be started: {reason}", program=command[0])


def _converse(
    child: subprocess.Popen[bytes], stdin: bytes, out: _Collected, err: _Collected, *, deadline_s: float
) -> int:
    """Feed and read a child until it closes its streams and ends; raises TimeoutError at the deadline."""
    waiting = memoryview(stdin)
    with selectors.DefaultSelector() as selector:
        selector.register(cast("IO[bytes]", child.stdout), selectors.EVENT_READ, out)
        selector.register(cast("IO[bytes]", child.stderr), selectors.EVENT_READ, err)
        feed = cast("IO[bytes]", child.stdin)
        os.set_blocking(feed.fileno(), False)
        selector.register(feed, selectors.EVENT_WRITE)
        while selector.get_map():
            ready = selector.select(max(0.0, deadline_s - time.monotonic()))
            if time.monotonic() >= deadline_s:
                raise TimeoutError
            for key, _ in ready:
                stream = cast("IO[bytes]", key.fileobj)
                if stream is feed:
                    waiting = _written(feed, waiting)
                    is_finished = not waiting
                else:
                    piece = os.read(stream.fileno(), _PIECE_BYTES)
                    cast("_Collected", key.data).add(piece)
                    is_finished = not piece
                if is_finished:
                    selector.unregister(stream)
                    stream.close()
    try:
        return child.wait(max(0.0, deadline_s - time.monotonic()))
    except subprocess.TimeoutExpired as error:
        raise TimeoutError from error


def _written(feed: IO[bytes], waiting: memoryview) -> memoryview:
    """Write a piece and return the rest; a child that closed its input early wants no more."""
    try:
        return waiting[os.write(feed.fileno(), waiting[:_PIECE_BYTES]) :]
    except BrokenPipeError:
        return waiting[:0]
    except BlockingIOError:
        return waiting


async def _feed(child: asyncio.subprocess.Process, stdin: bytes) -> None:
    feed = child.stdin
    if feed is None:
        return
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the child wants no more input
        feed.write(stdin)
        await feed.drain()
    feed.close()


async def _drain(stream: asyncio.StreamReader | None, into: _Collected) -> None:
    while stream is not None and (piece := await stream.read(_PIECE_BYTES)):
        into.add(piece)


def _judged(command: tuple[str, ...], returncode: int, out: _Collected, err: _Collected, *, check: bool) -> Completed:
    if check and returncode != 0:
        raise CommandFailedError(command, returncode, bytes(err.kept) or bytes(out.kept))
    return Completed(
        argv=command,
        returncode=returncode,
        stdout=bytes(out.kept),
        stderr=bytes(err.kept),
        is_truncated=bool(out.dropped_bytes or err.dropped_bytes),
    )
