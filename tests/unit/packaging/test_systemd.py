"""The units confine what they start, and hold what it needs."""

import configparser
import re

import pytest

from scanwarden import hostcmd
from tests.conftest import REPOSITORY

UNITS = REPOSITORY / "packaging/systemd"


def installed(program: str) -> bool:
    try:
        hostcmd.find(program)
    except hostcmd.CommandNotFoundError:
        return False
    return True


@pytest.mark.skipif(not installed("systemd-analyze"), reason="systemd-analyze is not installed")
@pytest.mark.parametrize(
    ("unit", "most"),
    [("scanwarden.service", 1.5), ("scanwarden-helper.service", 1.5), ("scanwarden-courier.service", 1.5)],
)
def test_the_exposure_that_systemd_computes_is_small(unit: str, most: float) -> None:
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", str(UNITS / unit)]
    told = hostcmd.run(command, check=False).text
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", told)
    assert found is not None, told
    assert float(found[1]) <= most


@pytest.mark.parametrize(
    ("unit", "capability", "part"),
    [("scanwarden.service", "CAP_NET_RAW", "service"), ("scanwarden-helper.service", "CAP_NET_ADMIN", "helper")],
)
def test_each_unit_holds_one_capability_and_starts_its_part(unit: str, capability: str, part: str) -> None:
    parsed = configparser.RawConfigParser(strict=False)
    parsed.optionxform = str  # type: ignore[assignment,method-assign]  # names of options keep their case
    parsed.read(UNITS / unit)
    service = parsed["Service"]
    assert service["AmbientCapabilities"] == service["CapabilityBoundingSet"] == capability
    assert service["ExecStart"] == f"/usr/bin/scanwarden run --part {part}"
    assert service["User"] == "scanwarden"
    assert service["Type"] == "notify"
