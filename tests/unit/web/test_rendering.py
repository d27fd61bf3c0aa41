"""What templates write."""

import pytest
from markupsafe import Markup

from scanwarden.web.rendering import environment, inert, moment, style_mark
from tests.unit.store.records import START


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("a\x1bb", "a\\x1bb"),
        ("\u202e", "\\u202e"),
        (7, 7),
        (Markup("<b>"), Markup("<b>")),
        ("x" * 5000, "x" * 2000 + "…"),
    ],
)
def test_what_is_written_is_inert(value: object, written: object) -> None:
    assert inert(value) == written


def test_every_expression_of_a_template_is_made_inert_and_escaped() -> None:
    template = environment().from_string('{{ x }}|<a title="{{ x }}">|{% for one in [x] %}{{ one }}{% endfor %}')
    text = template.render(x="<b>\x1b\"'")
    assert text.count("&lt;b&gt;\\x1b&#34;&#39;") == 3


def test_files_have_a_mark_that_changes_with_them() -> None:
    assert len(style_mark()) == 12
    assert moment(int(START)) == "2026-01-02 03:00:00"
