"""Who guesses logins is banned within limits, and weighs more as a scanner."""

import pytest

from scanwarden.model.address import Address, Prefix
from scanwarden.model.decision import BanSource, Notify, Spare
from scanwarden.model.detection import Source
from scanwarden.model.notice import Notice
from scanwarden.policy.exempt import Allowlist
from scanwarden.policy.guessers import Guessers
from scanwarden.policy.judge import Judge
from scanwarden.policy.rules import Rules
from tests.unit.policy.samples import START, after, detection

GUESSER = "203.0.113.9"


def guessing(
    address: str = GUESSER, *, verified: bool = False, kind: str = "login_guessing", at_s: float = 0
) -> Notice:
    source = Source(address=Address.parse(address), prefix=Address.parse(address).prefix(), verified=verified)
    return Notice(
        id="sw-00000000000000aa", time=after(at_s), kind=kind, source=source, text="it guesses", sensor="log:x"
    )


def test_a_text_log_earns_a_short_ban() -> None:
    decision = Judge(Rules()).note(guessing())
    assert isinstance(decision, BanSource)
    assert (decision.duration_s, decision.forgeable, decision.spare_established) == (600, True, True)


def test_the_journals_word_climbs_the_ladder() -> None:
    judge = Judge(Rules())
    first = judge.note(guessing(verified=True))
    again = judge.note(guessing(verified=True, at_s=601))
    assert isinstance(first, BanSource)
    assert isinstance(again, BanSource)
    assert (first.duration_s, again.duration_s, first.forgeable) == (600, 3600, False)


def test_a_running_ban_is_not_repeated() -> None:
    judge = Judge(Rules())
    judge.note(guessing())
    assert judge.note(guessing(at_s=5)) is None


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "0.0.0.0"])  # noqa: S104 a source
def test_nobodys_addresses_are_spared(address: str) -> None:
    assert isinstance(Judge(Rules()).note(guessing(address, verified=True)), Spare)


def test_the_allowlisted_are_spared() -> None:
    rules = Rules(allowlist=Allowlist([(Prefix.parse("203.0.113.0/24"), None)]))
    assert Judge(rules).note(guessing()) == Spare(reason="allowlisted by 203.0.113.0/24")


def test_the_operator_may_have_it_only_told() -> None:
    assert isinstance(Judge(Rules(bans_guessers=False)).note(guessing()), Notify)


def test_forged_lines_cannot_ban_without_end() -> None:
    judge = Judge(Rules(forgeable_per_minute=3))
    answers = [judge.note(guessing(f"203.0.113.{last}")) for last in range(1, 6)]
    assert [type(answer) for answer in answers] == [BanSource, BanSource, BanSource, Notify, Notify]


def test_other_notices_need_no_answer() -> None:
    assert Judge(Rules()).note(guessing(kind="ids_alert")) is None


def test_a_scan_by_a_guesser_is_more_severe_for_a_day() -> None:
    judge = Judge(Rules())
    scan = detection(GUESSER, severity=2)
    assert judge.weighed(scan) is scan
    judge.note(guessing())
    assert judge.weighed(scan).severity == 3
    assert judge.weighed(detection(GUESSER, severity=5)).severity == 5
    assert judge.weighed(detection("203.0.113.10", severity=2)).severity == 2
    assert judge.weighed(detection(GUESSER, severity=2, time=str(after(86_401)))).severity == 2


def test_guessers_are_remembered_up_to_a_cap() -> None:
    guessers = Guessers(max_sources=2)
    for last in (1, 2, 1, 3):
        guessers.add(Address.parse(f"192.0.2.{last}"), START)
    known = [guessers.has_guessed(Address.parse(f"192.0.2.{last}"), START) for last in (1, 2, 3)]
    assert known == [True, False, True]
