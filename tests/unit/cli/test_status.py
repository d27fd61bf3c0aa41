"""What status says, as it is typed."""

import json
from pathlib import Path

import msgspec
from click.testing import CliRunner

from scanwarden.cli.status import command, day_lines, fleet_words, folded
from scanwarden.control.views import FleetHealth, ResponderHealth, Status
from scanwarden.model.time import Timestamp
from scanwarden.store.views import Overview, Ranked
from tests.unit.control.test_app import Rehearsed, served

NOW = Timestamp.parse("2026-01-02T03:04:05Z")


def ranked(*names: str) -> tuple[Ranked, ...]:
    return tuple(Ranked(name=name, count=9 - number) for number, name in enumerate(names))


DAY = Overview(
    since=NOW,
    until=NOW,
    scans=12,
    open_scans=1,
    sources=3,
    probes=4567,
    bans_in_force=2,
    notices=1,
    sources_top=ranked("192.0.2.7", "192.0.2.8"),
    networks_top=ranked("192.0.2.0/24"),
    ports_top=ranked("tcp/22", "tcp/23", "tcp/445", "tcp/3389", "tcp/8080", "tcp/80"),
    techniques_top=ranked("tcp_syn"),
    timeline=(),
)


class Counting(Rehearsed):
    """A service with a day behind it."""

    async def overview(self, *, hours: int) -> object:
        assert hours == 24
        return DAY


def asked(service: Rehearsed, folder: Path, *words: str) -> tuple[int, str]:
    with served(service, folder):
        told = CliRunner().invoke(command, ["--socket", str(folder / "read"), *words], standalone_mode=False)
    return told.return_value, told.output


def test_health_and_the_last_day_are_told_in_eighty_columns(tmp_path: Path) -> None:
    status, output = asked(Counting(), tmp_path)
    assert status == 0
    assert "mode       enforce" in output
    assert "last day   12 scans, 3 sources, 4,567 probes; 1 going on, 1 notice" in output
    assert "sources    192.0.2.7 (9), 192.0.2.8 (8)" in output
    assert "techniques TCP SYN (9)" in output
    assert max(map(len, output.splitlines())) <= 80


def test_a_long_line_goes_on_under_its_text() -> None:
    first, *rest = folded("not known  " + "why it could not be found out " * 6)
    assert rest
    assert all(line.startswith(" " * 11) and len(line) <= 80 for line in rest)
    assert first.startswith("not known  why")


def test_programs_get_both_in_one_object(tmp_path: Path) -> None:
    told = json.loads(asked(Counting(), tmp_path, "--format", "json")[1])
    assert (told["mode"], told["day"]["scans"], told["day"]["ports_top"][0]["name"]) == ("enforce", 12, "tcp/22")


def test_a_broken_database_does_not_hide_the_rest(tmp_path: Path) -> None:
    output = asked(Rehearsed(), tmp_path)[1]
    assert "packets    1 looked at" in output
    assert "last day   not known" in output


def test_only_the_first_of_a_long_list_are_named() -> None:
    (ports,) = (line for line in day_lines(DAY) if line.startswith("ports"))
    assert ports.endswith("tcp/8080 (5)")


HOLDING = (
    ResponderHealth(name="nftables", bans_in_force=2),
    ResponderHealth(name="route", bans_in_force=1, refused=1),
    ResponderHealth(
        name="command", bans_in_force=0, waiting=2, trouble="'/usr/local/sbin/ban 192.0.2.7' failed (exit status 1)"
    ),
)


class Holding(Counting):
    """A service with several responders, one of which fails."""

    async def status(self) -> Status:
        return msgspec.structs.replace(await super().status(), responders=HOLDING)


def test_each_responder_says_what_it_holds_and_what_is_wrong(tmp_path: Path) -> None:
    status, output = asked(Holding(), tmp_path)
    assert status == 1
    lines = output.splitlines()
    first = lines.index("held by    nftables: 2 bans")
    assert lines[first + 1 : first + 3] == [
        "           route: 1 ban, 1 refused",
        "           command: 0 bans, 2 waiting, '/usr/local/sbin/ban 192.0.2.7' failed",
    ]
    assert lines[first + 3].startswith(" " * 11)
    assert max(map(len, lines)) <= 80
    assert "held by" not in asked(Counting(), tmp_path)[1]


IN_FLEET = FleetHealth(
    host="web1",
    told_at=NOW,
    contacts_told=12_345,
    waiting_bytes=2048,
    bans_followed=3,
    bans_refused=1,
    last_ban="2001:db8:1234:5678::/64 refused: 2001:db8:1234:5678::/64 is allowed",
    last_ban_at=NOW,
)


def test_of_a_host_that_has_not_joined_only_that_is_told() -> None:
    assert fleet_words(FleetHealth(trouble="this host has not joined a fleet")) == [
        "is not told: this host has not joined a fleet"
    ]


class InFleet(Counting):
    """A service whose host is part of a fleet."""

    trouble: str | None = None

    async def status(self) -> Status:
        return msgspec.structs.replace(
            await super().status(), fleet=msgspec.structs.replace(IN_FLEET, trouble=self.trouble)
        )


def test_a_host_of_a_fleet_says_what_it_told_and_what_it_was_told(tmp_path: Path) -> None:
    status, output = asked(InFleet(), tmp_path)
    assert status == 0
    lines = output.splitlines()
    first = lines.index("fleet      hears web1, last at 03:04:05Z")
    assert lines[first + 1] == "           12,345 contacts told, 2,048 bytes wait"
    assert lines[first + 2].startswith("           3 bans followed, 1 refused, the last at 03:04:05Z:")
    assert max(map(len, lines)) <= 80
    assert "fleet" not in asked(Counting(), tmp_path)[1]


def test_a_host_that_the_fleet_does_not_hear_is_not_well(tmp_path: Path) -> None:
    service = InFleet()
    service.trouble = "nats://127.0.0.1:4222 does not answer"
    status, output = asked(service, tmp_path)
    assert status == 1
    assert "fleet      is not told: nats://127.0.0.1:4222 does not answer" in output
