"""The lines of a live view say when, what and by whom, and fit the terminal."""

import pytest

from scanwarden.formats.text import events
from scanwarden.formats.text.layout import WIDTH, unpainted
from scanwarden.model.records import Decided, Ready
from tests.samples import DECISION, READY, record


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "10.77.1.10 (inferred: it answers others; --home overrides)"),
        ({"home_inferred": False}, "10.77.1.10"),
        ({"home": ["10.0.0.0/8", "fd77::1/128"], "home_inferred": False}, "10.0.0.0/8 and fd77::1"),
        ({"home": []}, "unknown, so every destination counts as a target; give --home to narrow it"),
        (
            {"home": [f"10.0.0.{last}/32" for last in range(9)]},
            (
                "10.0.0.0, 10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4, 10.0.0.5 and 3 more "
                "(inferred: they answer others; --home overrides)"
            ),
        ),
    ],
)
def test_home_says_where_it_comes_from(changes: dict[str, object], sentence: str) -> None:
    ready = record(READY, **changes)
    assert isinstance(ready, Ready)
    assert events.home_sentence(ready) == sentence


@pytest.mark.parametrize(
    ("mode", "headline"),
    [
        ("observe", "Watching eth0 and eth1, only observing: it says what it would ban, --enforce"),
        ("enforce", "Watching eth0 and eth1, enforcing: it bans scanners"),
    ],
)
def test_the_mode_is_said_first(mode: str, headline: str) -> None:
    ready = record(READY, mode=mode, interfaces=["eth0", "eth1"])
    assert isinstance(ready, Ready)
    assert events.ready_lines(ready, unpainted)[0] == headline


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "would ban 10.77.1.50 for 10 min: forgeable evidence"),
        ({"would": False}, "bans 10.77.1.50 for 10 min: forgeable evidence"),
        ({"action": "spare", "reason": "own gateway"}, "spared: own gateway"),
        ({"action": "notify", "reason": "a group"}, "told you, no ban: a group"),
    ],
)
def test_a_decision_says_what_and_why(changes: dict[str, object], said: str) -> None:
    decided = record(DECISION, **changes)
    assert isinstance(decided, Decided)
    assert events.decision_words(decided) == said
    assert max(map(len, events.decided_lines(decided, unpainted))) <= WIDTH
