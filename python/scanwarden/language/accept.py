"""Choose a language as a browser asks for it."""

from collections.abc import Iterator

from scanwarden.language.catalogue import LANGUAGES, Language

MAX_HEADER_CHARS = 200


def preferred(accept_language: str, *, otherwise: Language = "en") -> Language:
    """Give the language that an Accept-Language header likes best (RFC 9110 12.5.4), of those we have."""
    liked = sorted(_liked(accept_language[:MAX_HEADER_CHARS]), key=lambda one: -one[1])
    return liked[0][0] if liked else otherwise


def _liked(header: str) -> Iterator[tuple[Language, float]]:
    for part in header.split(","):
        tag, _, parameter = part.strip().partition(";")
        weight = _weight(parameter)
        for language in LANGUAGES:
            if weight and tag.lower().split("-")[0] == language:
                yield language, weight


def _weight(parameter: str) -> float:
    """Read `q=0.8`; what is not understood weighs nothing."""
    name, mark, value = parameter.strip().partition("=")
    if not mark:
        return 1.0
    try:
        weight = float(value)
    except ValueError:
        return 0.0
    return weight if name.strip() == "q" and 0 <= weight <= 1 else 0.0
