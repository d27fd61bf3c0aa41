"""What the iptables responder promises beyond the contract."""

from collections.abc import Iterator

import pytest

from scanwarden.lab import Lab
from scanwarden.model.address import Prefix
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.responders.iptables import IptablesResponder
from tests.e2e.responders.guard import GUARDED, LIVENESS_S, SCANNER, Guard, can_connect
from tests.programs import need_programs
from tests.unit.responders.samples import ban_of

pytestmark = pytest.mark.kernel


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    need_programs("iptables", "ip6tables", "ipset")
    with Lab() as running:
        yield running


@pytest.fixture
def guard(lab: Lab) -> Iterator[Guard]:
    guard = Guard(IptablesResponder(), lab.guarded)
    guard.prepare()
    yield guard
    guard.cleanup()


@pytest.mark.parametrize(
    "damage",
    [
        ["iptables", "-t", "mangle", "-F"],
        ["iptables", "-t", "mangle", "-F", "PREROUTING"],
        ["ip6tables", "-t", "mangle", "-F", "SCANWARDEN"],
        ["iptables", "-t", "mangle", "-I", "PREROUTING", "-j", "ACCEPT"],
        ["ipset", "flush", "scanwarden-verified-hosts-4"],
    ],
)
def test_damage_by_others_is_noticed_and_repaired(lab: Lab, guard: Guard, damage: list[str]) -> None:
    guard.ban([ban_of(SCANNER)])
    assert guard.is_intact()
    lab.guarded.run(damage)
    assert not guard.is_intact()
    guard.prepare()
    assert guard.is_intact()
    assert guard.is_in_force(SCANNER)
    assert not can_connect(lab.scanner, GUARDED)


def test_everybody_can_be_protected(lab: Lab, guard: Guard) -> None:
    guard.ban([ban_of(SCANNER)])
    guard.protect(PrefixTable({Prefix.parse("0.0.0.0/0"): "everybody", Prefix.parse("::/0"): "everybody"}))
    assert can_connect(lab.scanner, GUARDED, limit_s=LIVENESS_S)


def test_other_rules_are_left_alone(lab: Lab) -> None:
    lab.guarded.run(
        ["iptables", "-t", "mangle", "-A", "PREROUTING", "-s", "192.0.2.1", "-j", "MARK", "--set-mark", "7"]
    )
    before = lab.guarded.run(["iptables", "-t", "mangle", "-S"]).text
    guard = Guard(IptablesResponder(), lab.guarded)
    guard.prepare()
    guard.prepare()
    assert lab.guarded.run(["iptables", "-t", "mangle", "-S", "PREROUTING"]).text.count("SCANWARDEN") == 1
    guard.cleanup()
    assert lab.guarded.run(["iptables", "-t", "mangle", "-S"]).text == before
