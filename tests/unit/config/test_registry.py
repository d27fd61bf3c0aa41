"""Every section is found by its file, complete and right by itself."""

import pytest

from scanwarden.config.convert import Converter
from scanwarden.config.options import Option, options_of
from scanwarden.config.problem import Path
from scanwarden.config.reference import inner_table
from scanwarden.config.registry import declarations, tables_with
from scanwarden.config.schema import first_paragraph

OPTIONS = [
    (f"{one.table}.{option.name}", one.settings, option)
    for one in declarations()
    for option in options_of(one.settings)
]
INNER = [
    (f"{name}.{below.name}", inner, below)
    for name, _, option in OPTIONS
    if (inner := inner_table(option)) is not None
    for below in options_of(inner)
]


def test_the_sections_come_in_the_order_of_their_ranks() -> None:
    tables = [one.table for one in declarations()]
    assert tables[:3] == ["watch", "detector", "policy"]
    assert len({one.rank for one in declarations()}) == len(tables)
    assert tables_with("mode") == ["policy"]


@pytest.mark.parametrize("table", [one.table for one in declarations()])
def test_a_section_is_introduced_and_needs_no_option(table: str) -> None:
    (settings,) = (one.settings for one in declarations() if one.table == table)
    assert first_paragraph(settings).endswith(".")
    assert not list(settings().contradictions())


@pytest.mark.parametrize(("name", "section", "option"), OPTIONS + INNER, ids=[name for name, _, _ in OPTIONS + INNER])
def test_an_option_has_a_sentence_and_right_examples(name: str, section: type, option: Option) -> None:
    assert option.description.endswith((".", "?")), name
    assert section.__doc__
    problems: list[tuple[Path, str, str | None]] = []
    converter = Converter(lambda *problem: problems.append(problem), is_partial=True, has_files=False)
    for example in option.examples:
        converter.section(section, {option.name: example}, ())
    assert problems == []
