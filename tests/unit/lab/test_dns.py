import pytest

from scanwarden.lab import dns


def test_answer_repeats_ident_and_question() -> None:
    query = dns.query_for("www.example.org", 0x1234)
    answer = dns.answer_for(query)
    assert answer is not None
    assert answer[:2] == b"\x12\x34"
    assert answer[12:].startswith(query[12:])
    assert answer.endswith(bytes([192, 0, 2, 80]))


@pytest.mark.parametrize("query", [b"", b"\0" * 11, bytes(12), dns.query_for("a.b", 1)[:-1]])
def test_what_is_no_query_is_not_answered(query: bytes) -> None:
    assert dns.answer_for(query) is None


def test_answers_are_not_answered() -> None:
    answer = dns.answer_for(dns.query_for("a.b", 1))
    assert answer is not None
    assert dns.answer_for(answer) is None
