"""Who has proved to be an administrator is warned about and never banned; who merely talks to sshd is banned."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanwarden.lab import Lab
from scanwarden.lab.addresses import GUARDED, SCANNER, address4
from scanwarden.lab.commands import run_command
from scanwarden.model.records import Banned, Decided
from tests.e2e.needed_hosts import ADMINISTRATOR, COLLEAGUE, arranged
from tests.e2e.responders.guard import can_connect
from tests.e2e.service_host import ServiceHost, serving

pytestmark = pytest.mark.kernel

SSH = 22
NMAP = "nmap -n -Pn -sS -p1-200 --max-retries 0 --min-rate 400 {target}"
CONNECTING_NMAP = NMAP.replace("-sS", "-sT")


@pytest.fixture(scope="module")
def service(lab: Lab) -> Iterator[ServiceHost]:
    with tempfile.TemporaryDirectory(prefix="scanwarden-") as folder:
        Path(folder).chmod(0o755)
        with serving(lab, files=arranged(Path(folder))) as host:
            yield host


@pytest.mark.parametrize(("number", "scan"), [(ADMINISTRATOR, NMAP), (COLLEAGUE, CONNECTING_NMAP)])
def test_an_administrator_who_scans_is_warned_about_and_not_banned(
    lab: Lab, service: ServiceHost, number: int, scan: str
) -> None:
    desk = lab.add_host(f"desk{number}", number)
    try:
        told = len(spared(service))
        run_command(desk, scan)
        service.wait(lambda: len(spared(service)) > told)
        assert "session of a person who logged in" in spared(service)[-1].reason
        assert service.client.status().bans_made == len(service.records(Banned))
        assert address4(number) not in service.banned()
        assert can_connect(desk, address4(GUARDED), SSH)
    finally:
        desk.remove()


def spared(service: ServiceHost) -> list[Decided]:
    return [one for one in service.records(Decided) if one.action == "spare"]


def test_a_scanner_that_holds_a_connection_to_ssh_is_banned(lab: Lab, service: ServiceHost) -> None:
    with lab.scanner.connect(address4(GUARDED), SSH):
        run_command(lab.scanner, NMAP)
        service.wait(lambda: address4(SCANNER) in service.banned())
        assert service.in_kernel(address4(SCANNER))
        assert not can_connect(lab.scanner, address4(GUARDED), SSH)
