import socket

from scanwarden.daemon.listening_ports import listening_ports


def test_a_listening_socket_is_seen_and_a_connected_one_is_not() -> None:
    with socket.socket() as listener, socket.socket() as client:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        client.connect(listener.getsockname())
        ports = listening_ports()
        assert listener.getsockname()[1] in ports
        assert client.getsockname()[1] not in ports
