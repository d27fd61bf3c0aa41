"""The policy is asked about every detection, and each of its answers is told once."""

from scanwarden.daemon.pipeline import DetectionT, Pipeline
from scanwarden.model.address import Prefix
from scanwarden.model.decision import BanSource, Decision, Notify, Spare
from scanwarden.model.detection import Closed, Detection, Member
from scanwarden.model.notice import Notice
from scanwarden.model.records import Decided, Record, Statement
from tests.samples import CLOSED, GROUP, NOTICE, OPENED, UPDATED, record


class OneAnswer:
    """A policy that gives one answer to whatever is not over."""

    def __init__(self, answer: Decision | None, members: Decision | None = None) -> None:
        self.answer = answer
        self.members = members
        self.noted: list[Notice] = []

    def decide(self, detection: Detection) -> Decision | None:
        return None if isinstance(detection, Closed) else self.answer

    def decide_members(self, detection: Detection) -> tuple[tuple[Member, Decision], ...]:
        return tuple((member, self.members) for member in detection.source.members if self.members)

    def weighed(self, detection: DetectionT) -> DetectionT:
        return detection

    def note(self, notice: Notice) -> Decision | None:
        self.noted.append(notice)
        return self.answer if notice.kind == "login_guessing" else None


def ban(source: str = "10.77.1.50", *, forgeable: bool = True) -> BanSource:
    return BanSource(
        source=Prefix.parse(source),
        duration_s=600,
        reason="it scans",
        forgeable=forgeable,
        spare_established=forgeable,
    )


SPARE = Spare(reason="allowlisted by 10.77.1.0/24")


def stated(json_object: dict[str, object], **changes: object) -> Statement:
    statement = record(json_object, **changes)
    assert isinstance(statement, Statement)
    return statement


def kinds(records: tuple[Record, ...]) -> list[str]:
    return [type(one).__name__ for one in records]


def test_an_opened_scan_is_told_then_decided() -> None:
    consequence = Pipeline(OneAnswer(ban()), is_enforcing=False).consequence(stated(OPENED))
    assert kinds(consequence.records) == ["Opened", "Decided"]


def test_observing_says_what_it_would_do_and_bans_nobody() -> None:
    consequence = Pipeline(OneAnswer(ban()), is_enforcing=False).consequence(stated(OPENED))
    decided = consequence.records[1]
    assert isinstance(decided, Decided)
    assert (decided.action, decided.would, decided.duration_s) == ("ban", True, 600)
    assert consequence.bans == ()


def test_enforcing_gives_the_ban_with_the_packets_time() -> None:
    statement = stated(OPENED)
    (asked,) = Pipeline(OneAnswer(ban()), is_enforcing=True).consequence(statement).bans
    assert asked.starts_at == statement.time
    assert asked.expires_at.seconds_since(statement.time) == 600
    assert (asked.id, asked.forgeable) == (OPENED["id"], True)


def test_a_spared_source_is_told_with_the_reason_and_not_banned() -> None:
    consequence = Pipeline(OneAnswer(SPARE), is_enforcing=True).consequence(stated(OPENED))
    decided = consequence.records[1]
    assert isinstance(decided, Decided)
    assert (decided.action, decided.reason) == ("spare", "allowlisted by 10.77.1.0/24")
    assert str(decided.source) == "10.77.1.50/32"
    assert consequence.bans == ()


def test_the_same_answer_is_told_once_and_a_new_one_again() -> None:
    judge = OneAnswer(SPARE)
    pipeline = Pipeline(judge, is_enforcing=True)
    assert kinds(pipeline.consequence(stated(OPENED)).records) == ["Opened", "Decided"]
    assert kinds(pipeline.consequence(stated(UPDATED)).records) == ["Updated"]
    judge.answer = Notify(reason="only tcp_rst, which never bans")
    assert kinds(pipeline.consequence(stated(UPDATED)).records) == ["Updated", "Decided"]


def test_a_ban_that_the_policy_asks_for_again_is_carried_out_again() -> None:
    pipeline = Pipeline(OneAnswer(ban()), is_enforcing=True)
    assert len(pipeline.consequence(stated(OPENED)).bans) == 1
    assert len(pipeline.consequence(stated(UPDATED)).bans) == 1


def test_members_of_a_group_are_decided_one_by_one() -> None:
    judge = OneAnswer(Notify(reason="a group"), members=SPARE)
    decided = Pipeline(judge, is_enforcing=True).consequence(stated(GROUP)).records[1:]
    assert [str(one.source) for one in decided if isinstance(one, Decided)] == ["None", "fd77::5/128", "fd77::6/128"]
    judge.members = ban("fd77::6", forgeable=True)
    bans = Pipeline(judge, is_enforcing=True).consequence(stated(GROUP)).bans
    assert [str(one.source) for one in bans] == ["fd77::6/128", "fd77::6/128"]


def test_an_answer_that_still_holds_is_not_told() -> None:
    assert kinds(Pipeline(OneAnswer(None), is_enforcing=True).consequence(stated(OPENED)).records) == ["Opened"]


def test_the_end_of_a_scan_is_told() -> None:
    assert kinds(Pipeline(OneAnswer(ban()), is_enforcing=True).consequence(stated(CLOSED)).records) == ["Closed"]


def test_a_notice_is_told_and_the_policy_learns_of_it() -> None:
    judge = OneAnswer(ban())
    notice = stated(NOTICE)
    assert Pipeline(judge, is_enforcing=True).consequence(notice).records == (notice,)
    assert judge.noted == [notice]


def test_answers_are_remembered_within_a_cap() -> None:
    pipeline = Pipeline(OneAnswer(SPARE), is_enforcing=False, max_remembered=3)
    for number in range(10):
        pipeline.consequence(stated(OPENED, id=f"sw-{number:016x}"))
    assert len(pipeline._told) == 3


def test_an_answer_to_a_notice_is_told_and_carried_out_where_bans_are_enforced() -> None:
    notice = stated(NOTICE, kind="login_guessing", id="sw-00000000000000aa")
    consequence = Pipeline(OneAnswer(ban()), is_enforcing=True).consequence(notice)
    assert kinds(consequence.records) == ["Notice", "Decided"]
    assert [one.id for one in consequence.bans] == ["sw-00000000000000aa"]
    assert Pipeline(OneAnswer(ban()), is_enforcing=False).consequence(notice).bans == ()
