"""The survey of a host with ten services, held against nmap run from outside, under four firewalls."""

import re
import sys
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from scanwarden import hostcmd
from scanwarden.lab import Lab
from scanwarden.lab.addresses import BYSTANDER, SCANNER, address4, address6
from scanwarden.lab.namespace import Namespace
from tests.e2e.audit.exposed_host import (
    HOST4,
    HOST6,
    INNER,
    INNER_SERVICES,
    IP6TABLES,
    IPTABLES,
    NFT,
    SERVICES,
    exposed,
)

pytestmark = pytest.mark.kernel
TCP = "22,80,3306,5432,6379,7000,8080,9001"
FIREWALLS = {
    "nftables": [(["nft", "-f", "-"], NFT)],
    "iptables": [(["iptables-nft-restore"], IPTABLES), (["ip6tables-nft-restore"], IP6TABLES)],
    "iptables-legacy": [(["iptables-legacy-restore"], IPTABLES), (["ip6tables-legacy-restore"], IP6TABLES)],
    "none": [],
}


@pytest.fixture(scope="module")
def scene() -> Iterator[tuple[Lab, Namespace]]:
    with exposed() as built:
        yield built


@pytest.fixture(params=FIREWALLS)
def lab(request: pytest.FixtureRequest, scene: tuple[Lab, Namespace]) -> Iterator[Lab]:
    lab, _ = scene
    clear(lab.guarded)
    for command, rules in FIREWALLS[request.param]:
        try:
            lab.guarded.run(command, stdin=rules.encode())
        except hostcmd.HostCommandError as error:
            pytest.skip(f"{request.param} does not work here: {error}")
    yield lab
    clear(lab.guarded)


def clear(host: Namespace) -> None:
    host.run(["nft", "flush", "ruleset"])
    for program in ("iptables-legacy", "ip6tables-legacy"):
        for table in ("filter", "nat"):
            for words in (["-F"], ["-X"], *(["-P", chain, "ACCEPT"] for chain in ("INPUT", "FORWARD"))):
                host.run([program, "-t", table, *words], check=False)


@pytest.fixture
def openings(lab: Lab) -> list[dict[str, Any]]:
    """Run the command as a user does and give its openings."""
    done = lab.guarded.run([sys.executable, "-m", "scanwarden", "audit", "--format", "json"], check=False)
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = msgspec.json.decode(done.stdout)["survey"]["openings"]
    return found


def nmap(scanner: Namespace, scan: str, ports: str, target: str) -> dict[int, str]:
    """Give the state of each port as nmap sees it."""
    six = ["-6"] if ":" in target else []
    command = ["nmap", "-n", "-Pn", scan, *six, "--max-retries", "1", "--max-rtt-timeout", "200ms", "-p", ports, target]
    text = scanner.run(command, limit_s=60).text
    return {int(port): state for port, state in re.findall(r"^(\d+)/\w+\s+(\S+)", text, re.MULTILINE)}


def said_open(openings: list[dict[str, Any]], protocol: str, address: str, sender: str) -> set[int]:
    """Give the ports that the audit says `sender` reaches at an address."""
    found = set()
    for opening in openings:
        for reach in opening["reaches"] if opening["protocol"] == protocol else ():
            assert reach["state"] != "unknown", reach
            is_let_in = reach["state"] == "reachable" or (reach["state"] == "depends" and sender in reach["sources"])
            if reach["address"] == address and is_let_in:
                found.add(reach["port"])
    return found


def test_every_row_names_its_process(openings: list[dict[str, Any]]) -> None:
    found = {(one["processes"][0]["name"], one["protocol"], one["port"]) for one in openings if one["processes"]}
    services = {**SERVICES, **INNER_SERVICES}
    assert found == {(name, protocol, port) for name, (protocol, _, port) in services.items()}


def test_what_the_audit_says_is_what_nmap_finds(lab: Lab, openings: list[dict[str, Any]]) -> None:
    for scanner, sender, target, ports in (
        (lab.scanner, address4(SCANNER), HOST4, TCP),
        (lab.bystander, address4(BYSTANDER), HOST4, "22"),
        (lab.scanner, address6(SCANNER), HOST6, TCP),
    ):
        seen = {port for port, state in nmap(scanner, "-sS", ports, target).items() if state == "open"}
        said = said_open(openings, "tcp", target, sender) & {int(port) for port in ports.split(",")}
        assert said == seen, (sender, target)
    udp = nmap(lab.scanner, "-sU", "53,161", HOST4)
    said = said_open(openings, "udp", HOST4, address4(SCANNER))
    assert said == {port for port, state in udp.items() if state == "open"}


def test_a_container_is_reached_by_whoever_routes_through_this_host_if_the_rules_let_them(
    lab: Lab, openings: list[dict[str, Any]]
) -> None:
    lab.scanner.ip("route", "replace", f"{INNER}/32", "via", HOST4)
    try:
        seen = {port for port, state in nmap(lab.scanner, "-sS", "80,7000", INNER).items() if state == "open"}
    finally:
        lab.scanner.ip("route", "delete", f"{INNER}/32")
    routed = [reach for opening in openings for reach in opening["reaches"] if reach["address"] == INNER]
    assert {reach["port"] for reach in routed if reach["state"] != "blocked"} == seen
    assert all(reach["needs_route"] for reach in routed if reach["state"] != "blocked")
