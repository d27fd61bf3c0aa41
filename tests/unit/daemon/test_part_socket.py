"""A part is spoken to at a socket that only the service's user may use, and knows who speaks."""

import os
import socket
from pathlib import Path

import pytest

from scanwarden.daemon.part_socket import part_socket, peer_uid
from scanwarden.daemon.privileges import Account
from scanwarden.errors import ScanwardenError


def connected(path: Path) -> socket.socket:
    client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    client.connect(str(path))
    return client


def test_only_its_account_may_use_it(tmp_path: Path) -> None:
    path, account = tmp_path / "new" / "part.sock", Account()
    with part_socket(path, account):
        at = path.stat()
    assert at.st_mode & 0o777 == 0o600
    if os.geteuid() == 0:
        assert at.st_uid == account.uid


def test_messages_stay_whole_and_the_kernel_says_who_sent_them(tmp_path: Path) -> None:
    path = tmp_path / "part.sock"
    with part_socket(path, Account()) as listener, connected(path) as client:
        client.send(b"one")
        client.send(b"two")
        connection, _ = listener.accept()
        with connection:
            assert (connection.recv(64), connection.recv(64)) == (b"one", b"two")
            assert peer_uid(connection) == os.geteuid()


def test_a_part_that_starts_again_takes_the_socket_over(tmp_path: Path) -> None:
    path = tmp_path / "part.sock"
    with part_socket(path, Account()), part_socket(path, Account()) as later, connected(path) as client:
        later.settimeout(30)
        connection, _ = later.accept()
        with connection:
            client.send(b"here")
            assert connection.recv(64) == b"here"


@pytest.mark.parametrize("name", ["folder", "folder/part.sock"])
def test_what_is_no_socket_is_kept_and_the_path_is_named(tmp_path: Path, name: str) -> None:
    in_the_way = tmp_path / name
    in_the_way.parent.mkdir(exist_ok=True)
    in_the_way.write_text("mine")
    with pytest.raises(ScanwardenError, match=r"part\.sock cannot be opened: "):
        part_socket(tmp_path / "folder" / "part.sock", Account())
    assert in_the_way.read_text() == "mine"
