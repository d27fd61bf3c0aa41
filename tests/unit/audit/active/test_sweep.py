import socket
import threading

from scanwarden.audit.active.sweep import TcpSweep, ranges_of, udp_states


def test_open_and_closed_ports_of_loopback_are_told_apart() -> None:
    with socket.socket() as listener, socket.socket() as bound:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        bound.bind(("127.0.0.1", 0))  # nobody else gets this one, and nobody listens
        ports = [listener.getsockname()[1], bound.getsockname()[1]]
        assert TcpSweep("127.0.0.1", ports).run() == {ports[0]: "open", ports[1]: "closed"}


def test_a_socket_that_met_itself_is_no_service() -> None:
    """Connecting to a port of the ephemeral range may connect a socket to itself."""
    meeting = socket.socket()
    meeting.bind(("127.0.0.1", 0))
    port = meeting.getsockname()[1]
    meeting.connect(("127.0.0.1", port))
    judging = TcpSweep("127.0.0.1", [])
    judging._judge(meeting, port, 0)
    assert judging.states == {port: "closed"}


def test_udp_services_are_open_closed_or_silent() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as answering, socket.socket(type=socket.SOCK_DGRAM) as silent:
        answering.bind(("127.0.0.1", 0))
        silent.bind(("127.0.0.1", 0))
        closed = 1  # tcpmux, which nobody serves over UDP

        def answer() -> None:
            _, sender = answering.recvfrom(64)
            answering.sendto(b"here", sender)

        thread = threading.Thread(target=answer)
        thread.start()
        ports = [one.getsockname()[1] for one in (answering, silent)]
        found = udp_states("127.0.0.1", dict.fromkeys([*ports, closed], b"hello"))
        thread.join()
    assert found == {ports[0]: "open", ports[1]: "open|filtered", closed: "closed"}


def test_ports_are_written_as_ranges() -> None:
    states = {1: "open", 2: "open", 3: "closed", 4: "open"}
    assert ranges_of(states, "open") == [[1, 2], [4, 4]]
