"""Every rule of the detector's weight table has plain words."""

import re
from pathlib import Path

from scanwarden.formats.text import rules

WEIGHTS = Path(__file__).parents[4] / "rust" / "scanwarden-core" / "src" / "detector" / "weights.rs"


def test_every_rule_of_the_weight_table_is_explained() -> None:
    names = set(re.findall(r'\("([a-z_]+)", -?\d+\.\d+\)', WEIGHTS.read_text())) - {"unweighed"}
    assert len(names) > 20
    assert names - set(rules.RULES) == set()


def test_a_rule_unknown_here_is_shown_by_its_escaped_name() -> None:
    assert rules.seen("new_rule\x1b[2J") == r"new rule\x1b[2J"
    assert rules.sentence("new_rule") == "New rule."
