"""Who is connected here, by source."""

import socket

from scanwarden.audit import sock_diag
from scanwarden.audit.connections import counted, peers
from scanwarden.model.address import Address


def answer(other: str, state: int, *, port: int = 80, mapped: bool = False) -> sock_diag.Answer:
    packed = Address.parse(other).packed
    return sock_diag.Answer(
        state=state,
        port=port,
        other_port=40_000,
        address=b"\x0a\0\0\1",
        other_address=bytes(10) + b"\xff\xff" + packed if mapped else packed,
        interface=0,
        uid=0,
        inode=1,
        attributes={},
    )


def test_the_source_with_most_half_open_connections_is_first() -> None:
    quiet = [answer("192.0.2.1", sock_diag.ESTABLISHED)] * 5
    loud = [answer("192.0.2.2", sock_diag.SYN_RECV, port=port) for port in (22, 80)]
    first, second = counted([*quiet, *loud], {22, 80})
    assert (str(first.address), first.half_open, str(first.ports)) == ("192.0.2.2", 2, "22,80")
    assert (second.established, second.half_open) == (5, 0)


def test_ipv4_on_a_socket_for_both_versions_is_the_same_source() -> None:
    pair = [answer("192.0.2.1", sock_diag.ESTABLISHED, mapped=mapped) for mapped in (True, False)]
    (peer,) = counted(pair, {80})
    assert (str(peer.address), peer.established) == ("192.0.2.1", 2)


def test_connections_that_we_opened_are_left_out() -> None:
    assert counted([answer("192.0.2.1", sock_diag.ESTABLISHED, port=51_000)], {80}) == ()


def test_what_is_closing_is_counted_by_itself() -> None:
    (peer,) = counted([answer("192.0.2.1", state) for state in (sock_diag.TIME_WAIT, sock_diag.CLOSE_WAIT)], {80})
    assert (peer.closing, peer.established) == (2, 0)


def test_a_real_connection_is_found() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            (found,) = (peer for peer in peers() if port in peer.ports)
    assert str(found.address) == "127.0.0.1"
    assert found.established >= 1  # other programs of this host may be connected as well
