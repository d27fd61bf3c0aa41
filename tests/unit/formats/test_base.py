"""Only the model's own types are written as text."""

import pytest

from scanwarden.formats.base import from_text, to_text
from scanwarden.model.address import Address, Prefix
from scanwarden.model.ports import Ports
from scanwarden.model.time import Timestamp


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Address.parse("192.0.2.1"), "192.0.2.1"),
        (Prefix.parse("192.0.2.0/24"), "192.0.2.0/24"),
        (Ports.parse("1-3"), "1-3"),
        (Timestamp(0), "1970-01-01T00:00:00.000000000Z"),
    ],
)
def test_own_types_are_text_both_ways(value: Address | Prefix | Ports | Timestamp, text: str) -> None:
    assert to_text(value) == text
    assert from_text(type(value), text) == value


def test_anything_else_is_refused() -> None:
    with pytest.raises(NotImplementedError, match="set"):
        to_text({1})
    with pytest.raises(ValueError, match="expected text for Address"):
        from_text(Address, 5)
