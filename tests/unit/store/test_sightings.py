"""The spool is bounded, ordered, and tells damage apart."""

from pathlib import Path

import pytest

from scanwarden.errors import StoreError
from scanwarden.store.sightings import Piece, SightingsSpool, read_segment


def test_segments_come_back_in_order(tmp_path: Path) -> None:
    spool = SightingsSpool(tmp_path / "spool", max_bytes=1 << 20)
    spool.open()
    for number in range(5):
        assert spool.append([Piece(number, bytes([number]) * 54), Piece(15, b"x")], 100) == 0
    read = [read_segment(path) for path in spool.segments()]
    assert [pieces[0] for pieces in read] == [Piece(number, bytes([number]) * 54) for number in range(5)]
    assert spool.waiting_bytes() == 5 * (6 + 54 + 6 + 1)


def test_when_it_is_full_the_oldest_go_and_are_counted(tmp_path: Path) -> None:
    spool = SightingsSpool(tmp_path, max_bytes=1000)
    for number in range(10):
        spool.append([Piece(number, bytes(300))], 100 + number)
    assert spool.waiting_bytes() <= 1000
    assert [read_segment(path)[0].partition for path in spool.segments()] == [7, 8, 9]
    assert SightingsSpool(tmp_path, max_bytes=1000).dropped() == 7


def test_nothing_makes_no_segment(tmp_path: Path) -> None:
    spool = SightingsSpool(tmp_path, max_bytes=1000)
    assert spool.append([], 1) == 0
    assert spool.segments() == []


@pytest.mark.parametrize("content", [b"\x00", b"\x00\x01\x00\x00\x00\x09abc", b"\xff" * 20])
def test_damage_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "1.sightings"
    path.write_bytes(content)
    with pytest.raises(StoreError, match="is damaged at byte"):
        read_segment(path)
