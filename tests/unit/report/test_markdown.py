"""A report for tickets and chats."""

import pytest

from scanwarden.language import LANGUAGES, Language, catalogue
from scanwarden.report import Contents, markdown_page
from scanwarden.report.markdown import inert
from tests.unit.store.records import START


@pytest.mark.parametrize("language", LANGUAGES)
def test_tables_have_as_many_cells_as_heads(contents: Contents, language: Language) -> None:
    page = markdown_page(contents, catalogue(language), START, pictures=["scans.png"])
    assert page.startswith("# ")
    assert "![scans](scans.png)" in page
    width = 0
    for line in page.splitlines():
        cells = line.replace("\\|", "").count("|")
        if line.startswith("|"):
            width = width or cells
            assert cells == width
        else:
            width = 0


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("203.0.113.0/24", "203.0.113.0/24"),
        ("[x](javascript:alert(1))", "\\[x\\]\\(javascript:alert\\(1\\)\\)"),
        ("<img src=x>", "\\<img src\\=x\\>"),
        ("a | b", "a \\| b"),
        ("**bold** `code`", "\\*\\*bold\\*\\* \\`code\\`"),
        ("line\nbreak\x1b", "line\\\\nbreak\\\\x1b"),
        ("https://evil.example.org", "https:\\//evil.example.org"),
        ("www.evil.example.org", "www\\.evil.example.org"),
    ],
)
def test_text_means_only_itself(text: str, written: str) -> None:
    assert inert(text) == written


def test_what_came_from_the_network_is_escaped_on_the_page(contents: Contents) -> None:
    page = markdown_page(contents, catalogue("en"), START)
    assert "<script" not in page.replace("\\<script", "")
    assert "\x1b" not in page
