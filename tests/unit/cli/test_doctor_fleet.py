"""The doctor of a fleet's host names what is missing, with a remedy, and praises what is well."""

import os
from pathlib import Path

import pytest

from scanwarden.cli.doctor_fleet import Surroundings, agent_finding, examine_fleet
from scanwarden.config.sections.fleet import FleetSettings
from scanwarden.control.views import FleetHealth
from scanwarden.daemon.privileges import Account
from scanwarden.daemon.surroundings import Finding
from scanwarden.fleet.hosts import JoinToken
from scanwarden.fleet.keys import SigningKey
from scanwarden.fleet.membership import Membership


class Ourselves(Account):
    """Whoever runs the test."""

    def __init__(self) -> None:
        self.name, self.uid, self.gid = "tester", os.geteuid(), os.getegid()


class Stranger(Account):
    """A user who owns nothing here."""

    def __init__(self) -> None:
        self.name, self.uid, self.gid = "stranger", 4_000_000, 4_000_000


def nobody_answers(host: str, port: int) -> None:
    raise ConnectionRefusedError(111, f"Connection refused by {host} at {port}")


WELL = Surroundings(
    is_clock_synchronised=lambda: True,
    is_installed=lambda _: True,
    connect=lambda _host, _port: None,
    account=Ourselves,
)


@pytest.fixture
def joined(tmp_path: Path) -> FleetSettings:
    """Give the settings of a host that has joined, with credentials."""
    folder, credentials = tmp_path / "fleet", tmp_path / "bus.creds"
    Membership(folder).join("web1", JoinToken.new(SigningKey.new().public))
    credentials.write_text("secret")
    credentials.chmod(0o640)
    return FleetSettings(enabled=True, servers=("tls://bus.example.net:4222",), folder=folder, credentials=credentials)


def bad(settings: FleetSettings, host: Surroundings = WELL) -> list[Finding]:
    return [one for one in examine_fleet(settings, host=host) if one.level != "good"]


def test_a_host_that_is_part_of_no_fleet_is_asked_nothing() -> None:
    assert not list(examine_fleet(FleetSettings(), host=WELL))


def test_a_host_that_is_well_is_told_so(joined: FleetSettings) -> None:
    found = list(examine_fleet(joined, host=WELL))
    assert [one.level for one in found] == ["good"] * 3
    assert "this host has joined as web1" in [one.text for one in found]
    assert "tls://bus.example.net:4222 takes connections" in [one.text for one in found]


def test_everything_that_is_missing_is_named_with_a_remedy(tmp_path: Path) -> None:
    settings = FleetSettings(
        enabled=True,
        servers=("tls://bus.example.net", "nats://[:]:1"),
        folder=tmp_path,
        credentials=tmp_path / "bus.creds",
    )
    host = Surroundings(
        is_clock_synchronised=lambda: False, is_installed=lambda _: False, connect=nobody_answers, account=Ourselves
    )
    found = bad(settings, host)
    for part in (
        "nats is not installed",
        "nkeys is not installed",
        f"there is no {tmp_path}/host.key",
        f"there is no {tmp_path}/bus.creds",
        "tls://bus.example.net is not reached: Connection refused by bus.example.net at 4222",
        "nats://[:]:1 is no address of a server",
        "the clock is not kept right",
    ):
        assert any(part in one.text for one in found), part
    assert all(one.level == "bad" and one.remedy for one in found)


@pytest.mark.parametrize(
    ("name", "mode", "told", "remedy"),
    [
        ("fleet/host.key", 0o640, "can be read or written by others (mode 640)", "chmod 600 "),
        ("bus.creds", 0o644, "can be read or written by others (mode 644)", "chmod 640 "),
    ],
)
def test_secrets_that_others_may_read_are_named(
    joined: FleetSettings, name: str, mode: int, told: str, remedy: str
) -> None:
    path = joined.folder.parent / name
    path.chmod(mode)
    (found,) = bad(joined)
    assert found.text == f"{path} {told}"
    assert found.remedy == f"{remedy}{path}"


def test_secrets_that_the_agent_may_not_read_are_named(joined: FleetSettings) -> None:
    host = Surroundings(is_clock_synchronised=lambda: True, connect=lambda _host, _port: None, account=Stranger)
    texts = [one.text for one in bad(joined, host)]
    assert len([text for text in texts if text.endswith("cannot be read by stranger, as whom the agent runs")]) == 2


def test_a_folder_that_is_not_whole_is_named(joined: FleetSettings) -> None:
    (joined.folder / "host.name").unlink()
    (found,) = bad(joined)
    assert "host.name is missing" in found.text
    assert found.remedy


@pytest.mark.parametrize(("server", "hints"), [("nats://bus.example.net", 1), ("nats://127.0.0.1:4222", 0)])
def test_a_bus_without_encryption_is_hinted_at_unless_it_is_here(
    joined: FleetSettings, server: str, hints: int
) -> None:
    settings = FleetSettings(enabled=True, servers=(server,), folder=joined.folder)
    assert [one.level for one in bad(settings)] == ["hint"] * hints


def test_the_agent_is_judged_by_what_the_service_has_of_it() -> None:
    assert agent_finding(FleetHealth(host="web1")).level == "good"
    found = agent_finding(FleetHealth(trouble="its agent was never heard"))
    assert (found.level, found.text) == ("bad", "the fleet is not told: its agent was never heard")
    assert found.remedy
