"""A configuration says which parts there are, and each start of a part reads it again."""

import os
from pathlib import Path

import pytest

from scanwarden.config import Settings, load
from scanwarden.config.sections.policy import PolicySettings
from scanwarden.daemon.service.roster import PARTS, Part, Start, wanted

ALWAYS = {"brain", "scout", "sensor"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "scanwarden.toml"
    file.write_text('[policy]\nmode = "observe"\n')
    return file


def start_of(file: Path) -> Start:
    return Start(file=file, run=file.parent / "run", tell=lambda _: None)


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("", set()),
        ('[policy]\nmode = "enforce"', {"helper"}),
        ('[policy]\nmode = "enforce"\n[responders]\nenabled = ["hosts_deny"]', {"actor"}),
        ('[responders]\nenabled = ["nftables", "hosts_deny"]', set()),
        ('[logs]\nfiles = ["/var/log/secure"]', {"reader"}),
        ("[metrics]\nenabled = true", {"exporter"}),
        ("[connections]\nenabled = true", {"outpost"}),
        ('[sinks.jsonl]\nenabled = true\nfile = "/var/log/scans.jsonl"', {"courier"}),
        ('[audit]\nevery = "1 h"\nexpected = ["22/tcp"]', {"auditor"}),
    ],
)
def test_a_part_runs_if_the_configuration_needs_it(file: Path, text: str, more: set[str]) -> None:
    file.write_text(text)
    assert set(wanted(PARTS, load(file, os.environ), start_of(file))) == ALWAYS | more


def test_those_who_ban_are_there_before_those_who_ask_them() -> None:
    assert list(PARTS)[:3] == ["helper", "actor", "brain"]


def test_a_part_is_started_with_the_settings_as_they_are_then(file: Path) -> None:
    modes: list[str] = []

    def run(settings: Settings, start: Start) -> None:
        assert start.is_forked
        modes.append(settings.of(PolicySettings).mode)

    begin = wanted({"agent": Part(run)}, load(file, os.environ), start_of(file))["agent"]
    begin()
    file.write_text('[policy]\nmode = "enforce"\n')
    begin()
    assert modes == ["observe", "enforce"]


def test_what_is_wrong_by_then_changes_nothing(file: Path) -> None:
    seen: list[Settings] = []
    settings = load(file, os.environ)
    begin = wanted({"page": Part(lambda found, _: seen.append(found))}, settings, start_of(file))["page"]
    file.write_text("[policy\n")
    begin()
    assert seen == [settings]


def test_a_forked_part_does_not_speak_for_the_service(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "2000000")
    alone = start_of(file)
    forked: list[Start] = []
    wanted({"page": Part(lambda _, start: forked.append(start))}, Settings.defaults(), alone)["page"]()
    assert (alone.supervisor.watchdog_s, forked[0].supervisor.watchdog_s) == (2.0, None)
