import msgspec

from scanwarden.model.address import Prefix
from scanwarden.model.decision import BanSource, Spare
from scanwarden.policy.judge import Judge
from scanwarden.policy.rules import Rules
from tests.unit.policy.samples import OTHER_SCAN, after, detection, group


def test_what_was_decided_is_remembered_until_it_is_lifted() -> None:
    judge = Judge(Rules())
    decision = judge.decide(detection(time=str(after(0))))
    assert isinstance(decision, BanSource)
    assert judge.decide(detection(time=str(after(1)))) is None
    judge.lifted(decision.source)
    assert isinstance(judge.decide(detection(time=str(after(2)))), BanSource)


def test_members_are_not_banned_twice_while_their_minute_lasts() -> None:
    judge = Judge(Rules())
    assert len(judge.decide_members(group("203.0.113.1", kind="distributed", time=str(after(0))))) == 1
    assert judge.decide_members(group("203.0.113.1", kind="distributed", time=str(after(59)))) == ()
    assert len(judge.decide_members(group("203.0.113.1", kind="distributed", time=str(after(61))))) == 1


def test_a_ban_lifted_by_hand_comes_back_for_a_new_scan_only() -> None:
    judge = Judge(Rules())
    decision = judge.decide(detection(time=str(after(0))))
    assert isinstance(decision, BanSource)
    judge.pardon(decision.source, after(1))
    again = judge.decide(detection(time=str(after(2)), verified=True, severity=5))
    assert isinstance(again, Spare)
    assert again.reason.startswith(f"an administrator lifted the ban at {after(1)}")
    assert isinstance(judge.decide(detection(id=OTHER_SCAN, time=str(after(3)))), BanSource)


def test_a_ban_that_was_made_and_lifted_by_hand_leaves_the_earlier_pardon_standing() -> None:
    judge = Judge(Rules())
    decision = judge.decide(detection(time=str(after(0))))
    assert isinstance(decision, BanSource)
    judge.pardon(decision.source, after(1))
    judge.pardon(decision.source, after(2))
    assert isinstance(judge.decide(detection(time=str(after(3)))), Spare)


def test_a_group_that_began_before_the_pardon_does_not_ban_the_pardoned_member() -> None:
    judge = Judge(Rules())
    earlier = group("203.0.113.1", "203.0.113.2", kind="distributed", first_seen=str(after(0)), time=str(after(0)))
    assert len(judge.decide_members(earlier)) == 2
    judge.pardon(Prefix.parse("203.0.113.1/32"), after(1))
    ((member, decision),) = judge.decide_members(msgspec.structs.replace(earlier, time=after(2)))
    assert (str(member.address), isinstance(decision, Spare)) == ("203.0.113.1", True)
    later = msgspec.structs.replace(earlier, id=OTHER_SCAN, first_seen=after(3), time=after(3))
    assert [isinstance(decision, BanSource) for _, decision in judge.decide_members(later)] == [True]
