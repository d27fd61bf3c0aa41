"""Totals of a scan that goes on list its ports in short; the record that closes it lists them as they were."""

import random
from pathlib import Path

from scanwarden.model.detection import PROGRESS, Closed, Updated
from scanwarden.model.ports import Ports
from tests.captures import GUARDED, capture, refused
from tests.replaying import replayed

EVERY_FIFTH = range(1, 15_000, 5)


def test_a_long_list_is_rounded_until_the_scan_closes(tmp_path: Path) -> None:
    ports = random.Random(5).sample(EVERY_FIFTH, len(EVERY_FIFTH))
    told = replayed(capture(tmp_path / "seen.pcap", refused(ports)), home=[f"{GUARDED}/32"])
    totals = [one for one in told if isinstance(one, Updated) and one.reason == PROGRESS]
    rounded = [one.targets[0] for one in totals if one.targets[0].rounded]
    assert rounded
    for target in rounded:
        assert target.tcp is not None
        assert len(target.tcp.ranges) <= 512
        assert len(target.tcp) > len(EVERY_FIFTH)
    (closed,) = (one for one in told if isinstance(one, Closed))
    assert closed.targets[0].tcp == Ports(EVERY_FIFTH)
    assert not closed.targets[0].rounded
    assert not any(one.targets[0].rounded for one in told if isinstance(one, Updated) and one.reason != PROGRESS)
