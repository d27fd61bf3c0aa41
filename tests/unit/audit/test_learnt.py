import pytest

from scanwarden.audit.learnt import join, sentences
from scanwarden.config.allow import ExpectedPort
from scanwarden.model.ports import Ports
from scanwarden.model.time import Timestamp
from scanwarden.store.learnt_queries import LearntRow


def row(ports: str, *sources: str, time: int = 1, protocol: str = "tcp") -> LearntRow:
    return LearntRow(
        scan=f"sw-{time:016x}",
        time=Timestamp(time),
        sources=sources,
        address="198.51.100.1",
        protocol=protocol,
        ports=Ports.parse(ports),
    )


def test_sources_are_counted_once_for_each_port() -> None:
    rows = [row("22,5432", "192.0.2.1"), row("5432", "192.0.2.1", "192.0.2.2", time=2)]
    found = join(rows, [ExpectedPort.parse("22/tcp")])
    assert [(one.name, one.count, one.is_expected) for one in found] == [("5432/tcp", 2, False), ("22/tcp", 1, True)]
    assert found[0].last == Timestamp(2)
    assert len(found[0].scans) == 2


@pytest.mark.parametrize(("source", "is_expected"), [("203.0.113.9", True), ("192.0.2.1", False)])
def test_a_port_expected_from_one_network_is_unexpected_where_others_learnt_it(source: str, is_expected: bool) -> None:
    found = join([row("22", source)], [ExpectedPort.parse("22/tcp from 203.0.113.0/24")])
    assert found[0].is_expected is is_expected


def test_the_sentence_names_how_many_which_port_and_who() -> None:
    rows = [row("5432", f"192.0.2.{number}") for number in range(14)]
    told = sentences(join(rows, []), has_baseline=True)
    text = "in the last week 14 sources learnt that 5432/tcp is open (192.0.2.0, 192.0.2.1, 192.0.2.2 …); "
    assert told == [f"{text}it is not in your baseline"]


def test_there_are_only_so_many_sentences() -> None:
    told = sentences(join([row("1-100", "192.0.2.1")], []), has_baseline=False)
    assert len(told) == 11
    assert told[-1].startswith("and 90 more ports")
