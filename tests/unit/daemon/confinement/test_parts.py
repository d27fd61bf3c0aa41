"""A confined process, even root's, reaches no file, program or host beyond what it keeps."""

import ctypes
import os
import signal
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from scanwarden.daemon.confinement import EVERYTHING, Confines, confine, landlock

HAS_LANDLOCK = pytest.mark.skipif(not landlock.version(), reason="this kernel has no Landlock")


def confined(confines: Confines, attempt: Callable[[], object]) -> str:
    """Attempt something in a confined process and return the name of what it raised, or nothing."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        told = ""
        try:
            ctypes.CDLL(None).prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
            confine(confines)
            attempt()
        except BaseException as error:  # noqa: BLE001 whatever it is goes to the parent
            told = type(error).__name__
        os.write(writing, told.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        told = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return told if status == 0 else signal.Signals(-status).name


def run_true() -> None:
    os.execv("/bin/true", ["true"])  # noqa: S606 no shell, and meant to fail


def connect(family: socket.AddressFamily) -> None:
    socket.socket(family, socket.SOCK_DGRAM).close()


def start_thread() -> None:
    thread = threading.Thread(target=os.getpid)
    thread.start()
    thread.join()


@pytest.mark.parametrize(
    "attempt",
    [
        run_true,
        lambda: connect(socket.AF_INET),
        lambda: connect(socket.AF_INET6),
        lambda: connect(socket.AF_PACKET),
        lambda: connect(socket.AF_NETLINK),
        lambda: os.kill(os.fork(), 0) if ctypes.CDLL(None, use_errno=True).ptrace(0, 0, 0, 0) == 0 else 1 / 0,
    ],
)
def test_the_brain_starts_no_program_and_opens_no_other_socket(attempt: Callable[[], object]) -> None:
    assert confined(Confines(), attempt) in {"PermissionError", "ZeroDivisionError"}


@HAS_LANDLOCK
@pytest.mark.parametrize("path", ["/root/.profile", "/var/log/anything", "/home/x", "/boot/x", "/etc/shadow"])
def test_files_elsewhere_are_out_of_reach(path: str) -> None:
    assert confined(Confines(), lambda: Path(path).read_bytes()) in {"PermissionError", "FileNotFoundError"}
    assert confined(Confines(), lambda: Path(path).write_bytes(b"")) in {"PermissionError", "FileNotFoundError"}


@HAS_LANDLOCK
def test_what_is_not_kept_cannot_be_read_although_the_user_might(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "other").mkdir()
    for name in ("kept", "other"):
        (tmp_path / name / "file").write_text("x")
    confines = Confines(read=(tmp_path / "kept",))
    assert confined(confines, (tmp_path / "kept/file").read_text) == ""
    assert confined(confines, lambda: (tmp_path / "kept/file").write_text("y")) == "PermissionError"
    assert confined(confines, (tmp_path / "other/file").read_text) == "PermissionError"
    writing = Confines(write=(tmp_path / "kept",))
    assert confined(writing, lambda: (tmp_path / "kept/new").write_text("y")) == ""
    assert confined(writing, (tmp_path / "kept/new").unlink) == ""


@HAS_LANDLOCK
@pytest.mark.skipif(os.geteuid() != 0, reason="what root may not do any more only root can show")
def test_not_even_root_reads_passwords_or_changes_the_system() -> None:
    assert confined(Confines(), Path("/etc/shadow").read_bytes) == "PermissionError"
    assert confined(Confines(), lambda: os.close(os.open("/etc/passwd", os.O_WRONLY))) == "PermissionError"
    everything = Confines(read=EVERYTHING, may_exec=True)
    assert confined(everything, lambda: os.close(os.open("/etc/passwd", os.O_WRONLY))) == "PermissionError"


def test_what_is_kept_works() -> None:
    assert confined(Confines(may_exec=True), run_true) == ""
    assert confined(Confines(families=(socket.AF_UNIX, socket.AF_INET)), lambda: connect(socket.AF_INET)) == ""
    assert confined(Confines(), start_thread) == ""
    assert confined(Confines(), lambda: connect(socket.AF_UNIX)) == ""
