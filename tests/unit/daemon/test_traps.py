"""Touches reach the detector, and what was said is told once a minute."""

import socket
from typing import Any

import pytest

from scanwarden.config.sections.traps import TrapsSettings
from scanwarden.daemon.traps import MAX_REMEMBERED, TrapReports, new_traps, occupied_ports
from scanwarden.model.address import Address
from scanwarden.model.notice import Notice
from scanwarden.model.ports import Ports
from scanwarden.model.records import Record
from scanwarden.model.time import NS_PER_S
from scanwarden.sensors.traps import TrapTouch


class Feed:
    """Keep the probes that are handed on."""

    def __init__(self) -> None:
        self.probes: list[dict[str, Any]] = []

    def observe_trapped(self, **probe: Any) -> None:  # noqa: ANN401 the fields of a probe
        self.probes.append(probe)


def touch(source: str = "192.0.2.7", *, at_s: int = 0) -> TrapTouch:
    return TrapTouch(
        time_ns=at_s * NS_PER_S,
        source=Address.parse(source),
        source_port=4000,
        target=Address.parse("192.0.2.1"),
        protocol="tcp",
        port=79,
        verified=True,
    )


@pytest.fixture
def told() -> list[Record]:
    return []


def test_a_touch_is_a_verified_probe_of_the_weight_that_is_set(told: list[Record]) -> None:
    feed = Feed()
    TrapReports(feed, told.append, weight=13.8, sensor="traps").touched(touch(at_s=1))
    assert feed.probes == [
        {
            "time_ns": NS_PER_S,
            "source": "192.0.2.7",
            "target": "192.0.2.1",
            "protocol": "tcp",
            "port": 79,
            "weight_nats": 13.8,
            "is_verified": True,
        }
    ]
    assert told == []


def test_what_a_source_says_is_told_once_a_minute(told: list[Record]) -> None:
    reports = TrapReports(Feed(), told.append, weight=1, sensor="traps")
    for at_s in (0, 1, 59, 60, 61):
        reports.heard(touch(at_s=at_s), "GET /")
    reports.heard(touch("192.0.2.8", at_s=61), "x")
    notices = [one for one in told if isinstance(one, Notice)]
    assert [int(one.time) // NS_PER_S for one in notices] == [0, 60, 61]
    assert notices[0].text == '192.0.2.7 said "GET /" to the trap on tcp port 79'
    assert notices[0].kind == "trap"
    assert notices[0].targets[0].tcp == Ports([79])


def test_the_memory_of_who_was_told_of_is_bounded(told: list[Record]) -> None:
    reports = TrapReports(Feed(), told.append, weight=1, sensor="traps")
    for number in range(MAX_REMEMBERED + 1):
        reports.heard(touch(f"10.0.{number // 256}.{number % 256}"), "x")
    reports.heard(touch("10.0.0.0"), "x")  # the first was forgotten
    reports.heard(touch("10.0.4.0"), "x")
    assert len(told) == MAX_REMEMBERED + 2


def test_udp_services_occupy_their_ports() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as service:
        service.bind(("127.0.0.1", 0))
        assert service.getsockname()[1] in occupied_ports().udp


def test_without_ports_there_are_no_traps(told: list[Record]) -> None:
    reports = TrapReports(Feed(), told.append, weight=1, sensor="traps")
    assert new_traps(TrapsSettings(), reports) is None
    assert new_traps(TrapsSettings(preset="few", method="bind"), reports) is not None
