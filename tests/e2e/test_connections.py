"""The connection log in a real network: every attempt from outside once, nothing else, and a capped rate."""

import contextlib
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scanwarden import hostcmd
from scanwarden.lab import Lab
from scanwarden.lab.addresses import GUARDED, SCANNER, address4, address6
from tests.conftest import REPOSITORY

pytestmark = pytest.mark.kernel


def wait_until(is_so: Callable[[], bool], limit_s: float = 60.0) -> None:
    until_s = time.monotonic() + limit_s
    while not is_so():
        assert time.monotonic() < until_s, "it never was so"
        time.sleep(0.02)


@contextlib.contextmanager
def logging(lab: Lab, file: Path, *, per_second: int = 100) -> Iterator[hostcmd.Background]:
    script = str(REPOSITORY / "tests" / "e2e" / "connection_host.py")
    with lab.guarded.start([sys.executable, script, str(file), str(per_second), "80"]) as program:
        wait_until(lambda: "log group" in lab.guarded.run(["nft", "list", "ruleset"]).text)
        yield program
        program.signal(signal.SIGINT)
        program.wait(5.0)


def lines(file: Path) -> list[str]:
    """Give the lines without their times."""
    return [line.split(" ", 1)[1] for line in file.read_text().splitlines()] if file.exists() else []


def test_every_attempt_is_one_line_and_ignored_ones_are_none(lab: Lab, tmp_path: Path) -> None:
    file = tmp_path / "connections.log"
    with logging(lab, file):
        for target in (address4(GUARDED), address6(GUARDED)):
            lab.scanner.connect(target, 80).close()
            with lab.scanner.connect(target, 22) as connection:
                connection.recv(64)
            with pytest.raises(ConnectionRefusedError):
                lab.scanner.connect(target, 23)
        with lab.scanner.open_socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"hello", (address4(GUARDED), 9999))
        lab.scanner.run(["ping", "-c", "1", address4(GUARDED)])
        wait_until(lambda: len([line for line in lines(file) if "neighbour" not in line]) == 6)
    written = [line for line in lines(file) if "neighbour" not in line]
    four, six = address4(SCANNER), address6(SCANNER)
    assert [line.split(" from ")[0] for line in written] == [
        *("TCP: to ssh", "TCP: to telnet", "TCP: to ssh", "TCP: to telnet", "UDP: to 9999", "ICMP: echo"),
    ]
    assert written[0].startswith(f"TCP: to ssh from {four}:")
    assert written[0].endswith(f" at {address4(GUARDED)}")
    assert written[2].startswith(f"TCP: to ssh from [{six}]:")
    assert written[4].endswith(f" (5 data bytes) at {address4(GUARDED)}")
    assert written[5].startswith(f"ICMP: echo from {four} (56 bytes)")


def test_a_scan_writes_no_more_than_the_rate_and_says_how_much_it_left_out(lab: Lab, tmp_path: Path) -> None:
    file = tmp_path / "connections.log"
    with logging(lab, file, per_second=20):
        lab.scanner.run(["nmap", "-sS", "-n", "-Pn", "-T5", "-p", "100-299", address4(GUARDED)], limit_s=60)
        wait_until(lambda: file.exists() and len(lines(file)) >= 20)
    written = lines(file)
    attempts = [line for line in written if line.startswith("TCP")]
    left_out = sum(int(line.split(" ")[0]) for line in written if "are not written down" in line)
    assert len(attempts) + left_out >= 200
    seconds = [line.split(" ")[0] for line in file.read_text().splitlines() if " TCP" in line]
    assert max(seconds.count(one) for one in seconds) <= 20


def test_nothing_is_left_after_the_end(lab: Lab, tmp_path: Path) -> None:
    with logging(lab, tmp_path / "connections.log"):
        pass
    assert "scanwarden_connections" not in lab.guarded.run(["nft", "list", "ruleset"]).text
