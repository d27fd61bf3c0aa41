"""A restart sends nobody to the foot of the ladder."""

from scanwarden.daemon.service.recalling import recall_standings
from scanwarden.model.address import Prefix
from scanwarden.model.ban import Ban
from scanwarden.model.time import NS_PER_S, Timestamp
from scanwarden.policy.memory import Memory

NOW = Timestamp.parse("2026-01-02T03:04:05Z")
SOURCE, NEIGHBOUR = Prefix.parse("2001:db8:0:1::/64"), Prefix.parse("2001:db8:0:2::/64")


class Records:
    """The database of an earlier run."""

    def __init__(self, *standings: tuple[Prefix, int, Timestamp]) -> None:
        self.asked: list[tuple[int, int]] = []
        self._standings = standings

    def standings(self, since: int, *, limit: int) -> tuple[tuple[Prefix, int, Timestamp], ...]:
        self.asked.append((since, limit))
        return self._standings


def running(source: Prefix, *, forgeable: bool = False) -> Ban:
    return Ban(
        id="sw-0000000000000001",
        source=source,
        starts_at=Timestamp(NOW - 60 * NS_PER_S),
        duration_s=600,
        reason="a scan",
        forgeable=forgeable,
        spare_established=forgeable,
    )


def test_bans_that_ended_count_on_the_ladder_for_thirty_days() -> None:
    memory, records = Memory(max_sources=5), Records((SOURCE, 3, Timestamp(NOW - 3600 * NS_PER_S)))
    recall_standings(memory, records, [], NOW)
    assert memory.ladder.step(SOURCE, NOW) == 3
    assert memory.ladder.in_force(SOURCE, NOW) is None
    assert records.asked == [(NOW - 30 * 86_400 * NS_PER_S, 5)]


def test_a_running_ban_is_in_force_under_its_scan_and_counted_once() -> None:
    memory = Memory()
    recall_standings(memory, Records((SOURCE, 2, running(SOURCE).expires_at)), [running(SOURCE)], NOW)
    standing = memory.ladder.in_force(SOURCE, NOW)
    assert standing is not None
    assert (standing.scan, standing.steps, standing.until) == ("sw-0000000000000001", 2, running(SOURCE).expires_at)


def test_of_more_than_are_remembered_the_last_running_ones_are_with_their_steps() -> None:
    memory = Memory(max_sources=2)
    sources = [Prefix.parse(f"203.0.113.{last}") for last in range(4)]
    records = Records(*((source, 7, running(source).expires_at) for source in sources))
    recall_standings(memory, records, [running(source) for source in sources], NOW)
    assert [memory.ladder.step(source, NOW) for source in sources] == [0, 0, 7, 7]


def test_neighbours_that_are_still_banned_are_known_unless_they_may_be_forged() -> None:
    memory = Memory()
    recall_standings(memory, Records(), [running(SOURCE), running(NEIGHBOUR, forgeable=True)], NOW)
    parent = Prefix.parse("2001:db8::/56")
    assert memory.siblings.banned_beside(Prefix.parse("2001:db8:0:9::/64"), parent, NOW) == 1
    assert memory.ladder.step(NEIGHBOUR, NOW) == 0
