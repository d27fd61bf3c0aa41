import pytest

from scanwarden.lab.crafted.probing import answer_to
from scanwarden.lab.frames import Tcp


@pytest.mark.parametrize(
    ("flags", "open_answer", "closed_answer"),
    [
        ("S", "SA", "RA"),
        ("F", None, "RA"),
        ("", None, "RA"),
        ("FPU", None, "RA"),
        ("SF", None, "RA"),
        ("A", "R", "R"),
        ("FA", "R", "R"),
        ("R", None, None),
        ("UAPRSF", None, None),
    ],
)
def test_host_answers_flags_as_linux_does(flags: str, open_answer: str | None, closed_answer: str | None) -> None:
    answers = [answer_to(Tcp(40000, 80, flags), is_open=is_open) for is_open in (True, False)]
    assert [answer and answer.flags for answer in answers] == [open_answer, closed_answer]


def test_reset_of_an_acknowledgement_takes_its_number() -> None:
    answer = answer_to(Tcp(40000, 80, "A", acknowledgement=1234), is_open=False)
    assert answer is not None
    assert (answer.source_port, answer.target_port, answer.sequence) == (80, 40000, 1234)
