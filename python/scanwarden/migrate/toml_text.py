"""Write values as TOML 1.0."""

import re
from collections.abc import Mapping, Sequence

from scanwarden.config.quantity import NS_PER_S, Duration

Value = str | bool | int | float | Sequence[str]
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
MAX_LINE_CHARS = 100


def toml_text(value: Value) -> str:
    """Write a text, a truth, a number or a list of texts; a long list gets a line for each element."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return f'"{"".join(map(_escaped, value))}"'
    elements = [toml_text(element) for element in value]
    line = f"[{', '.join(elements)}]"
    return line if len(line) <= MAX_LINE_CHARS else "[\n" + "".join(f"    {element},\n" for element in elements) + "]"


def toml_inline(options: Mapping[str, Value]) -> list[str]:
    """Write options as lines `key = value`."""
    return [f"{toml_key(key)} = {toml_text(value)}" for key, value in options.items()]


def duration_text(seconds: int) -> str:
    """Write a length of time in the largest unit that divides it: `1 h`."""
    return str(Duration(seconds * NS_PER_S))


def toml_key(key: str) -> str:
    """Write a key, in quotation marks if it needs them."""
    return key if _BARE_KEY.fullmatch(key) else toml_text(key)


def _escaped(character: str) -> str:
    if character in _SHORT:
        return _SHORT[character]
    if character.isprintable():
        return character
    number = ord(character)
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
