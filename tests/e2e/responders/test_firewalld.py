"""The firewalld responder against a real firewalld."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanwarden import hostcmd
from scanwarden.errors import BanError, ResponderError
from scanwarden.lab import Lab
from scanwarden.model.address import Prefix
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.responders.firewalld import FirewalldResponder
from tests.e2e.responders.firewalld_server import firewalld
from tests.e2e.responders.guard import (
    GATEWAY,
    GUARDED,
    GUARDED_V6,
    HTTP,
    LIVENESS_S,
    SCANNER,
    SCANNER_V6,
    Guard,
    answers,
    can_connect,
    wait_until,
)
from tests.programs import need_programs
from tests.unit.responders.samples import ban_of

pytestmark = pytest.mark.kernel


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    need_programs("firewalld", "firewall-cmd", "dbus-daemon")
    with Lab() as running:
        yield running


@pytest.fixture(scope="module")
def launch(lab: Lab) -> Iterator[hostcmd.Launch]:
    folder = Path(tempfile.mkdtemp(prefix="sw-firewalld-"))  # the path of a bus must be short
    try:
        with firewalld(lab.guarded, folder) as launch:
            yield launch
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def guard(lab: Lab, launch: hostcmd.Launch) -> Iterator[Guard]:
    protected = PrefixTable({Prefix.parse(GATEWAY): "gateway"})
    guard = Guard(FirewalldResponder(protected=protected, launch=launch, max_bans=3), lab.guarded)
    assert not guard.check()
    guard.prepare()
    yield guard
    guard.cleanup()
    assert not rules(launch)


def rules(launch: hostcmd.Launch) -> str:
    return hostcmd.run(["firewall-cmd", "--list-rich-rules"], launch=launch).text.strip()


def test_banned_hosts_and_networks_are_cut_off_and_a_bystander_is_not(lab: Lab, guard: Guard) -> None:
    with lab.scanner.connect(GUARDED, HTTP) as established:
        receipt = guard.ban([ban_of(SCANNER), ban_of("fd77:1::50/124"), ban_of(GATEWAY)])
        assert len(receipt.in_force) == 2
        assert "gateway" in receipt.refused[0].reason
        assert answers(established, limit_s=LIVENESS_S)
    assert guard.is_in_force(SCANNER)
    assert guard.is_in_force("fd77:1::50/124")
    assert not guard.is_in_force(SCANNER_V6)
    for address in (GUARDED, GUARDED_V6):
        assert not can_connect(lab.scanner, address)
        assert can_connect(lab.bystander, address, limit_s=LIVENESS_S)
    assert len(guard.unban([Prefix.parse(SCANNER)])) == 1
    assert can_connect(lab.scanner, GUARDED, limit_s=LIVENESS_S)


def test_a_ban_ends_by_itself_and_a_new_one_restarts_its_clock(lab: Lab, guard: Guard) -> None:
    guard.ban([ban_of(SCANNER, duration_s=2), ban_of(SCANNER_V6, duration_s=2)])
    guard.ban([ban_of(SCANNER, duration_s=600)])
    assert wait_until(lambda: not guard.is_in_force(SCANNER_V6))
    assert can_connect(lab.scanner, GUARDED_V6, limit_s=LIVENESS_S)
    assert guard.is_in_force(SCANNER)


def test_a_reload_is_noticed_and_repaired(lab: Lab, guard: Guard, launch: hostcmd.Launch) -> None:
    guard.ban([ban_of(SCANNER)])
    assert guard.is_intact()
    hostcmd.run(["firewall-cmd", "--reload"], launch=launch, limit_s=30)
    assert not guard.is_intact()
    guard.prepare()
    assert guard.is_intact()
    assert guard.is_in_force(SCANNER)
    hostcmd.run(["firewall-cmd", "--zone=public", "--add-port=1-65535/tcp"], launch=launch)
    assert not can_connect(lab.scanner, GUARDED)


def test_rules_of_others_stay(guard: Guard, launch: hostcmd.Launch) -> None:
    foreign = 'rule family="ipv4" source address="192.0.2.1" drop'
    hostcmd.run(["firewall-cmd", f"--add-rich-rule={foreign}"], launch=launch)
    guard.ban([ban_of(SCANNER)])
    guard.cleanup()
    assert rules(launch) == foreign
    hostcmd.run(["firewall-cmd", f"--remove-rich-rule={foreign}"], launch=launch)


def test_the_number_of_rules_is_bounded(guard: Guard, launch: hostcmd.Launch) -> None:
    for last in range(1, 6):
        guard.ban([ban_of(f"198.51.100.{last}", duration_s=600 + last)])
    assert len(rules(launch).splitlines()) == 3


def test_without_a_running_firewalld_nothing_is_claimed(lab: Lab) -> None:
    elsewhere = hostcmd.Launch(env={"DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent/bus"})
    guard = Guard(FirewalldResponder(launch=elsewhere), lab.guarded)
    (obstacle,) = guard.check()
    assert "running firewalld" in obstacle.lacks
    with pytest.raises(ResponderError, match="does not run"):
        guard.prepare()
    with pytest.raises(BanError):
        guard.ban([ban_of(SCANNER)])
    assert guard.active_count == 0
    assert not guard.is_in_force(SCANNER)
    guard.cleanup()
