r"""Make text harmless for lines that programs split at blanks, brackets or bars.

Addresses are the only text of a record that the network chooses freely today, and even those may carry a zone; but a
layout never relies on that: whatever is no number of ours goes through one of these functions.
"""

import string

from scanwarden.model.printable import printable

MAX_WORD_CHARS = 120
MAX_CEF_CHARS = 1023  # the longest value that the dictionary of the format allows
_WORD_CHARACTERS = frozenset(string.ascii_letters + string.digits + ".:_%+-")


def word(value: object) -> str:
    r"""Write a value as one word that no separator can hide in: all but letters, digits and `.:_%+-` becomes `\x20`.

    The result is ASCII and bounded. A backslash is escaped too, so two values never look the same.
    """
    text = str(value)[:MAX_WORD_CHARS]
    return "".join(one if one in _WORD_CHARACTERS else _spelled(one) for one in text)


def shown_json(encoded: bytes) -> str:
    r"""Spell out invisible characters inside JSON strings as `\u202e`; the values stay the same.

    JSON itself (RFC 8259 7) demands that only for what is below U+0020; terminals also act on DEL, on the C1 controls
    and on marks that reverse the reading direction.
    """
    if encoded.isascii() and b"\x7f" not in encoded:
        return encoded.decode("ascii")
    return "".join(one if one.isprintable() else _json_escape(one) for one in encoded.decode())


def cef_header(text: str) -> str:
    """Escape a field of the header of the Common Event Format, revision 25: bars and backslashes."""
    return printable(text, max_chars=MAX_CEF_CHARS).replace("\\", "\\\\").replace("|", "\\|")


def cef_value(text: str) -> str:
    """Escape a value of an extension of the Common Event Format, revision 25: equals signs and backslashes."""
    return printable(text, max_chars=MAX_CEF_CHARS).replace("\\", "\\\\").replace("=", "\\=")


def _spelled(character: str) -> str:
    number = ord(character)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _json_escape(character: str) -> str:
    """Escape one character as UTF-16 code units, the way JSON does it."""
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
