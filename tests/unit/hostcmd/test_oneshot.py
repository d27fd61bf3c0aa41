import asyncio
import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scanwarden import hostcmd
from scanwarden.hostcmd import Completed


def run_blocking(argv: list[str], **options: object) -> Completed:
    return hostcmd.run(argv, **options)  # type: ignore[arg-type]


def run_in_loop(argv: list[str], **options: object) -> Completed:
    return asyncio.run(hostcmd.run_async(argv, **options))  # type: ignore[arg-type]


LIVENESS_S = 30.0
Runner = Callable[..., Completed]
both_runners = pytest.mark.parametrize("runner", [run_blocking, run_in_loop])


@both_runners
def test_arguments_arrive_byte_exact_and_unexpanded(runner: Runner) -> None:
    hostile = ["$(id)", "`id`", "; reboot", "a\nb", "\x1b[31m", "*", "~", "--", "'\""]
    assert runner(["printf", "%s|", *hostile]).text == "".join(f"{word}|" for word in hostile)


@both_runners
def test_standard_input_reaches_the_program_whole(runner: Runner) -> None:
    sent = os.urandom(3_000_000)
    completed = runner(["cat"], stdin=sent, max_output_bytes=4_000_000)
    assert completed.stdout == sent
    assert not completed.is_truncated


@both_runners
def test_output_beyond_the_limit_is_dropped_and_said(runner: Runner) -> None:
    completed = runner(["head", "-c", "500000", "/dev/zero"], max_output_bytes=1000)
    assert (len(completed.stdout), completed.is_truncated, completed.returncode) == (1000, True, 0)


@both_runners
def test_a_program_that_wants_no_input_is_not_a_failure(runner: Runner) -> None:
    assert runner(["true"], stdin=b"x" * 1_000_000).returncode == 0


@both_runners
def test_failure_names_command_status_and_first_complaint(runner: Runner) -> None:
    with pytest.raises(hostcmd.CommandFailedError) as caught:
        runner(["ls", "/nonexistent/path"])
    assert caught.value.returncode == 2
    assert caught.value.program == "/usr/bin/ls"
    assert "No such file" in caught.value.stderr_line
    assert "exit status 2" in str(caught.value)


@both_runners
def test_failure_can_be_looked_at_instead_of_raised(runner: Runner) -> None:
    assert runner(["false"], check=False).returncode == 1


@both_runners
def test_program_missing_from_the_host_is_named(runner: Runner) -> None:
    with pytest.raises(hostcmd.CommandNotFoundError, match="no-such-program-here"):
        runner(["no-such-program-here"])


@both_runners
def test_time_limit_kills_the_children_too(runner: Runner) -> None:
    marker = f"600.{os.getpid():07d}{time.monotonic_ns() % 1000:03d}"
    with pytest.raises(hostcmd.CommandTimedOutError, match=r"did not end within 1 s"):
        runner(["xargs", "sleep"], stdin=marker.encode(), limit_s=1)
    # A child of the child dies of the same signal, but nobody waits for it: on a busy machine that takes a moment.
    until_s = time.monotonic() + LIVENESS_S
    while any(marker.encode() in line for line in command_lines()):
        assert time.monotonic() < until_s, "it lives on"


@both_runners
def test_environment_is_clean(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "hunter2")
    monkeypatch.setenv("PATH", "/opt/evil")
    launch = hostcmd.Launch(env={"EXTRA": "1"})
    lines = set(runner(["env"], launch=launch).text.split())
    assert lines == {f"PATH={':'.join(hostcmd.SAFE_PATH)}", "LC_ALL=C", "HOME=/", "EXTRA=1"}


@pytest.mark.skipif(os.geteuid() != 0, reason="becoming another user needs root")
@both_runners
def test_program_can_run_as_somebody_without_rights(runner: Runner) -> None:
    assert runner(["id", "-u"], launch=hostcmd.Launch(user=65534)).text == "65534\n"
    assert runner(["id", "-G"], launch=hostcmd.Launch(user=65534)).text == "65534\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="becoming another user needs root")
@both_runners
def test_unknown_user_is_a_named_failure(runner: Runner) -> None:
    with pytest.raises(hostcmd.HostCommandError, match="could not be started"):
        runner(["true"], launch=hostcmd.Launch(user="no-such-user-here"))


@pytest.mark.parametrize("argv", [[], "ls -l", ["ls", "a\0b"], ["./ls"], ["../bin/ls"], [""]])
@both_runners
def test_what_is_no_argument_list_is_refused(runner: Runner, argv: list[str]) -> None:
    with pytest.raises(hostcmd.HostCommandError):
        runner(argv)


def test_cancelling_the_task_kills_the_program(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    script = f"import os, time; open({str(pid_file)!r}, 'w').write(str(os.getpid())); time.sleep(60)"

    async def cancel_when_started() -> None:
        task = asyncio.create_task(hostcmd.run_async(["python3", "-c", script], limit_s=50))
        async with asyncio.timeout(60):
            while not (pid_file.exists() and pid_file.read_text()):  # noqa: ASYNC110 a file has no event to wait for
                await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel_when_started())
    assert is_over(int(pid_file.read_text()))


def command_lines() -> Iterator[bytes]:
    """Yield the command line of every process."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # the process ended meanwhile
            yield path.read_bytes()


def is_over(pid: int) -> bool:
    """Say whether a process ended: absent, or a zombie that only waits for its parent."""
    try:
        return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True
