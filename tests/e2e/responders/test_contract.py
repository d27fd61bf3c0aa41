"""What every responder promises, against the real tools."""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from scanwarden import hostcmd
from scanwarden.lab import Lab
from scanwarden.lab.addresses import BYSTANDER as BYSTANDER_NUMBER
from scanwarden.lab.addresses import SCANNER as SCANNER_NUMBER
from scanwarden.lab.addresses import address4, address6
from scanwarden.lab.namespace import Namespace
from scanwarden.model.address import Prefix
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.responders.command import CommandResponder
from scanwarden.responders.contract import Responder
from scanwarden.responders.dry_run import DryRunResponder
from scanwarden.responders.hosts_deny import HostsDenyResponder
from scanwarden.responders.iptables import IptablesResponder
from scanwarden.responders.nftables import NftablesResponder, ScriptDoor
from scanwarden.responders.route import RouteResponder
from tests.e2e.responders.guard import (
    GATEWAY,
    GUARDED,
    GUARDED_V6,
    SCANNER,
    SCANNER_V6,
    Guard,
    Reaches,
    wait_until,
)
from tests.programs import need_programs
from tests.unit.responders.samples import ban_of

pytestmark = pytest.mark.kernel

ADDRESS_OF_ROLE = {"scanner": SCANNER_NUMBER, "bystander": BYSTANDER_NUMBER}
PROTECTED = PrefixTable({Prefix.parse(GATEWAY): "gateway", Prefix.parse("fd77:1::1"): "gateway"})


class Candidate:
    """A responder to hold to the contract: how it is made, and what must be installed for it."""

    def __init__(self, make: Callable[[Path], Responder], *programs: str, is_enforcing: bool = True) -> None:
        self.make = make
        self.programs = programs
        self.is_enforcing = is_enforcing


CANDIDATES = {
    "nftables": Candidate(lambda _: NftablesResponder(protected=PROTECTED)),
    "nftables by script": Candidate(lambda _: NftablesResponder(protected=PROTECTED, make_door=ScriptDoor)),
    "iptables": Candidate(lambda _: IptablesResponder(protected=PROTECTED), "iptables", "ip6tables", "ipset"),
    "route": Candidate(lambda _: RouteResponder(protected=PROTECTED)),
    "hosts_deny": Candidate(lambda folder: HostsDenyResponder(folder / "hosts.deny", protected=PROTECTED), "tcpdmatch"),
    "command": Candidate(
        lambda _: CommandResponder(
            ["ip", "route", "replace", "blackhole", "{source}"],
            ["ip", "route", "del", "blackhole", "{source}"],
            user=None,
            protected=PROTECTED,
        )
    ),
    "dry_run": Candidate(lambda _: DryRunResponder(protected=PROTECTED), is_enforcing=False),
}


def lets_in(folder: Path) -> Reaches:
    """Return what asks TCP wrappers about a client, as a service would, with the files of this folder."""

    def is_granted(client: Namespace, address: str) -> bool:
        number = ADDRESS_OF_ROLE[client.role]
        name = address6(number) if ":" in address else address4(number)
        asked = ["tcpdmatch", "-d", "sshd", name]
        return "granted" in hostcmd.run(asked, launch=hostcmd.Launch(directory=str(folder))).text

    return is_granted


@pytest.fixture(params=CANDIDATES)
def candidate(request: pytest.FixtureRequest) -> Candidate:
    chosen = CANDIDATES[request.param]
    need_programs(*chosen.programs)
    return chosen


@pytest.fixture
def guard(lab: Lab, candidate: Candidate, tmp_path: Path) -> Iterator[Guard]:
    responder = candidate.make(tmp_path)
    guard = Guard(responder, lab.guarded, reaches=lets_in(tmp_path) if responder.name == "hosts_deny" else None)
    assert not guard.check()
    guard.prepare()
    yield guard
    guard.cleanup()


@pytest.fixture
def is_enforcing(candidate: Candidate) -> bool:
    return candidate.is_enforcing


def test_a_banned_host_is_cut_off_and_a_bystander_is_not(lab: Lab, guard: Guard, is_enforcing: bool) -> None:
    receipt = guard.ban([ban_of(SCANNER), ban_of(SCANNER_V6)])
    assert [str(ban.source) for ban in receipt.in_force] == [f"{SCANNER}/32", f"{SCANNER_V6}/128"]
    assert guard.is_in_force(SCANNER)
    assert guard.is_in_force(SCANNER_V6)
    assert guard.active_count == 2
    for address in (GUARDED, GUARDED_V6):
        assert guard.reaches(lab.scanner, address) is not is_enforcing
        assert guard.reaches(lab.bystander, address)


@pytest.mark.parametrize("network", ["10.77.1.48/29", "fd77:1::50/124"])
def test_a_banned_network_is_cut_off_and_a_bystander_is_not(
    lab: Lab, guard: Guard, is_enforcing: bool, network: str
) -> None:
    guard.ban([ban_of(network)])
    guarded = GUARDED_V6 if ":" in network else GUARDED
    assert guard.is_in_force(network)
    assert guard.reaches(lab.scanner, guarded) is not is_enforcing
    assert guard.reaches(lab.bystander, guarded)
    assert [str(source) for source in guard.unban([Prefix.parse(network)])] == [network]
    assert guard.reaches(lab.scanner, guarded)


def test_unban_welcomes_the_source_again_and_says_whom(lab: Lab, guard: Guard) -> None:
    guard.ban([ban_of(SCANNER)])
    unbanned = guard.unban([Prefix.parse(SCANNER), Prefix.parse("198.51.100.9")])
    assert [str(source) for source in unbanned] == [f"{SCANNER}/32"]
    assert not guard.is_in_force(SCANNER)
    assert guard.active_count == 0
    assert guard.reaches(lab.scanner, GUARDED)


def test_a_ban_ends_by_itself(lab: Lab, guard: Guard, is_enforcing: bool) -> None:
    guard.ban([ban_of(SCANNER, duration_s=2), ban_of(SCANNER_V6, duration_s=2)])
    assert guard.reaches(lab.scanner, GUARDED) is not is_enforcing
    assert wait_until(lambda: not guard.is_in_force(SCANNER) and not guard.is_in_force(SCANNER_V6))
    assert guard.reaches(lab.scanner, GUARDED)
    assert wait_until(lambda: guard.active_count == 0)


def test_banning_again_restarts_the_clock(guard: Guard) -> None:
    guard.ban(
        [ban_of(SCANNER, duration_s=1), ban_of("10.77.1.60", duration_s=1), ban_of("198.51.100.0/24", duration_s=1)]
    )
    guard.ban([ban_of(SCANNER, duration_s=600), ban_of("198.51.100.0/24", duration_s=600)])
    assert wait_until(lambda: not guard.is_in_force("10.77.1.60"))
    assert guard.is_in_force(SCANNER)
    assert guard.is_in_force("198.51.100.0/24")
    guard.ban([ban_of(SCANNER, duration_s=1)])
    assert wait_until(lambda: not guard.is_in_force(SCANNER))


def test_protected_and_too_wide_sources_are_refused_with_the_reason(guard: Guard) -> None:
    never = [GATEWAY, "10.77.1.0/24", "fd77:1::1", "fd77:1::/64", "10.0.0.0/8", "::/0"]
    receipt = guard.ban([*map(ban_of, never), ban_of(SCANNER)])
    assert [str(ban.source) for ban in receipt.in_force] == [f"{SCANNER}/32"]
    assert {refusal.ban.source for refusal in receipt.refused} == set(map(Prefix.parse, never))
    for refusal in receipt.refused:
        assert "gateway" in refusal.reason or "wider" in refusal.reason
        assert not guard.is_in_force(str(refusal.ban.source))


def test_becoming_protected_lifts_a_ban(lab: Lab, guard: Guard) -> None:
    guard.ban([ban_of(SCANNER), ban_of("198.51.100.7")])
    lifted = guard.protect(PROTECTED.with_added({Prefix.parse(SCANNER): "session of an administrator"}))
    assert [str(source) for source in lifted] == [f"{SCANNER}/32"]
    assert guard.reaches(lab.scanner, GUARDED)
    assert not guard.is_in_force(SCANNER)
    assert guard.is_in_force("198.51.100.7")


def test_an_ipv4_mapped_source_is_the_ipv4_host(lab: Lab, guard: Guard, is_enforcing: bool) -> None:
    mapped = Prefix(bytes(10) + b"\xff\xff" + Prefix.parse(SCANNER).packed, 128)
    receipt = guard.ban([msgspec.structs.replace(ban_of(SCANNER), source=mapped)])
    assert [str(ban.source) for ban in receipt.in_force] == [f"{SCANNER}/32"]
    assert guard.is_in_force(SCANNER)
    assert guard.reaches(lab.scanner, GUARDED) is not is_enforcing


def test_preparing_again_keeps_the_bans(lab: Lab, guard: Guard, is_enforcing: bool) -> None:
    guard.ban([ban_of(SCANNER)])
    guard.prepare()
    assert guard.is_intact()
    assert guard.is_in_force(SCANNER)
    assert guard.reaches(lab.scanner, GUARDED) is not is_enforcing


def footprint(lab: Lab) -> list[str]:
    """Return everything that a responder could have left behind."""
    commands = (["nft", "list", "ruleset"], ["ip", "route"], ["ip", "-6", "route"], ["ipset", "list", "-name"])
    return [lab.guarded.run(command, check=False).text for command in commands]


def test_cleanup_lifts_everything_and_may_be_repeated(lab: Lab, candidate: Candidate, tmp_path: Path) -> None:
    before = footprint(lab)
    guard = Guard(candidate.make(tmp_path), lab.guarded)
    guard.prepare()
    guard.ban([ban_of(SCANNER), ban_of("198.51.100.0/24"), ban_of("2001:db8:1:2::/64")])
    guard.cleanup()
    guard.cleanup()
    assert guard.active_count == 0
    assert not guard.is_in_force(SCANNER)
    assert guard.reaches(lab.scanner, GUARDED)
    guard.close()
    assert footprint(lab) == before
