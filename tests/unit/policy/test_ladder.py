from scanwarden.model.address import Prefix
from scanwarden.policy.ladder import Ladder
from tests.unit.policy.samples import SCAN, START, after


def test_the_source_banned_longest_ago_is_forgotten_first_and_counted() -> None:
    ladder = Ladder(max_sources=2)
    sources = [Prefix.parse(f"203.0.113.{last}") for last in (1, 2, 3)]
    for source in (sources[0], sources[1], sources[0], sources[2]):
        ladder.climb(source, scan=SCAN, now=START, duration_s=60, forgeable=False)
    assert (len(ladder), ladder.evictions) == (2, 1)
    assert [ladder.step(source, START) for source in sources] == [2, 0, 1]


def test_a_lifted_ban_is_forgiven() -> None:
    ladder, source = Ladder(), Prefix.parse("203.0.113.1")
    ladder.climb(source, scan=SCAN, now=START, duration_s=60, forgeable=False)
    assert ladder.in_force(source, after(59))
    ladder.lift(source)
    assert ladder.in_force(source, after(59)) is None
    assert ladder.step(source, after(59)) == 0
