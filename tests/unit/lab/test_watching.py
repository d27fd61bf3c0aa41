from scanwarden.lab.demo_replay import CAPTURE
from scanwarden.lab.watching import replay, statements
from scanwarden.model.detection import Opened


def test_two_replays_of_one_capture_state_the_same() -> None:
    first, again = (replay(CAPTURE) for _ in range(2))
    assert [record for record in statements(first) if isinstance(record, Opened)]
    assert statements(first) == statements(again)
