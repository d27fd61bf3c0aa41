"""The doctor, run on a host that really is as it says."""

import shutil
import sys
from contextlib import ExitStack
from pathlib import Path

import msgspec
import pytest

from scanwarden import hostcmd
from scanwarden.daemon.surroundings import Finding
from scanwarden.lab import Lab
from scanwarden.lab.addresses import GUARDED, address4
from tests.e2e.service_host import serving

pytestmark = pytest.mark.kernel

DOCTOR = [sys.executable, "-m", "scanwarden", "doctor", "--format", "json"]


def found(lab: Lab) -> dict[str, list[Finding]]:
    """Run the doctor on the guarded host and return its findings by topic."""
    printed = lab.guarded.run(DOCTOR, check=False, limit_s=120).stdout
    by_topic: dict[str, list[Finding]] = {}
    for one in msgspec.json.decode(printed, type=list[Finding]):
        by_topic.setdefault(one.topic, []).append(one)
    return by_topic


def test_a_healthy_host_lacks_nothing_and_the_interface_is_named(lab: Lab) -> None:
    topics = found(lab)
    assert not [one for findings in topics.values() for one in findings if one.level == "bad"]
    assert topics["interfaces"][0].text == "up: eth0"
    assert {"rights", "firewall", "clock", "kernel", "connection tracking"} <= set(topics)
    assert "clients" not in topics


def test_an_interface_that_is_down_is_bad(lab: Lab) -> None:
    lab.guarded.ip("link", "set", "eth0", "down")
    try:
        (interfaces,) = found(lab)["interfaces"]
        assert (interfaces.level, interfaces.remedy) == ("bad", "ip link set eth0 up")
    finally:
        lab.guarded.ip("link", "set", "eth0", "up")
        lab.guarded.ip("route", "replace", "default", "via", "10.77.1.1")


def test_a_running_rival_is_named_with_what_to_do(lab: Lab, tmp_path: Path) -> None:
    rival = tmp_path / "portsentry"
    shutil.copy(hostcmd.find("sleep"), rival)
    with hostcmd.Background(lab.guarded.argv([str(rival), "120"])):
        (conflict,) = [one for one in found(lab)["conflicts"] if "PortSentry" in one.text]
        assert conflict.remedy == "stop it: systemctl disable --now portsentry"


def test_clients_that_all_come_through_one_proxy_are_noticed(lab: Lab) -> None:
    with ExitStack() as connections:
        for _ in range(25):
            connections.enter_context(lab.bystander.connect(address4(GUARDED), 22))
        (clients,) = found(lab)["clients"]
    assert "25 of 25 connections come from 10.77.1.60" in clients.text
    assert clients.remedy == 'never ban it: [policy] allowlist = ["10.77.1.60"]'


def test_the_doctor_is_content_while_the_service_owns_the_table(lab: Lab) -> None:
    with serving(lab) as service:
        service.ban("198.51.100.7")
        (firewall,) = found(lab)["firewall"]
        assert firewall.level == "good"
        assert service.in_kernel("198.51.100.7")
