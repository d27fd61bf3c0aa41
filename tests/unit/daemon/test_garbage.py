"""What is there to stay is left alone by the garbage collector, and what is made later is not."""

import gc
from collections.abc import Iterator

import pytest

from scanwarden.daemon.garbage import keep_for_good, making_what_stays


class Knot:
    """An object that refers to itself, which only the garbage collector can free."""

    count = 0

    def __init__(self) -> None:
        self.itself = self
        Knot.count += 1

    def __del__(self) -> None:
        Knot.count -= 1


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    Knot.count = 0
    yield
    gc.unfreeze()
    gc.collect()
    assert Knot.count == 0


def test_what_is_kept_is_not_looked_through_again_and_what_is_no_use_is_freed_first() -> None:
    Knot()
    kept = Knot()
    keep_for_good()
    assert Knot.count == 1
    del kept
    gc.collect()
    assert Knot.count == 1


def test_later_garbage_is_collected() -> None:
    keep_for_good()
    Knot()
    gc.collect()
    assert Knot.count == 0


def test_nothing_is_collected_while_what_stays_is_made() -> None:
    with making_what_stays():
        assert not gc.isenabled()
        made = Knot()
    assert gc.isenabled()
    del made
    gc.collect()
    assert Knot.count == 1


def test_a_failure_leaves_the_collector_on() -> None:
    with pytest.raises(ValueError, match="broken"), making_what_stays():
        raise ValueError("broken")
    assert gc.isenabled()
