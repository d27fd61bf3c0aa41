"""A report as one file."""

import re
from html.parser import HTMLParser

import pytest

from scanwarden.language import LANGUAGES, Language, catalogue
from scanwarden.report import Contents, html_page
from tests.unit.store.records import START


class Tags(HTMLParser):
    """The tags of a page, with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_file_needs_nothing_else(contents: Contents, language: Language) -> None:
    page = html_page(contents, catalogue(language), START)
    tags = Tags(page).found
    assert not {"script", "link", "img", "iframe", "object", "a"} & {tag for tag, _ in tags}
    assert not [
        name for _, attributes in tags for name in attributes if name in ("src", "href", "style") or name[:2] == "on"
    ]
    assert [tag for tag, _ in tags].count("svg") == 4
    assert "url(" not in page
    assert f'<html lang="{language}">' in page
    assert "default-src 'none'" in page.replace("&#39;", "'")


def test_text_from_the_network_is_inert(contents: Contents) -> None:
    page = html_page(contents, catalogue("en"), START)
    assert "<script" not in page
    assert "&lt;/td&gt;&lt;script&gt;alert(1)&lt;/script&gt;\\x1b[31m" in page
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e]", page)
