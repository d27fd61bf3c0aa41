"""Write answers as JSON and read requests from it; the model's own types are text."""

from typing import Any, TypeVar

import msgspec

from scanwarden.model.address import Address, Prefix
from scanwarden.model.ports import Ports
from scanwarden.model.time import Timestamp

_OWN: tuple[type[Address] | type[Prefix] | type[Ports] | type[Timestamp], ...] = (Address, Prefix, Ports, Timestamp)
_T = TypeVar("_T")


def encode(value: object) -> bytes:
    """Write a struct as JSON."""
    return msgspec.json.encode(value, enc_hook=_to_text)


def decode(text: bytes, kind: type[_T]) -> _T:
    """Read a struct from JSON; raise msgspec.ValidationError or DecodeError naming what is wrong."""
    return msgspec.json.decode(text, type=kind, dec_hook=_from_text)


def schemas(kinds: list[type]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return a reference to each struct, and the JSON schemas that they refer to."""
    references, components = msgspec.json.schema_components(
        kinds, schema_hook=lambda _: {"type": "string"}, ref_template="#/components/schemas/{name}"
    )
    return list(references), components


def _to_text(value: object) -> str:
    if type(value) in _OWN:
        return str(value)
    raise NotImplementedError(f"an answer holds no {type(value).__name__}")


def _from_text(kind: type, text: object) -> object:
    if kind in _OWN and isinstance(text, str):
        return kind.parse(text)
    raise ValueError(f"expected text for {kind.__name__}")
