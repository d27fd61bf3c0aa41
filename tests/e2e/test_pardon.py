"""A ban that an administrator lifts stays lifted while the scan it was for is told of again."""

import pytest

from scanwarden.lab import Lab
from scanwarden.lab.addresses import SCANNER, address4
from scanwarden.lab.commands import run_command
from scanwarden.model.address import Prefix
from scanwarden.model.detection import Updated
from scanwarden.model.records import Banned, Decided
from tests.e2e.service_host import serving

pytestmark = pytest.mark.kernel

NMAP = "nmap -n -Pn -sS -p{ports} --max-retries 0 --min-rate 400 {target}"
SOURCE = address4(SCANNER)


def scan(lab: Lab, ports: str) -> None:
    run_command(lab.scanner, NMAP.replace("{ports}", ports))


def test_a_lifted_ban_stays_lifted_while_its_scan_goes_on(lab: Lab) -> None:
    with serving(lab) as host:
        scan(lab, "1-200")
        host.wait(lambda: host.in_kernel(SOURCE))
        host.client.unban(Prefix.parse(SOURCE))
        (ban,) = host.records(Banned)
        told = len(host.records(Updated))
        scan(lab, "201-400")
        host.wait(lambda: any(one.id == ban.id for one in host.records(Updated)[told:]))
        host.wait(lambda: host.records(Decided)[-1].action == "spare")
        assert host.records(Decided)[-1].reason.startswith("an administrator lifted the ban")
        assert not host.banned()
        assert not host.in_kernel(SOURCE)
