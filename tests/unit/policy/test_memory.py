from scanwarden.model.address import Prefix
from scanwarden.model.decision import BanSource, Spare
from scanwarden.policy.memory import Memory
from tests.unit.policy.samples import SCAN, START

SOURCE = Prefix.parse("203.0.113.1/32")


def decided(*, forgeable: bool) -> BanSource:
    return BanSource(source=SOURCE, duration_s=600, reason="x", forgeable=forgeable, spare_established=forgeable)


def test_only_bans_are_remembered_and_only_forgeable_ones_spend_the_budget() -> None:
    memory = Memory()
    memory.remember(Spare(reason="x"), START, scan=SCAN)
    assert memory.ladder.in_force(SOURCE, START) is None
    memory.remember(decided(forgeable=True), START, scan=SCAN)
    assert (memory.forgeable_bans.spent(START), memory.ladder.step(SOURCE, START)) == (1, 0)
    memory.remember(decided(forgeable=False), START, scan=SCAN)
    assert (memory.forgeable_bans.spent(START), memory.ladder.step(SOURCE, START)) == (1, 1)


def test_a_lifted_ban_is_forgotten() -> None:
    memory = Memory()
    memory.remember(decided(forgeable=False), START, scan=SCAN)
    memory.lifted(SOURCE)
    assert memory.ladder.in_force(SOURCE, START) is None
    assert memory.ladder.step(SOURCE, START) == 0
