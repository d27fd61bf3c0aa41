"""The language that a browser asks for."""

import pytest

from scanwarden.language import Language, preferred


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("ko", "ko"),
        ("ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7", "ko"),
        ("fr, ja;q=0.5", "ja"),
        ("en;q=0.1, ja;q=0.9", "ja"),
        ("ja;q=0, ko;q=0.1", "ko"),
        ("de-DE, de;q=0.9", "en"),
        ("ko;q=many", "en"),
        ("x" * 5000 + ",ko", "en"),
    ],
)
def test_the_language_liked_best_is_chosen(header: str, language: Language) -> None:
    assert preferred(header) == language
