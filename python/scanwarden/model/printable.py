"""Make text from the network harmless before it reaches a terminal, a log or a page."""

# Beside control characters and lone surrogates, `str.isprintable` refuses every character of the
# categories "other" and "separator" except the space: line and paragraph separators, the marks that
# reverse the reading direction (Unicode TR 36, 2.4), zero-width marks and private use.


def printable(text: str, *, max_chars: int = 300) -> str:
    r"""Spell out every invisible character as `\x1b` or `\u202e`, double backslashes, and cut what is long."""
    cut = text[:max_chars]
    shown = cut if cut.isprintable() and "\\" not in cut else "".join(_visible(character) for character in cut)
    return shown if len(text) <= max_chars else f"{shown}…"


def _visible(character: str) -> str:
    if character == "\\":
        return "\\\\"
    return character if character.isprintable() else ascii(character)[1:-1]
