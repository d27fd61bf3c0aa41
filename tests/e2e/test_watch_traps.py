"""`watch --trap` in the lab: a connect scan of traps is proved and banned, and services never notice them."""

import contextlib
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from scanwarden.lab import Lab
from scanwarden.lab.addresses import BYSTANDER, GUARDED, SCANNER, address4
from scanwarden.lab.commands import missing_programs, run_command
from scanwarden.lab.watching import Watcher
from scanwarden.lab.watching import watching as watching_host
from scanwarden.model.detection import Closed, Detection, Opened
from scanwarden.model.records import Banned, Record

pytestmark = pytest.mark.kernel

TRAPS = "2000-2007"
NMAP = f"nmap -sT -n -Pn -p{TRAPS} --max-retries 1 --host-timeout 10s {{target}}"
ON_THE_WIRE = ("--interface", "eth0")


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """Give a lab network, or skip where nmap is missing."""
    if missing := missing_programs([NMAP]):
        pytest.skip(f"needs {', '.join(missing)}")
    with Lab() as running:
        yield running


def watching(lab: Lab, *options: str) -> AbstractContextManager[Watcher]:
    return started(lab, "--trap", TRAPS, *options)


def stealthy(lab: Lab, *options: str) -> AbstractContextManager[Watcher]:
    return started(lab, *ON_THE_WIRE, "--stealth-trap", TRAPS, "--stealth-trap", f"udp/{TRAPS}", *options)


def started(lab: Lab, *options: str) -> AbstractContextManager[Watcher]:
    return watching_host(lab.guarded, *options, interface=None)


def the_only_scan(records: Sequence[Record]) -> Opened:
    (opened,) = [one for one in records if isinstance(one, Opened)]
    assert {str(one.source.address) for one in records if isinstance(one, Detection)} == {address4(SCANNER)}
    return opened


@pytest.mark.parametrize("beside", [(), ON_THE_WIRE], ids=["traps_alone", "traps_and_capture"])
def test_a_connect_scan_of_traps_is_proved_and_banned(lab: Lab, beside: tuple[str, ...]) -> None:
    with watching(lab, "--enforce", *beside) as watch:
        lab.bystander.connect(address4(GUARDED), 22).close()
        run_command(lab.scanner, NMAP)
        banned = watch.wait_for(Banned)
        with pytest.raises(TimeoutError):
            lab.scanner.connect(address4(GUARDED), 22, limit_s=1.0)
        lab.bystander.connect(address4(GUARDED), 22).close()
        records = watch.finish()
    assert (str(banned.source), banned.forgeable) == (f"{address4(SCANNER)}/32", False)
    opened = the_only_scan(records)
    assert opened.source.verified
    assert {part.rule for part in opened.evidence.parts} == {"trap_port"}
    assert address4(BYSTANDER) not in str([one for one in records if isinstance(one, Closed)])
    assert "scanwarden" not in lab.guarded.run(["nft", "list", "tables"]).text


@pytest.mark.parametrize(
    "scan", ["nmap -sS -n -Pn -p2001,2002", "nmap -sU -n -Pn -p2001,2002", "nmap -sN -n -Pn -p2001,2002"]
)
def test_two_stealth_traps_are_a_scan_though_nothing_listens(lab: Lab, scan: str) -> None:
    with stealthy(lab, "--enforce") as watch:
        run_command(lab.scanner, f"{scan} --max-retries 1 --host-timeout 10s {{target}}")
        banned = watch.wait_for(Banned)
        records = watch.finish()
    assert (str(banned.source), banned.forgeable) == (f"{address4(SCANNER)}/32", True)
    opened = the_only_scan(records)
    assert [(part.rule, part.nats) for part in opened.evidence.parts] == [("trap_port", 7.0)] * 2


def test_a_service_on_a_stealth_trap_makes_it_an_ordinary_port(lab: Lab) -> None:
    with lab.guarded.open_socket(socket.AF_INET, socket.SOCK_DGRAM) as service:
        service.bind(("0.0.0.0", 2003))  # noqa: S104 a service on every address
        with stealthy(lab, "--trap-weight", "13.8") as watch:
            with lab.bystander.open_socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                client.sendto(b"a question without an answer", (address4(GUARDED), 2003))
            run_command(lab.scanner, "nmap -sU -n -Pn -p2001,2002 --max-retries 1 --host-timeout 10s {target}")
            watch.wait_for(Opened)
            records = watch.finish()
    the_only_scan(records)


def test_hosts_deny_gets_the_line_and_gives_it_back(lab: Lab, tmp_path: Path) -> None:
    file = tmp_path / "hosts.deny"
    file.write_text("sshd: 203.0.113.9\n", encoding="ascii")
    with watching(lab, "--enforce", "--responder", "hosts_deny", "--hosts-deny", str(file)) as watch:
        run_command(lab.scanner, NMAP)
        assert watch.wait_for(Banned).responder == "hosts_deny"
        assert f"ALL: {address4(SCANNER)}\n" in file.read_text(encoding="ascii")
        watch.finish()
    assert file.read_text(encoding="ascii") == "sshd: 203.0.113.9\n"


def test_a_service_that_starts_on_a_trapped_port_gets_it(lab: Lab) -> None:
    with watching(lab) as watch:
        with lab.guarded.open_socket(socket.AF_INET, socket.SOCK_STREAM) as service:
            service.bind(("0.0.0.0", 2003))  # noqa: S104 a service on every address
            service.listen()
            service.settimeout(0.05)
            began_s = time.monotonic()
            is_served = False
            while not is_served:
                assert time.monotonic() - began_s < 60.0
                with contextlib.suppress(TimeoutError), lab.bystander.connect(address4(GUARDED), 2003):
                    service.accept()[0].close()
                    is_served = True
        watch.finish()


def test_every_connection_is_written_down(lab: Lab, tmp_path: Path) -> None:
    log = tmp_path / "connections.log"
    with watching(lab, "--connection-log", str(log)) as watch:
        began_s = time.monotonic()
        while not (log.exists() and address4(BYSTANDER) in log.read_text(encoding="utf-8")):
            assert time.monotonic() - began_s < 60.0
            lab.bystander.connect(address4(GUARDED), 22).close()  # the first may come before the log is ready
            time.sleep(0.05)
        watch.finish()
