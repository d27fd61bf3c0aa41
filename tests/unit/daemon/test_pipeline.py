"""The policy is asked when a scan opens, and again only when its answer changes."""

from scanwarden.daemon.pipeline import Pipeline
from scanwarden.model.address import Prefix
from scanwarden.model.decision import BanSource, Decision, Spare
from scanwarden.model.detection import Detection
from scanwarden.model.records import Decided, Record, Statement
from tests.samples import CLOSED, NOTICE, OPENED, UPDATED, record


def ban_all(detection: Detection) -> Decision:
    return BanSource(
        source=Prefix.parse("10.77.1.50"),
        duration_s=600,
        reason="it scans",
        forgeable=detection.is_forgeable,
        spare_established=True,
    )


def spare_all(_: Detection) -> Decision:
    return Spare(reason="allowlisted by 10.77.1.0/24")


def stated(json_object: dict[str, object], **changes: object) -> Statement:
    statement = record(json_object, **changes)
    assert isinstance(statement, Statement)
    return statement


def kinds(records: tuple[Record, ...]) -> list[str]:
    return [type(one).__name__ for one in records]


def test_an_opened_scan_is_told_then_decided() -> None:
    consequence = Pipeline(ban_all, is_enforcing=False).consequence(stated(OPENED))
    assert kinds(consequence.records) == ["Opened", "Decided"]


def test_observing_says_what_it_would_do_and_bans_nobody() -> None:
    consequence = Pipeline(ban_all, is_enforcing=False).consequence(stated(OPENED))
    decided = consequence.records[1]
    assert isinstance(decided, Decided)
    assert (decided.action, decided.would, decided.duration_s) == ("ban", True, 600)
    assert consequence.ban is None


def test_enforcing_gives_the_ban_with_the_packets_time() -> None:
    statement = stated(OPENED)
    consequence = Pipeline(ban_all, is_enforcing=True).consequence(statement)
    assert consequence.ban is not None
    assert consequence.ban.starts_at == statement.time
    assert consequence.ban.expires_at.seconds_since(statement.time) == 600
    assert consequence.ban.id == OPENED["id"]


def test_a_spared_source_is_told_with_the_reason_and_not_banned() -> None:
    consequence = Pipeline(spare_all, is_enforcing=True).consequence(stated(OPENED))
    decided = consequence.records[1]
    assert isinstance(decided, Decided)
    assert (decided.action, decided.reason) == ("spare", "allowlisted by 10.77.1.0/24")
    assert str(decided.source) == "10.77.1.50/32"
    assert consequence.ban is None


def test_an_update_is_not_decided_again_unless_the_source_gets_verified() -> None:
    pipeline = Pipeline(ban_all, is_enforcing=True)
    pipeline.consequence(stated(OPENED))
    assert kinds(pipeline.consequence(stated(UPDATED)).records) == ["Updated"]
    verified = stated(UPDATED, source=OPENED["source"] | {"verified": True})
    consequence = pipeline.consequence(verified)
    assert kinds(consequence.records) == ["Updated", "Decided"]
    assert consequence.ban is not None
    assert not consequence.ban.forgeable


def test_the_end_of_a_scan_and_notices_are_only_told() -> None:
    pipeline = Pipeline(ban_all, is_enforcing=True)
    assert kinds(pipeline.consequence(stated(CLOSED)).records) == ["Closed"]
    assert kinds(pipeline.consequence(stated(NOTICE)).records) == ["Notice"]


def test_without_a_policy_nothing_is_decided() -> None:
    assert kinds(Pipeline(None, is_enforcing=False).consequence(stated(OPENED)).records) == ["Opened"]


def test_decisions_are_remembered_within_a_cap() -> None:
    pipeline = Pipeline(ban_all, is_enforcing=False, max_decided=3)
    for number in range(10):
        pipeline.consequence(stated(OPENED, id=f"sw-{number:016x}"))
    assert len(pipeline._decided) == 3
