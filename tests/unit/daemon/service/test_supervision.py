"""Parts that end are started again, and the whole ends when it should."""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scanwarden.daemon.service.supervision import EXIT_WRONG, Parts
from scanwarden.errors import ScanwardenError

LIVENESS_S = 60.0


Supervised = Callable[[dict[str, Callable[[], None]]], int]


@pytest.fixture
def supervised() -> Iterator[Supervised]:
    """Run parts under a supervisor in a process of its own and return its process id; all of them end with the test."""
    groups: list[int] = []

    def start(parts: dict[str, Callable[[], None]]) -> int:
        pid = os.fork()
        if pid == 0:
            os.setpgid(0, 0)
            os._exit(Parts(parts).run())
        groups.append(pid)
        return pid

    yield start
    for group in groups:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


def status_of(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def wait_until(is_so: Callable[[], bool]) -> None:
    until_s = time.monotonic() + LIVENESS_S
    while not is_so():
        assert time.monotonic() < until_s
        time.sleep(0.01)


def starts(folder: Path, name: str) -> list[int]:
    file = folder / name
    return [int(line) for line in file.read_text().split()] if file.exists() else []


def noting(folder: Path, name: str, then: Callable[[], None] = signal.pause) -> Callable[[], None]:
    def run() -> None:
        with (folder / name).open("a") as file:
            file.write(f"{os.getpid()}\n")
        then()

    return run


def test_a_killed_part_is_started_again_and_the_other_is_left_alone(supervised: Supervised, tmp_path: Path) -> None:
    pid = supervised({"a": noting(tmp_path, "a"), "helper": noting(tmp_path, "helper")})
    wait_until(lambda: bool(starts(tmp_path, "a") and starts(tmp_path, "helper")))
    for number in range(1, 4):
        os.kill(starts(tmp_path, "a")[-1], signal.SIGKILL)
        wait_until(lambda number=number: len(starts(tmp_path, "a")) == number + 1)  # type: ignore[misc]
    os.kill(pid, signal.SIGTERM)
    assert status_of(pid) == 0
    assert len(starts(tmp_path, "helper")) == 1


def test_each_part_shows_its_own_name(supervised: Supervised, tmp_path: Path) -> None:
    pid = supervised({name: noting(tmp_path, name) for name in ("page", "courier")})
    wait_until(lambda: bool(starts(tmp_path, "page") and starts(tmp_path, "courier")))
    for name in ("page", "courier"):
        assert Path(f"/proc/{starts(tmp_path, name)[0]}/comm").read_text() == f"scanw-{name}\n"
    os.kill(pid, signal.SIGTERM)
    assert status_of(pid) == 0


def test_what_is_wrong_at_the_first_start_ends_everything(supervised: Supervised, tmp_path: Path) -> None:
    def fail() -> None:
        raise ScanwardenError("no such interface", remedy="name another")

    assert status_of(supervised({"a": noting(tmp_path, "a"), "b": fail})) == EXIT_WRONG


def test_what_is_wrong_after_another_part_was_killed_is_tried_again(supervised: Supervised, tmp_path: Path) -> None:
    def fail_second_time() -> None:
        if len(starts(tmp_path, "b")) == 2:
            raise ScanwardenError("the other is not there yet")
        signal.pause()

    pid = supervised({"b": noting(tmp_path, "b", fail_second_time)})
    wait_until(lambda: len(starts(tmp_path, "b")) == 1)
    os.kill(starts(tmp_path, "b")[-1], signal.SIGKILL)
    wait_until(lambda: len(starts(tmp_path, "b")) == 3)
    os.kill(pid, signal.SIGTERM)
    assert status_of(pid) == 0


def test_an_unexpected_error_is_one_line_and_no_traceback(supervised: Supervised, tmp_path: Path) -> None:
    def fail() -> None:
        sys.stderr = (tmp_path / "errors").open("a")
        raise LookupError("unknown encoding: ascii")

    pid = supervised({"b": fail})
    wait_until(lambda: (tmp_path / "errors").exists() and b"\n" in (tmp_path / "errors").read_bytes())
    os.kill(pid, signal.SIGTERM)
    assert status_of(pid) == 0
    first = (tmp_path / "errors").read_text().splitlines()[0]
    assert first.startswith("scanwarden: error: a part ended unexpectedly: LookupError: unknown encoding: ascii; ")
    assert "Traceback" not in (tmp_path / "errors").read_text()


def test_a_part_that_does_not_end_is_killed_and_the_helper_ends_last(supervised: Supervised, tmp_path: Path) -> None:
    def deaf() -> None:
        signal.signal(signal.SIGTERM, lambda *_: (tmp_path / "asked").touch())
        (tmp_path / "is_deaf").touch()
        while True:
            signal.pause()

    pid = supervised({"helper": noting(tmp_path, "helper"), "a": noting(tmp_path, "a", deaf)})
    wait_until(lambda: (tmp_path / "is_deaf").exists() and bool(starts(tmp_path, "helper")))
    os.kill(pid, signal.SIGTERM)
    wait_until((tmp_path / "asked").exists)
    os.kill(starts(tmp_path, "helper")[-1], 0)  # still there while another part is
    assert status_of(pid) == 0
