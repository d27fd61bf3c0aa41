"""Rules have plain words, or their own escaped name."""

from scanwarden.formats.text import rules


def test_a_rule_unknown_here_is_shown_by_its_escaped_name() -> None:
    assert rules.seen("new_rule\x1b[2J") == r"new rule\x1b[2J"
    assert rules.sentence("new_rule") == "New rule."
