"""Traps in a real network: who touches them is reported, services never notice them, nothing stays behind."""

import contextlib
import json
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from scanwarden import hostcmd
from scanwarden.lab import Lab
from scanwarden.lab.addresses import GUARDED, SCANNER, address4, address6
from tests.conftest import REPOSITORY

pytestmark = pytest.mark.kernel

TCP, UDP = "79,111,2000-2004", "69,161"
TARGETS = (address4(GUARDED), address6(GUARDED))


class Traps:
    """The trap program on the guarded host."""

    def __init__(self, program: hostcmd.Background) -> None:
        self.program = program

    def reports(self, what: str = "touched") -> list[dict[str, Any]]:
        found = [json.loads(line) for line in list(self.program.stdout)]
        return [report for report in found if report["what"] == what]

    def wait_for(self, what: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 any JSON value
        def is_wanted(line: bytes) -> bool:
            report = json.loads(line)
            return bool(report["what"] == what and all(report.get(key) == value for key, value in fields.items()))

        found: dict[str, Any] = json.loads(self.program.wait_for_line(is_wanted, 60.0))
        return found


@contextlib.contextmanager
def traps(lab: Lab, method: str) -> Iterator[Traps]:
    command = [sys.executable, str(REPOSITORY / "tests" / "e2e" / "trap_host.py"), method, TCP, UDP]
    with lab.guarded.start(command) as program:
        running = Traps(program)
        running.wait_for("set")
        yield running
        if program.is_running:
            program.signal(signal.SIGINT)
            program.wait(60.0)


def wait_until(is_so: Callable[[], bool], limit_s: float = 60.0) -> float:
    """Return the seconds until something was so."""
    began_s = time.monotonic()
    while not is_so():
        assert time.monotonic() - began_s < limit_s, "it never was so"
        time.sleep(0.02)
    return time.monotonic() - began_s


@pytest.mark.parametrize("method", ["redirect", "bind"])
@pytest.mark.parametrize("target", TARGETS)
def test_a_connection_is_reported_as_proved_with_the_port_it_asked_for(lab: Lab, method: str, target: str) -> None:
    with traps(lab, method) as running:
        with lab.scanner.connect(target, 79) as connection:
            assert connection.recv(64) == b"go away\r\n"
            connection.sendall(b"GET /\x1b[2J\xff\r\n")
            heard = running.wait_for("heard", port=79)
        source = address4(SCANNER) if "." in target else address6(SCANNER)
        assert heard["words"] == "GET /\\x1b[2J\\xff\\r\\n"
        assert running.reports() == [
            {"what": "touched", "port": 79, "verified": True, "source": source, "target": target, "protocol": "tcp"}
        ]


@pytest.mark.parametrize("method", ["redirect", "bind"])
@pytest.mark.parametrize("target", TARGETS)
def test_a_datagram_is_reported_as_unproved_with_the_port_it_asked_for(lab: Lab, method: str, target: str) -> None:
    family = socket.AF_INET6 if ":" in target else socket.AF_INET
    with traps(lab, method) as running, lab.scanner.open_socket(family, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"hello", (target, 161))
        assert running.wait_for("heard", port=161)["words"] == "hello"
        assert [(report["protocol"], report["port"], report["verified"]) for report in running.reports()] == [
            ("udp", 161, False)
        ]


def test_a_connect_scan_touches_every_trap_and_only_those(lab: Lab) -> None:
    with traps(lab, "redirect") as running:
        lab.scanner.run(["nmap", "-sT", "-n", "-Pn", "-p", "70-120,1990-2010", address4(GUARDED)], limit_s=60)
        wait_until(lambda: len({report["port"] for report in running.reports()}) == 7)
        assert all(report["source"] == address4(SCANNER) and report["verified"] for report in running.reports())


def test_a_half_open_scan_proves_nothing_and_is_not_reported(lab: Lab) -> None:
    with traps(lab, "redirect") as running:
        lab.scanner.run(["nmap", "-sS", "-n", "-Pn", "-p", "79,111", address4(GUARDED)], limit_s=60)
        with lab.scanner.connect(address4(GUARDED), 2000):
            running.wait_for("touched", port=2000)
        assert {report["port"] for report in running.reports()} == {2000}


def test_a_service_gets_its_port_within_a_second_and_the_trap_comes_back(lab: Lab) -> None:
    with traps(lab, "redirect"):
        with lab.guarded.open_socket(socket.AF_INET, socket.SOCK_STREAM) as service:
            service.bind(("0.0.0.0", 2001))  # noqa: S104 a service on every address
            service.listen()
            service.settimeout(0.05)

            def is_served() -> bool:
                with contextlib.suppress(TimeoutError), lab.scanner.connect(address4(GUARDED), 2001):
                    service.accept()[0].close()
                    return True
                return False

            wait_until(is_served)

        def is_trapped() -> bool:
            with contextlib.suppress(OSError), lab.scanner.connect(address4(GUARDED), 2001) as connection:
                return connection.recv(64) == b"go away\r\n"
            return False

        wait_until(is_trapped)


def test_a_service_that_was_there_first_is_never_trapped(lab: Lab) -> None:
    with lab.guarded.open_socket(socket.AF_INET, socket.SOCK_STREAM) as service:
        service.bind((address4(GUARDED), 2002))
        service.listen()
        service.settimeout(2.0)
        with traps(lab, "redirect") as running, lab.scanner.connect(address4(GUARDED), 2002):
            service.accept()[0].close()
            assert running.reports() == []


def test_the_listener_itself_is_closed_to_others(lab: Lab) -> None:
    with traps(lab, "redirect") as running:
        ruleset = lab.guarded.run(["nft", "list", "table", "inet", "scanwarden_traps"]).text
        own_port = int(ruleset.split("redirect to :")[1].split()[0])
        with pytest.raises(ConnectionRefusedError):
            lab.scanner.connect(address4(GUARDED), own_port)
        assert running.reports() == []


def test_a_flushed_firewall_is_repaired(lab: Lab) -> None:
    with traps(lab, "redirect") as running:
        lab.guarded.run(["nft", "flush", "ruleset"])

        def is_trapped() -> bool:
            with contextlib.suppress(OSError), lab.scanner.connect(address4(GUARDED), 111):
                return True
            return False

        wait_until(is_trapped)
        running.wait_for("touched", port=111)


def test_nothing_is_left_after_the_end(lab: Lab) -> None:
    with traps(lab, "redirect"):
        pass
    assert "scanwarden_traps" not in lab.guarded.run(["nft", "list", "ruleset"]).text


def test_a_killed_program_leaves_no_port_taken_for_long(lab: Lab) -> None:
    with traps(lab, "redirect") as running:
        running.program.signal(signal.SIGKILL)
        running.program.wait(60.0)

        def is_free() -> bool:
            return (
                "timeout"
                not in lab.guarded.run(["nft", "list", "set", "inet", "scanwarden_traps", "tcp_ports"]).text.partition(
                    "elements"
                )[2]
            )

        wait_until(is_free)
    lab.guarded.run(["nft", "delete", "table", "inet", "scanwarden_traps"])
