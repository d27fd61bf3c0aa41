"""Syslog lines as receivers get them, over every way there is."""

import queue
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scanwarden.config.endpoint import SyslogTarget
from scanwarden.config.sections.sinks_syslog import SyslogSettings
from scanwarden.sinks.base import SinkError
from scanwarden.sinks.syslog import Syslog, line_of
from tests.certificates import certificate
from tests.samples import OPENED, record

RFC5424 = re.compile(rb"<29>1 2026-01-02T03:04:05\.123456Z box scanwarden \d+ opened - .*10\.77\.1\.50.*")
RFC3164 = re.compile(rb"<\d+>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d box scanwarden\[\d+\]: .*10\.77\.1\.50.*")


def settings(target: str, **changes: object) -> SyslogSettings:
    return SyslogSettings(target=SyslogTarget.parse(target), **changes)  # type: ignore[arg-type]


@contextmanager
def tcp_receiver(context: ssl.SSLContext | None = None) -> Iterator[tuple[int, queue.Queue[bytes]]]:
    """Take octet-counted lines (RFC 6587 3.4.1) of one connection after the other."""
    lines: queue.Queue[bytes] = queue.Queue()
    listener = socket.create_server(("127.0.0.1", 0))

    def take(stream: socket.socket) -> None:
        with stream, stream.makefile("rb") as file:
            while count := b"".join(iter(lambda: file.read(1).strip(b" "), b"")):
                lines.put(file.read(int(count)))

    def serve() -> None:
        while True:
            try:
                accepted, _ = listener.accept()
                take(context.wrap_socket(accepted, server_side=True) if context else accepted)
            except OSError:
                if listener.fileno() < 0:
                    return

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1], lines
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(30)


@pytest.mark.parametrize(("layout", "pattern"), [("rfc5424", RFC5424), ("rfc3164", RFC3164)])
def test_a_line_has_its_layout(layout: str, pattern: re.Pattern[bytes]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(30)
        sink = Syslog(settings(f"udp://127.0.0.1:{receiver.getsockname()[1]}", layout=layout), host="box")
        sink.write(record(OPENED))
        assert pattern.fullmatch(receiver.recv(9000))
        sink.close()


def test_this_hosts_socket_gets_what_the_c_library_would_send(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(tmp_path / "log"))
        sink = Syslog(settings(f"unix:{tmp_path}/log", layout="rfc3164", format="portsentry", facility="authpriv"))
        sink.write(record(OPENED))
        line = receiver.recv(9000)
        sink.close()
    assert re.fullmatch(
        rb"<85>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d scanwarden\[\d+\]: attackalert: .*10\.77\.1\.50.*", line
    )


def test_lines_are_counted_over_tcp_and_a_restarted_receiver_is_found_again() -> None:
    with tcp_receiver() as (port, lines):
        sink = Syslog(settings(f"tcp://127.0.0.1:{port}"), host="box")
        sink.write(record(OPENED))
        assert sink._socket is not None
        sink._socket.shutdown(socket.SHUT_RDWR)  # as if the receiver had gone
        sink.write(record(OPENED, probes=7))
        assert all(RFC5424.fullmatch(lines.get(timeout=30)) for _ in range(2))
        sink.close()


def test_tls_is_spoken_to_the_right_server_only(tmp_path: Path) -> None:
    pair = certificate(tmp_path, "127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair)
    with tcp_receiver(context) as (port, lines):
        sink = Syslog(settings(f"tls://127.0.0.1:{port}", ca_file=pair), host="box")
        sink.write(record(OPENED))
        assert RFC5424.fullmatch(lines.get(timeout=30))
        sink.close()
        with pytest.raises(SinkError, match="takes nothing"):
            Syslog(settings(f"tls://127.0.0.1:{port}"), host="box").write(record(OPENED))
    assert lines.empty()


def test_nobody_there_is_reported() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(SinkError, match=r"see \[sinks.syslog\] target"):
        Syslog(settings(f"tcp://127.0.0.1:{port}"), host="box").write(record(OPENED))


def test_a_line_is_cut_between_characters() -> None:
    line = line_of("ä" * 5000, record(OPENED), settings("udp://127.0.0.1"), "box")
    assert line.decode().endswith("ä")
    assert len(line) < 2200
