"""The kernel's answers about sockets, real and damaged."""

import socket
import struct

import pytest

from scanwarden.audit import sock_diag


def test_a_listening_socket_is_told_with_its_owner() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        (found,) = (one for one in sock_diag.ask(socket.IPPROTO_TCP, sock_diag.LISTEN) if one.port == port)
    assert (found.address, found.other_port, found.state) == (socket.inet_aton("127.0.0.1"), 0, sock_diag.LISTEN)
    assert found.inode > 0


def test_both_ends_of_a_connection_are_told() -> None:
    with (
        socket.create_server(("::1", 0), family=socket.AF_INET6) as listener,
        socket.create_connection(listener.getsockname()[:2]) as client,
    ):
        ours, theirs = client.getsockname()[1], listener.getsockname()[1]
        told = sock_diag.ask(socket.IPPROTO_TCP, *sock_diag.CONNECTED)
        ends = {(one.port, one.other_port): one for one in told if ours in (one.port, one.other_port)}
    assert set(ends) == {(ours, theirs), (theirs, ours)}
    assert all(one.other_address == socket.inet_pton(socket.AF_INET6, "::1") for one in ends.values())


def test_an_error_of_the_kernel_is_raised() -> None:
    with pytest.raises(OSError, match="95"):
        sock_diag.answers_in(struct.pack("=IHHIIi", 20, 2, 0, 0, 0, -95))


@pytest.mark.parametrize("damaged", [b"", b"\0" * 40, struct.pack("=IHHII", 4, 20, 0, 0, 0)])
def test_damaged_answers_end(damaged: bytes) -> None:
    assert sock_diag.answers_in(damaged) == (True, [])
