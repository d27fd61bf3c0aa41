"""The laboratory that tests share unless they need one of their own kind."""

from collections.abc import Iterator

import pytest

from scanwarden.lab import Lab


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """Give a lab network for the tests of one file."""
    with Lab() as running:
        yield running
