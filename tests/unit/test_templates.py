"""What a template writes is inert, whoever sent it."""

import pytest
from markupsafe import Markup

from scanwarden.templates import inert


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
