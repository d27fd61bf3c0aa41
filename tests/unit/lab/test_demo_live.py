import pytest

from scanwarden.lab import demo_live

SUMMED = """
Not shown: 974 filtered tcp ports (no-response), 22 closed tcp ports (reset)
PORT   STATE SERVICE
22/tcp open  ssh
"""
LISTED = """
PORT   STATE    SERVICE
22/tcp open     ssh
23/tcp filtered telnet
25/tcp filtered smtp
"""


@pytest.mark.parametrize(("report", "filtered"), [(SUMMED, 974), (LISTED, 2), ("22/tcp open ssh", 0)])
def test_ports_without_an_answer_are_read_from_the_report(report: str, filtered: int) -> None:
    assert demo_live.unanswered_ports(report) == filtered
