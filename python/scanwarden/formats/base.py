"""Say how the model's own types look in every format that is JSON: as text."""

from collections.abc import Callable, Mapping

from scanwarden.model.address import Address, Prefix
from scanwarden.model.ports import Ports
from scanwarden.model.time import Timestamp

OwnType = Address | Prefix | Ports | Timestamp
_PARSERS: Mapping[type, Callable[[str], OwnType]] = {
    known: known.parse for known in (Address, Prefix, Ports, Timestamp)
}


def to_text(value: object) -> str:
    """Write one of the model's own types the way records do; raise NotImplementedError for others."""
    if isinstance(value, OwnType):
        return str(value)
    raise NotImplementedError(f"records hold no {type(value).__name__}")


def from_text(kind: type, text: object) -> OwnType:
    """Read one of the model's own types from its text; raise ValueError if it is not that."""
    if isinstance(text, str) and (parse := _PARSERS.get(kind)) is not None:
        return parse(text)
    raise ValueError(f"expected text for {kind.__name__}")
