from collections.abc import Sequence

import pytest

from scanwarden.errors import BanError, ResponderError
from scanwarden.model.address import Prefix
from scanwarden.model.ban import Ban
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.responders.contract import Obstacle
from scanwarden.responders.keeper import Keeper
from scanwarden.responders.tool import Arming, ObjectionError, Traits
from tests.unit.responders.samples import ban_of

NS_PER_S = 10**9


class PaperFirewall:
    """A firewall on paper that can be told to fail."""

    def __init__(self, traits: Traits) -> None:
        self.traits = traits
        self.held: dict[str, Arming] = {}
        self.puts_until_failure = 1000
        self.protected: list[str] = []
        self.will_not_take: set[str] = set()

    def check(self) -> Sequence[Obstacle]:
        return ()

    def objections(self, bans: Sequence[Ban]) -> Sequence[str | None]:
        return ["it is on Sunday" if ban.reason == "sunday" else None for ban in bans]

    def set_up(self, protected: Sequence[Prefix], running: Sequence[Prefix]) -> None:  # noqa: ARG002 - it has timeouts
        self.protect(protected)

    def protect(self, protected: Sequence[Prefix]) -> None:
        self.protected = [str(network) for network in protected]

    def put(self, bans: Sequence[Arming]) -> None:
        self.puts_until_failure -= 1
        if self.puts_until_failure < 0:
            raise ResponderError("paper jam", remedy="open the lid")
        if self.will_not_take & {str(ban.source) for ban in bans}:
            raise ObjectionError(["not that one" if str(ban.source) in self.will_not_take else None for ban in bans])
        self.held.update({str(ban.source): ban for ban in bans})

    def take_out(self, sources: Sequence[Prefix]) -> None:
        for source in sources:
            self.held.pop(str(source), None)

    def holds(self, source: Prefix) -> bool:
        return str(source) in self.held

    def is_in_place(self) -> bool:
        return True

    def remove(self) -> None:
        self.held.clear()

    def close(self) -> None:
        pass


class Bench:
    """A keeper with a paper firewall and a clock that the test moves."""

    def __init__(
        self, *, max_bans: int = 100, has_timeouts: bool = True, max_per_call: int = 2, **traits: object
    ) -> None:
        self.now_s = 1000
        known = Traits(name="paper", has_timeouts=has_timeouts, max_per_call=max_per_call, **traits)  # type: ignore[arg-type]
        self.tool = PaperFirewall(known)
        self.keeper = Keeper(self.tool, max_bans=max_bans, now_ns=lambda: self.now_s * NS_PER_S)


def test_a_failing_first_call_fails_the_batch_and_a_later_one_only_its_rest() -> None:
    bench = Bench()
    batch = [ban_of(f"203.0.113.{last}") for last in range(1, 6)]
    bench.tool.puts_until_failure = 1
    receipt = bench.keeper.ban(batch)
    assert [str(ban.source.address) for ban in receipt.in_force] == ["203.0.113.1", "203.0.113.2"]
    assert [refusal.reason for refusal in receipt.refused] == ["paper jam"] * 3
    assert bench.keeper.active_count == 2
    with pytest.raises(BanError, match="paper: paper jam; open the lid"):
        bench.keeper.ban(batch[:1])


def test_a_tool_may_object() -> None:
    bench = Bench()
    sunday = Ban(
        id=None, source=Prefix.parse("203.0.113.1"), starts_at=ban_of("203.0.113.1").starts_at, duration_s=1,
        reason="sunday", forgeable=False, spare_established=False,
    )  # fmt: skip
    receipt = bench.keeper.ban([sunday, ban_of("203.0.113.2")])
    assert [refusal.reason for refusal in receipt.refused] == ["it is on Sunday"]
    assert bench.tool.held.keys() == {"203.0.113.2/32"}


def test_a_tool_may_object_to_some_when_it_is_to_put_them_in() -> None:
    bench = Bench(max_per_call=3)
    bench.tool.will_not_take = {"203.0.113.2/32", "203.0.113.5/32"}
    receipt = bench.keeper.ban([ban_of(f"203.0.113.{last}") for last in range(1, 7)])
    assert [str(ban.source.address) for ban in receipt.in_force] == [f"203.0.113.{last}" for last in (1, 3, 4, 6)]
    assert [(str(one.ban.source.address), one.reason) for one in receipt.refused] == [
        ("203.0.113.2", "not that one"),
        ("203.0.113.5", "not that one"),
    ]
    assert bench.tool.held.keys() == {f"203.0.113.{last}/32" for last in (1, 3, 4, 6)}
    assert bench.keeper.active_count == 4


def test_without_timeouts_of_its_own_a_tool_is_relieved_of_what_has_ended() -> None:
    bench = Bench(has_timeouts=False)
    bench.keeper.ban([ban_of("203.0.113.1", duration_s=5), ban_of("203.0.113.2", duration_s=50)])
    bench.now_s += 5
    bench.keeper.refresh()
    assert bench.tool.held.keys() == {"203.0.113.2/32"}
    assert bench.keeper.active_count == 1


def test_long_bans_are_armed_for_a_day_and_again_half_a_day_before_that_ends() -> None:
    bench = Bench()
    bench.keeper.ban([ban_of("203.0.113.1", duration_s=2 * 86_400), ban_of("203.0.113.2", duration_s=60)])
    assert bench.tool.held["203.0.113.1/32"].timeout_ms == 86_400_000
    assert bench.keeper.refresh() == 0
    bench.now_s += 43_200
    assert bench.keeper.refresh() == 1
    bench.now_s += 86_400
    assert bench.keeper.refresh() == 1
    assert bench.tool.held["203.0.113.1/32"].timeout_ms == 43_200_000
    assert bench.keeper.refresh() == 0


def test_a_change_of_grade_is_told_to_the_tool() -> None:
    bench = Bench()
    bench.keeper.ban([ban_of("203.0.113.1", forgeable=True)])
    assert not bench.tool.held["203.0.113.1/32"].is_regraded
    bench.keeper.ban([ban_of("203.0.113.1", forgeable=False)])
    assert bench.tool.held["203.0.113.1/32"].is_regraded


@pytest.mark.parametrize(("may_overlap", "refused"), [(True, 0), (False, 1)])
def test_networks_that_overlap_are_refused_where_the_tool_cannot_hold_them(may_overlap: bool, refused: int) -> None:
    bench = Bench(may_overlap=may_overlap)
    receipt = bench.keeper.ban([ban_of("203.0.113.0/24"), ban_of("203.0.113.128/25"), ban_of("203.0.113.7")])
    assert len(receipt.refused) == refused


def test_the_number_of_networks_is_bounded() -> None:
    bench = Bench(max_networks=2)
    receipt = bench.keeper.ban([ban_of(f"203.0.{third}.0/24") for third in range(4)])
    assert [refusal.reason for refusal in receipt.refused] == ["2 networks are banned already"] * 2


def test_preparing_puts_back_what_runs_and_passes_on_whom_to_let_through() -> None:
    bench = Bench()
    bench.keeper.ban([ban_of("203.0.113.1"), ban_of("203.0.113.2", duration_s=1)])
    bench.keeper.protect(PrefixTable({Prefix.parse("192.0.2.0/25"): "a", Prefix.parse("192.0.2.128/25"): "b"}))
    bench.tool.held.clear()
    bench.now_s += 1
    bench.keeper.prepare()
    assert bench.tool.held.keys() == {"203.0.113.1/32"}
    assert bench.tool.protected == ["192.0.2.0/24"]


def test_room_is_made_once_for_a_whole_batch() -> None:
    bench = Bench(max_bans=4)
    bench.keeper.ban([ban_of(f"203.0.113.{last}", duration_s=last) for last in range(1, 5)])
    receipt = bench.keeper.ban([ban_of("203.0.113.1"), ban_of("203.0.113.11"), ban_of("203.0.113.12")])
    assert [str(source.address) for source in receipt.evicted] == ["203.0.113.2", "203.0.113.3"]
    assert bench.keeper.active_count == len(bench.tool.held) == 4
