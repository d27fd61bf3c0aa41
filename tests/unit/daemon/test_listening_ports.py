import socket
import struct

import pytest

from scanwarden.daemon.listening_ports import add_ports, listening_ports


def test_a_listening_socket_is_seen_and_a_connected_one_is_not() -> None:
    with socket.socket() as listener, socket.socket() as client:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        client.connect(listener.getsockname())
        ports = listening_ports()
        assert listener.getsockname()[1] in ports
        assert client.getsockname()[1] not in ports


def test_an_error_of_the_kernel_is_raised() -> None:
    answer = struct.pack("=IHHIIi", 20, 2, 0, 0, 0, -95)
    with pytest.raises(OSError, match="95"):
        add_ports(answer, set())


def test_damaged_answers_end() -> None:
    for damaged in (b"", b"\0" * 40, struct.pack("=IHHII", 4, 20, 0, 0, 0)):
        assert add_ports(damaged, set())
