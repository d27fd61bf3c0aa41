from scanwarden.model.decision import BanSource
from scanwarden.policy.judge import Judge
from scanwarden.policy.rules import Rules
from tests.unit.policy.samples import after, detection, group


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
