"""A followed file is read to its last byte through every rotation, and nothing of it twice."""

import os
import random
import threading
import time
from pathlib import Path

import pytest

from scanwarden.sensors.follower import LINGER_S, FileFollower

ROTATIONS = int(os.environ.get("SCANWARDEN_ROTATIONS", "100"))
# More than a busy machine lets pass between two reads: a rotated file that is deleted unread is lost to everybody.
KEPT = 400
RESTARTS = 10


class Clock:
    """A monotonic time that passes as told."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def read_all(self, follower: FileFollower, max_bytes: int = 1 << 16) -> bytes:
        """Read what waits, then let the time pass in which a renamed file is still looked at, and read on."""
        found = bytearray()
        for _ in range(6):
            while chunk := follower.read(max_bytes, now_s=self.now_s):
                found += chunk
            self.now_s += LINGER_S / 2
        return bytes(found)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give a log with one line in it."""
    path = tmp_path / "messages"
    path.write_bytes(b"old\n")
    return path


def append(path: Path, content: bytes) -> None:
    with path.open("ab") as file:
        file.write(content)


def rotate(path: Path) -> None:
    """Rename as logrotate does: .1 becomes .2 and so on, the oldest goes."""
    for number in range(KEPT, 0, -1):
        older = path.with_name(f"{path.name}.{number}")
        if older.exists():
            older.replace(path.with_name(f"{path.name}.{number + 1}"))
    path.with_name(f"{path.name}.{KEPT + 1}").unlink(missing_ok=True)
    path.replace(path.with_name(f"{path.name}.1"))


def restarted(follower: FileFollower, found: bytearray) -> FileFollower:
    """Stop a follower and start another from its position; what was found of an unfinished line is given back."""
    unfinished = len(found) - (found.rfind(b"\n") + 1)
    position = follower.position(unfinished_bytes=unfinished)
    follower.close()
    if position is not None and unfinished:
        del found[-unfinished:]
    return FileFollower(follower.path, from_start=True, position=position)


def test_only_what_is_appended_is_read_unless_asked_for_all(path: Path) -> None:
    clock, follower = Clock(), FileFollower(path)
    assert clock.read_all(follower) == b""
    append(path, b"new\n")
    assert clock.read_all(follower) == b"new\n"
    assert clock.read_all(FileFollower(path, from_start=True)) == b"old\nnew\n"


def test_small_reads_give_the_same(path: Path) -> None:
    clock, follower = Clock(), FileFollower(path)
    append(path, b"one line and another\n")
    assert clock.read_all(follower, max_bytes=3) == b"one line and another\n"


def test_a_renamed_file_is_read_to_its_end_before_its_successor(path: Path) -> None:
    clock, follower = Clock(), FileFollower(path)
    writer = path.open("ab", buffering=0)
    writer.write(b"a\n")
    rotate(path)
    path.write_bytes(b"c\n")
    assert follower.read(100, now_s=clock.now_s) == b"a\n"
    assert follower.read(100, now_s=clock.now_s) == b""
    writer.write(b"b, written before the daemon let go\n")
    writer.close()
    assert clock.read_all(follower) == b"b, written before the daemon let go\nc\n"
    assert follower.rotations == 1


def test_a_last_line_without_newline_does_not_run_into_the_next_file(path: Path) -> None:
    clock, follower = Clock(), FileFollower(path)
    append(path, b"cut off")
    rotate(path)
    path.write_bytes(b"next\n")
    assert clock.read_all(follower) == b"cut off\nnext\n"


def test_a_file_that_came_and_went_between_two_looks_is_found(path: Path) -> None:
    clock, follower = Clock(), FileFollower(path)
    append(path, b"1\n")
    assert clock.read_all(follower) == b"1\n"
    for number in (2, 3, 4):
        rotate(path)
        path.write_bytes(b"%d, a line of its own\n" % number)
    assert clock.read_all(follower) == b"".join(b"%d, a line of its own\n" % number for number in (2, 3, 4))


def test_a_truncated_file_is_read_from_its_start(path: Path) -> None:
    clock, follower = Clock(), FileFollower(path)
    append(path, b"before the cut\n")
    assert clock.read_all(follower) == b"before the cut\n"
    path.with_name("messages.1").write_bytes(path.read_bytes())
    os.truncate(path, 0)
    append(path, b"x\n")
    assert clock.read_all(follower) == b"x\n"
    assert (follower.cuts, follower.rotations) == (1, 0)


def test_a_file_cut_and_grown_beyond_the_old_place_is_noticed(path: Path) -> None:
    clock, follower = Clock(), FileFollower(path)
    append(path, b"before\n")
    clock.read_all(follower)
    os.truncate(path, 0)
    append(path, b"after the cut, and much longer than before\n")
    assert clock.read_all(follower) == b"after the cut, and much longer than before\n"


def test_a_file_that_is_gone_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "later"
    clock, follower = Clock(), FileFollower(path)
    assert clock.read_all(follower) == b""
    path.write_bytes(b"first\n")
    assert clock.read_all(follower) == b"first\n"
    path.unlink()
    assert clock.read_all(follower) == b""
    path.write_bytes(b"second\n")
    assert clock.read_all(follower) == b"second\n"


def test_compressed_and_foreign_neighbours_are_left_alone(path: Path) -> None:
    clock, follower = Clock(), FileFollower(path)
    append(path, b"1\n")
    rotate(path)
    path.with_name("messages.2.gz").write_bytes(b"packed")
    path.with_name("messages-dir").mkdir()
    path.with_name("messagesx").write_bytes(b"another log\n")
    path.write_bytes(b"2\n")
    assert clock.read_all(follower) == b"1\n2\n"


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="not a regular file"):
        FileFollower(tmp_path / "pipe")


def test_descriptors_are_given_back(path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 descriptors, not files
    clock, follower = Clock(), FileFollower(path)
    for _ in range(20):
        rotate(path)
        path.write_bytes(b"x\n")
        clock.read_all(follower)
    follower.close()
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208 as above


@pytest.mark.parametrize("starts_again", [False, True])
def test_no_line_is_lost_or_doubled_while_a_loaded_file_is_rotated(path: Path, *, starts_again: bool) -> None:
    """A writer that reopens its file after each rotation, as syslog daemons do, against a reader that polls.

    The reader may stop at any moment, in the middle of a line as well, and go on from its position.
    """
    seed = random.randrange(1 << 32)
    dice = random.Random(seed)
    lines_each = [dice.randrange(1, 200) for _ in range(ROTATIONS)]
    is_done = threading.Event()
    pauses = [dice.random() * 0.004 for _ in range(ROTATIONS)]

    def write() -> None:
        number = 0
        for count, pause_s in zip(lines_each, pauses, strict=True):
            with path.open("ab", buffering=0) as file:
                for _ in range(count):
                    file.write(b"line %08d of a log that is rotated\n" % number)
                    number += 1
                rotate(path)
                file.write(b"line %08d of a log that is rotated\n" % number)
                number += 1
            time.sleep(pause_s)
        is_done.set()

    follower = FileFollower(path)
    writer = threading.Thread(target=write)
    writer.start()
    found, clock, restarts_left = bytearray(), Clock(), RESTARTS if starts_again else 0
    while not is_done.is_set():
        found += follower.read(dice.randrange(1, 1 << 16), now_s=clock.now_s)
        clock.now_s += 0.02
        if restarts_left and dice.random() < 0.05:
            follower = restarted(follower, found)
            restarts_left -= 1
    writer.join()
    path.touch()
    for _ in range(ROTATIONS):
        found += clock.read_all(follower)
    numbers = [int(line.split()[1]) for line in bytes(found).splitlines()]
    total = sum(lines_each) + ROTATIONS
    assert len(numbers) == total, f"seed {seed}: {len(numbers)} of {total} lines"
    assert sorted(numbers) == list(range(total)), f"seed {seed}"
    assert numbers == sorted(numbers), f"seed {seed}: out of order"
