"""Read the catalogues of messages and fill in what they leave open."""

import tomllib
from functools import cache
from importlib import resources
from typing import Literal, get_args

Language = Literal["en", "ko", "ja"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
Message = str | dict[str, str]


class Catalogue:
    """The messages of one language, by keys such as `scan.learnt`."""

    def __init__(self, language: Language, messages: dict[str, Message]) -> None:
        self.language = language
        self._messages = messages

    @property
    def keys(self) -> frozenset[str]:
        """Give every key that has a message."""
        return frozenset(self._messages)

    def message(self, key: str) -> Message:
        """Give a message as it stands in the catalogue: a text, or one for `one` and one for `other`."""
        return self._messages[key]

    def __contains__(self, key: object) -> bool:
        return key in self._messages

    def __call__(self, key: str, **values: object) -> str:
        """Say a message with its gaps filled; `n` chooses between singular and plural. KeyError if there is none."""
        message = self._messages[key]
        if isinstance(message, dict):
            message = message["one" if values.get("n") == 1 else "other"]
        shown = {name: f"{value:,}" if isinstance(value, int) else value for name, value in values.items()}
        return message.format_map(shown) if shown else message

    def number(self, value: float) -> str:
        """Write a number with its thousands apart, and a fraction with one digit."""
        return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"

    def duration(self, seconds: float) -> str:
        """Say how long something lasts, with two units at most."""
        if 0 < seconds < 1:
            return self("unit.ms", v=f"{max(seconds * 1000, 1):.0f}")
        rest = round(seconds)
        parts: list[str] = []
        for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
            whole, rest = divmod(rest, size)
            if whole or (unit == "s" and not parts):
                parts.append(self(f"unit.{unit}", v=str(whole)))
        return " ".join(parts[:2])


@cache
def catalogue(language: Language) -> Catalogue:
    """Give the messages of a language."""
    text = resources.files(__package__).joinpath(f"{language}.toml").read_text(encoding="utf-8")
    messages: dict[str, Message] = {}
    for section, entries in tomllib.loads(text).items():
        messages.update({f"{section}.{name}": message for name, message in entries.items()})
    return Catalogue(language, messages)
