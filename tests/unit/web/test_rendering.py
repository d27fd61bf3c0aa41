"""What templates write."""

from scanwarden.web.rendering import environment, moment, style_mark
from tests.unit.store.records import START


def test_every_expression_of_a_template_is_made_inert_and_escaped() -> None:
    template = environment().from_string('{{ x }}|<a title="{{ x }}">|{% for one in [x] %}{{ one }}{% endfor %}')
    text = template.render(x="<b>\x1b\"'")
    assert text.count("&lt;b&gt;\\x1b&#34;&#39;") == 3


def test_files_have_a_mark_that_changes_with_them() -> None:
    assert len(style_mark()) == 12
    assert moment(int(START)) == "2026-01-02 03:00:00"
