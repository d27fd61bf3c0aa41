"""A detection answers simple questions about itself."""

from scanwarden.model.detection import Closed, Outcomes, Target
from scanwarden.model.ports import Ports
from tests.samples import CLOSED, OPENED, record


def test_a_detection_knows_its_duration_and_whether_it_may_be_forged() -> None:
    closed = record(CLOSED)
    assert isinstance(closed, Closed)
    assert closed.duration_s == 0.4
    assert closed.is_forgeable
    verified = record(CLOSED, source=OPENED["source"] | {"verified": True})
    assert isinstance(verified, Closed)
    assert not verified.is_forgeable


def test_a_target_lists_only_what_was_touched() -> None:
    closed = record(CLOSED, targets=[{"address": "192.0.2.1", "udp": "53", "icmp": "8"}, {"address": "192.0.2.2"}])
    assert isinstance(closed, Closed)
    assert closed.targets[0].touched == {"udp": Ports([53]), "icmp": Ports([8])}
    assert closed.targets[1].touched == {}
    assert Target.KINDS == ("tcp", "udp", "sctp", "ip_protocol", "icmp")


def test_outcomes_add_up() -> None:
    assert Outcomes(open=1, closed=2, filtered=3, unknown=4).contacts == 10
