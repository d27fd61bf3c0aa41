"""What the nftables responder promises beyond the contract."""

import os
import time
from collections.abc import Iterator

import pytest

from scanwarden.errors import BanError, ResponderError
from scanwarden.lab import Lab
from scanwarden.model.address import Address, Prefix
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.responders.nftables import NftablesResponder
from tests.e2e.responders.guard import (
    GUARDED,
    GUARDED_V6,
    LIVENESS_S,
    SCANNER,
    Guard,
    can_connect,
    wait_until,
)
from tests.unit.responders.samples import ban_of

pytestmark = pytest.mark.kernel


class Clock:
    """A monotonic clock that can be put forward."""

    def __init__(self) -> None:
        self.ahead_ns = 0

    def __call__(self) -> int:
        return time.monotonic_ns() + self.ahead_ns


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def guard(lab: Lab, clock: Clock) -> Iterator[Guard]:
    guard = Guard(NftablesResponder(now_ns=clock, max_bans=20_000), lab.guarded)
    guard.prepare()
    yield guard
    guard.cleanup()


def test_a_customer_network_of_ipv6_is_one_element(lab: Lab, guard: Guard) -> None:
    guard.protect(PrefixTable({Prefix.parse(GUARDED_V6): "own address"}))
    assert not guard.ban([ban_of("fd77:1::/64")]).in_force
    guard.protect(PrefixTable())
    guard.ban([ban_of("fd77:1::/64")])
    assert guard.is_in_force("fd77:1::/64")
    assert not can_connect(lab.scanner, GUARDED_V6)
    assert can_connect(lab.scanner, GUARDED, limit_s=LIVENESS_S)


def test_ten_thousand_bans_are_one_batch(guard: Guard) -> None:
    batch = [ban_of(f"{Address((0x0B000000 + number).to_bytes(4, 'big'))}/32") for number in range(10_000)]
    assert len(guard.ban(batch).in_force) == 10_000
    assert guard.active_count == 10_000
    assert all(guard.is_in_force(str(ban.source)) for ban in batch[::1000])
    assert len(guard.unban([ban.source for ban in batch])) == 10_000
    assert not any(guard.is_in_force(str(ban.source)) for ban in batch[::1000])


def test_a_full_table_lets_forgeable_bans_that_end_first_give_way(lab: Lab) -> None:
    guard = Guard(NftablesResponder(max_bans=3), lab.guarded)
    guard.prepare()
    try:
        guard.ban([ban_of("198.51.100.1", duration_s=60), ban_of("198.51.100.2", duration_s=300, forgeable=True)])
        guard.ban([ban_of("198.51.100.3", duration_s=200, forgeable=True)])
        receipt = guard.ban([ban_of("198.51.100.4")])
        assert [str(source) for source in receipt.evicted] == ["198.51.100.3/32"]
        assert guard.active_count == 3
        assert not guard.is_in_force("198.51.100.3")
        assert all(guard.is_in_force(f"198.51.100.{last}") for last in (1, 2, 4))
        crowd = guard.ban([ban_of(f"203.0.113.{last}") for last in range(1, 6)])
        assert (len(crowd.in_force), len(crowd.refused), guard.active_count) == (3, 2, 3)
    finally:
        guard.cleanup()


DAMAGES = [
    "flush ruleset",
    "delete table inet scanwarden",
    "flush set inet scanwarden verified_hosts_v4",
    "flush chain inet scanwarden prerouting",
]


@pytest.fixture
def unowned(lab: Lab) -> Iterator[Guard]:
    """Give a responder as it is on kernels before 6.9, where a table cannot be owned and stay."""
    guard = Guard(NftablesResponder(may_own=False), lab.guarded)
    guard.prepare()
    yield guard
    guard.cleanup()


@pytest.fixture
def owned(lab: Lab, guard: Guard) -> Guard:
    if "flags owner" not in lab.guarded.run(["nft", "list", "table", "inet", "scanwarden"]).text:
        release = os.uname().release
        assert tuple(map(int, release.split(".")[:2])) < (6, 9), "this kernel has owned, persistent tables"
        pytest.skip(f"Linux {release} has no owned, persistent tables")
    return guard


@pytest.mark.parametrize("damage", DAMAGES)
def test_an_owned_table_cannot_be_damaged(lab: Lab, owned: Guard, damage: str) -> None:
    owned.ban([ban_of("198.51.100.0/24"), ban_of(SCANNER)])
    owned.protect(PrefixTable({Prefix.parse("192.0.2.1"): "gateway"}))
    lab.guarded.run(["nft", damage], check=False)
    assert owned.is_intact()
    assert owned.is_in_force(SCANNER)
    assert owned.is_in_force("198.51.100.0/24")
    assert not can_connect(lab.scanner, GUARDED)


def test_an_owned_table_outlives_its_owner_and_is_taken_over(lab: Lab, owned: Guard) -> None:
    owned.ban([ban_of(SCANNER)])
    owned.close()
    assert "flags owner" not in lab.guarded.run(["nft", "list", "table", "inet", "scanwarden"]).text
    assert not can_connect(lab.scanner, GUARDED)
    successor = Guard(NftablesResponder(max_bans=20_000), lab.guarded)
    successor.prepare()
    assert "flags owner" in lab.guarded.run(["nft", "list", "table", "inet", "scanwarden"]).text
    assert successor.is_in_force(SCANNER)
    successor.close()


def test_a_table_that_somebody_else_owns_is_not_fought_over(lab: Lab, owned: Guard) -> None:
    owned.ban([ban_of(SCANNER)])
    second = Guard(NftablesResponder(max_bans=20_000), lab.guarded)
    with pytest.raises(ResponderError, match="not permitted"):
        second.prepare()
    assert not second.check()
    assert owned.is_in_force(SCANNER)
    second.close()


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_by_others_is_noticed_and_repaired(lab: Lab, unowned: Guard, damage: str) -> None:
    guard = unowned
    guard.ban([ban_of("198.51.100.0/24"), ban_of(SCANNER)])
    assert guard.is_intact()
    lab.guarded.run(["nft", damage])
    assert not guard.is_intact()
    assert not guard.is_in_force(SCANNER)
    assert can_connect(lab.scanner, GUARDED, limit_s=LIVENESS_S)
    guard.prepare()
    assert guard.is_intact()
    assert guard.is_in_force(SCANNER)
    assert guard.is_in_force("198.51.100.0/24")
    assert not can_connect(lab.scanner, GUARDED)


def test_bans_of_a_dead_run_are_kept_and_can_be_lifted(lab: Lab, guard: Guard) -> None:
    guard.ban([ban_of(SCANNER)])
    guard.close()
    successor = Guard(NftablesResponder(max_bans=20_000), lab.guarded)
    successor.prepare()
    assert successor.is_in_force(SCANNER)
    assert not can_connect(lab.scanner, GUARDED)
    assert len(successor.ban([ban_of(SCANNER), ban_of("198.51.100.7")]).in_force) == 2
    assert successor.unban([Prefix.parse(SCANNER)])
    assert can_connect(lab.scanner, GUARDED, limit_s=LIVENESS_S)
    successor.close()


def test_a_ban_that_an_earlier_run_left_is_restarted(lab: Lab, guard: Guard) -> None:
    guard.ban([ban_of(SCANNER, duration_s=600)])
    guard.close()
    successor = Guard(NftablesResponder(max_bans=20_000), lab.guarded)
    successor.prepare()
    successor.ban([ban_of(SCANNER, duration_s=1)])
    assert wait_until(lambda: not successor.is_in_force(SCANNER))
    assert can_connect(lab.scanner, GUARDED, limit_s=LIVENESS_S)
    successor.close()


def test_a_table_of_another_layout_is_replaced(lab: Lab) -> None:
    old = "table inet scanwarden {\n set protected_v4 { type ipv6_addr; }\n chain prerouting {\n }\n}\n"
    lab.guarded.run(["nft", "-f", "-"], stdin=old.encode())
    guard = Guard(NftablesResponder(), lab.guarded)
    guard.prepare()
    assert guard.is_intact()
    guard.cleanup()


def test_long_bans_are_told_to_the_kernel_a_day_at_a_time(lab: Lab, guard: Guard, clock: Clock) -> None:
    guard.ban([ban_of(SCANNER, duration_s=7 * 86_400)])
    listed = lab.guarded.run(["nft", "get", "element", "inet", "scanwarden", "verified_hosts_v4", "{", SCANNER, "}"])
    assert "timeout 1d" in listed.text
    assert guard.refresh() == 0
    clock.ahead_ns = 13 * 3600 * 10**9
    assert guard.refresh() == 1
    assert guard.refresh() == 0
    assert guard.active_count == 1


def test_other_tables_are_left_alone(lab: Lab) -> None:
    other = "table inet other {\n set s {\n type ipv4_addr\n elements = { 192.0.2.1 }\n }\n}\n"
    lab.guarded.run(["nft", "-f", "-"], stdin=other.encode())
    before = lab.guarded.run(["nft", "list", "ruleset"]).text
    guard = Guard(NftablesResponder(), lab.guarded)
    guard.prepare()
    guard.ban([ban_of(SCANNER)])
    guard.cleanup()
    assert lab.guarded.run(["nft", "list", "ruleset"]).text == before
    lab.guarded.run(["nft", "delete", "table", "inet", "other"])


def test_a_ban_that_the_kernel_refuses_is_a_failed_ban(lab: Lab, unowned: Guard) -> None:
    guard = unowned
    lab.guarded.run(["nft", "delete", "table", "inet", "scanwarden"])
    for source in (SCANNER, "198.51.100.0/24"):
        with pytest.raises(BanError, match="No such file or directory"):
            guard.ban([ban_of(source)])
    assert guard.active_count == 0


def test_a_host_without_nft_is_told_how_to_get_it(lab: Lab) -> None:
    guard = Guard(NftablesResponder(nft="nft-is-not-here"), lab.guarded)
    (obstacle,) = guard.check()
    assert "nft-is-not-here" in obstacle.lacks
    assert "apt install nftables" in obstacle.remedy
    with pytest.raises(ResponderError, match="not installed"):
        guard.prepare()
    guard.cleanup()


def test_checking_changes_nothing(lab: Lab) -> None:
    before = lab.guarded.run(["nft", "list", "ruleset"]).text
    assert not Guard(NftablesResponder(), lab.guarded).check()
    assert lab.guarded.run(["nft", "list", "ruleset"]).text == before
