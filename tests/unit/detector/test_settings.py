"""Settings reach the core as JSON without what was left to its defaults."""

import json

from scanwarden.detector.settings import DetectorSettings
from scanwarden.model.address import Address, Prefix


def test_defaults_are_left_to_the_core() -> None:
    assert json.loads(DetectorSettings().as_json()) == {}


def test_addresses_are_written_as_text() -> None:
    settings = DetectorSettings(
        home=(Prefix.parse("10.0.0.1"), Prefix.parse("2001:db8::/32")),
        home_inferred=True,
        gateways=(Address.parse("10.0.0.254"),),
        threshold_nats=9.5,
        sensor="replay:x.pcap",
    )
    assert json.loads(settings.as_json()) == {
        "home": ["10.0.0.1/32", "2001:db8::/32"],
        "home_inferred": True,
        "gateways": ["10.0.0.254"],
        "threshold_nats": 9.5,
        "sensor": "replay:x.pcap",
    }
