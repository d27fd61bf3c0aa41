"""Names that owners of addresses chose."""

import pytest

from scanwarden.enrich.reverse import clean_name


@pytest.mark.parametrize("name", ["host.example.net", "a_b.example.net.", "Xn--Host.Example.net", "localhost"])
def test_a_host_name_is_taken(name: str) -> None:
    assert clean_name(name) == name.rstrip(".").lower()


@pytest.mark.parametrize("name", ["", "a b", "<script>", "a\x1b[2J", "x" * 254, "a..b", "-a", "é.example", "a\n"])
def test_anything_else_is_not(name: str) -> None:
    assert clean_name(name) is None
