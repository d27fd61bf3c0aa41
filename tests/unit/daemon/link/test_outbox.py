"""What was told is kept until it is taken in, and never more than so much of it."""

from scanwarden.daemon.link.outbox import Outbox


def filled(frames: int, **bounds: int) -> Outbox:
    outbox = Outbox(**bounds)
    for _ in range(frames):
        outbox.put(outbox.next_number(), b"12345678")
    return outbox


def test_what_was_taken_is_forgotten_and_the_rest_told_again() -> None:
    outbox = filled(5)
    outbox.taken(3)
    assert [number for number, _ in outbox.after(0)] == [4, 5]
    assert [number for number, _ in outbox.after(4)] == [5]


def test_beyond_its_bounds_the_oldest_is_dropped_and_counted() -> None:
    by_number, by_size = filled(10, max_frames=4), filled(10, max_bytes=24)
    assert [number for number, _ in by_number.after(0)] == [7, 8, 9, 10]
    assert by_number.dropped == 6
    assert [number for number, _ in by_size.after(0)] == [8, 9, 10]
    assert by_size.dropped == 7


def test_taking_in_what_was_dropped_is_no_error() -> None:
    outbox = filled(10, max_frames=2)
    outbox.taken(4)
    assert len(outbox) == 2
    outbox.taken(99)
    assert len(outbox) == 0
