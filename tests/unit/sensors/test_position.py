"""A reader that was away goes on where it stopped, whatever was done to its file meanwhile."""

from collections.abc import Callable
from pathlib import Path

import pytest

from scanwarden.errors import SensorError
from scanwarden.sensors.follower import FileFollower
from scanwarden.sensors.position import load_position, position_file, save_position
from tests.unit.sensors.test_follower import Clock, append, rotate


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give a log with one line in it."""
    path = tmp_path / "messages"
    path.write_bytes(b"old\n")
    return path


def appended(path: Path) -> None:
    append(path, b"new 1\nnew 2\n")


def rotated(path: Path) -> None:
    append(path, b"new 1\n")
    rotate(path)
    path.write_bytes(b"new 2\n")


def rotated_twice(path: Path) -> None:
    rotated(path)
    rotate(path)
    append(path, b"new 3\n")


def rotated_and_not_written_to(path: Path) -> None:
    append(path, b"new 1\n")
    rotate(path)


def cut(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(0)
        file.write(b"new 1\nnew 2\nnew 3, beyond the old place\n")


def packed(path: Path) -> None:
    """As logrotate does with `compress`: what was written before the rotation is out of reach."""
    rotate(path)
    path.with_name("messages.1").rename(path.with_name("messages.1.gz"))
    path.write_bytes(b"new 1\n")
    rotate(path)
    path.write_bytes(b"new 2\n")


def removed(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize(
    ("done_meanwhile", "found"),
    [
        (appended, b"new 1\nnew 2\n"),
        (rotated, b"new 1\nnew 2\n"),
        (rotated_twice, b"new 1\nnew 2\nnew 3\n"),
        (rotated_and_not_written_to, b"new 1\n"),
        (cut, b"new 1\nnew 2\nnew 3, beyond the old place\n"),
        (packed, b"new 1\nnew 2\n"),
        (removed, b""),
    ],
)
def test_what_came_meanwhile_is_read_once(path: Path, done_meanwhile: Callable[[Path], None], found: bytes) -> None:
    clock, first = Clock(), FileFollower(path)
    append(path, b"read 1\n")
    assert clock.read_all(first) == b"read 1\n"
    position = first.position()
    first.close()
    done_meanwhile(path)
    second = FileFollower(path, position=position)
    assert clock.read_all(second) == found
    append(path, b"later\n")
    assert clock.read_all(second) == b"later\n"
    third = FileFollower(path, position=second.position())
    assert clock.read_all(third) == b""


def test_files_read_before_a_restart_are_not_read_again(path: Path) -> None:
    clock, first = Clock(), FileFollower(path)
    for number in range(5):
        append(path, b"line %d\n" % number)
        rotate(path)
    path.touch()
    assert b"".join(clock.read_all(first) for _ in range(5)).count(b"line") == 5
    second = FileFollower(path, position=first.position())
    rotate(path)
    path.write_bytes(b"new\n")
    assert clock.read_all(second) == b"new\n"


def test_a_position_is_kept_in_a_file(path: Path, tmp_path: Path) -> None:
    kept = position_file(tmp_path, path)
    assert load_position(kept) is None
    position = FileFollower(path).position()
    assert position is not None
    save_position(kept, position)
    assert load_position(kept) == position
    assert position_file(tmp_path, tmp_path / "other") != kept


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b'{"path": 7}'])
def test_what_is_no_position_is_named_with_what_to_do(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "kept").write_bytes(content)
    with pytest.raises(SensorError, match="remove the file to begin with now"):
        load_position(tmp_path / "kept")
