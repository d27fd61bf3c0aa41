import socket

from scanwarden.daemon.clients import clients


def test_connections_over_loopback_are_left_out() -> None:
    with socket.socket() as listener, socket.socket() as client:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        client.connect(listener.getsockname())
        assert "127.0.0.1" not in map(str, clients())
