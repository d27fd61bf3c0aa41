"""The units confine what they start, and hold what it needs."""

import configparser
import re
from pathlib import Path

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


EXPOSURE = {
    "scanwarden.service": 0.5,
    "scanwarden-sensor.service": 1.5,
    "scanwarden-helper.service": 1.5,
    "scanwarden-scout.service": 1.5,
    "scanwarden-courier.service": 1.5,
    "scanwarden-outpost.service": 2.0,
    "scanwarden-reader.service": 1.0,
    "scanwarden-web.service": 1.5,
    # Root, as hosts.deny and firewalld want it, and programs of the operator's may use the network.
    "scanwarden-actor.service": 2.5,
    "scanwarden-fleet.service": 1.5,
    "scanwarden-correlator.service": 1.5,
}
HAS_ANALYZE = pytest.mark.skipif(not installed("systemd-analyze"), reason="systemd-analyze is not installed")


def service_of(unit: str) -> configparser.SectionProxy:
    parsed = configparser.RawConfigParser(strict=False)
    parsed.optionxform = str  # type: ignore[assignment,method-assign]  # names of options keep their case
    parsed.read(UNITS / unit)
    return parsed["Service"]


def test_every_unit_is_measured() -> None:
    assert {path.name for path in UNITS.glob("scanwarden*.service")} >= set(EXPOSURE)


@HAS_ANALYZE
@pytest.mark.parametrize(("unit", "most"), EXPOSURE.items())
def test_the_exposure_that_systemd_computes_is_small(unit: str, most: float) -> None:
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", str(UNITS / unit)]
    told = hostcmd.run(command, check=False).text
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", told)
    assert found is not None, told
    assert float(found[1]) <= most


@HAS_ANALYZE
def test_systemd_understands_every_line(tmp_path: Path) -> None:
    copies = []
    for name in EXPOSURE:
        text = (UNITS / name).read_text(encoding="ascii")
        copies.append(tmp_path / name)
        # The program and its user are there once the package is installed.
        text = text.replace("/usr/bin/scanwarden", "/usr/bin/true")
        text = re.sub(r"=scanwarden(-web)?\n", "=daemon\n", text)
        copies[-1].write_text(text.replace("adm systemd-journal", "adm"), encoding="ascii")
    told = hostcmd.run(["systemd-analyze", "verify", "--recursive-errors=no", *map(str, copies)], check=False)
    complaints = [line for line in told.stderr.decode().splitlines() if "scanwarden" in line]
    assert complaints == []


@pytest.mark.parametrize(
    ("unit", "capability", "part"),
    [
        ("scanwarden-sensor.service", "CAP_NET_RAW", "sensor"),
        ("scanwarden-helper.service", "CAP_NET_ADMIN", "helper"),
        ("scanwarden-reader.service", "CAP_DAC_READ_SEARCH", "reader"),
    ],
)
def test_three_units_hold_one_capability_each_and_start_their_part(unit: str, capability: str, part: str) -> None:
    service = service_of(unit)
    assert service["AmbientCapabilities"] == service["CapabilityBoundingSet"] == capability
    assert service["ExecStart"] == f"/usr/bin/scanwarden run --part {part}"
    assert service["User"] == "scanwarden"
    assert service["Type"] == "notify"


@pytest.mark.parametrize(
    ("unit", "part"),
    [
        ("scanwarden.service", "brain"),
        ("scanwarden-scout.service", "scout"),
        ("scanwarden-courier.service", "courier"),
        ("scanwarden-fleet.service", "agent"),
    ],
)
def test_the_others_hold_none(unit: str, part: str) -> None:
    service = service_of(unit)
    assert service["CapabilityBoundingSet"] == ""
    assert "AmbientCapabilities" not in service
    assert service["ExecStart"] == f"/usr/bin/scanwarden run --part {part}"
    assert service["User"] == "scanwarden"


def test_the_actor_is_root_without_most_of_its_powers() -> None:
    service = service_of("scanwarden-actor.service")
    assert "User" not in service
    held = {f"CAP_{name}" for name in ("NET_ADMIN", "NET_RAW", "SETUID", "SETGID", "KILL")}
    assert set(service["CapabilityBoundingSet"].split()) == held
    assert service["ExecStart"] == "/usr/bin/scanwarden run --part actor"
    assert (service["NoNewPrivileges"], service["ProtectSystem"]) == ("yes", "strict")


def test_a_correlator_holds_nothing_and_lives_without_the_service() -> None:
    service = service_of("scanwarden-correlator.service")
    assert service["ExecStart"] == "/usr/bin/scanwarden correlate"
    assert service["CapabilityBoundingSet"] == ""
    assert service["User"] == "scanwarden"
