"""The reader opens the logs that are configured and what they are rotated to, and nothing else."""

import errno
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanwarden.config import Settings
from scanwarden.config.sections.logs import LogsSettings
from scanwarden.daemon.reader.asking import AskingOpener, handed_over, reader_socket
from scanwarden.daemon.reader.part import answer_one, opened, wants_reader


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Give a log with a file that it was rotated to, and something beside them."""
    for name in ("secure", "secure.1", "secure-20260101", "shadow"):
        (tmp_path / name).write_text(name)
    return tmp_path / "secure"


@pytest.fixture
def asked_at(log: Path) -> Iterator[Path]:
    """Serve the log at a socket."""
    place = log.parent / "reader.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(str(place))
        listener.listen(4)

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    answer_one(connection, (log, log.with_name("gone")), uids=(os.geteuid(),))

        server = threading.Thread(target=serve)
        server.start()
        yield place
        listener.shutdown(socket.SHUT_RDWR)
        server.join()


def text(descriptor: int) -> str:
    with os.fdopen(descriptor) as file:
        return file.read()


@pytest.mark.parametrize("name", ["secure", "secure.1", "secure-20260101"])
def test_a_log_and_what_it_was_rotated_to_is_handed_over(log: Path, asked_at: Path, name: str) -> None:
    assert text(handed_over(log.with_name(name), asked_at)) == name


@pytest.mark.parametrize("name", ["shadow", "secure1", "../secure", "./secure.1/../shadow", "\udcff"])
def test_nothing_else_is(log: Path, asked_at: Path, name: str) -> None:
    with pytest.raises(PermissionError, match="has not been told of it"):
        handed_over(Path(f"{log.parent}/{name}"), asked_at)


def test_a_log_that_is_not_there_is_said_to_be_missing(log: Path, asked_at: Path) -> None:
    with pytest.raises(FileNotFoundError):
        handed_over(log.with_name("gone"), asked_at)


def test_a_link_beside_a_log_leads_nowhere(log: Path) -> None:
    log.with_name("secure.2").symlink_to(log.with_name("shadow"))
    with pytest.raises(OSError, match=os.strerror(errno.ELOOP)):
        opened(log.with_name("secure.2"), [log])


def test_a_log_that_the_configuration_names_by_a_link_is_opened(log: Path) -> None:
    link = log.with_name("linked")
    link.symlink_to(log)
    assert text(opened(link, [link])) == "secure"


def test_a_folder_is_no_log(log: Path, asked_at: Path) -> None:
    log.with_name("secure.d").mkdir()
    with pytest.raises(OSError, match=os.strerror(errno.EINVAL)):
        handed_over(log.with_name("secure.d"), asked_at)


def test_strangers_get_nothing(log: Path) -> None:
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with here, there:
        here.send(os.fsencode(log))
        answer_one(there, (log,), uids=(os.geteuid() + 1,))
        here.setblocking(False)
        with pytest.raises(BlockingIOError):
            here.recv(16)


def test_without_a_reader_it_is_said_how_to_start_one(log: Path) -> None:
    with pytest.raises(PermissionError, match="systemctl enable --now scanwarden-reader"):
        handed_over(log, log.with_name("nobody.sock"))


def test_who_may_open_a_file_asks_nobody(log: Path) -> None:
    assert text(AskingOpener(log.with_name("nobody.sock"))(log)) == "secure"


def test_a_reader_is_wanted_where_files_are(log: Path) -> None:
    assert not wants_reader(Settings.defaults())
    assert wants_reader(Settings.defaults().with_section(LogsSettings(files=(log,))))
    assert reader_socket(Path("/run/scanwarden")) == Path("/run/scanwarden-reader/reader.sock")
