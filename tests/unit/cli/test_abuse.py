"""`abuse` writes a report that can be sent, or says what it lacks."""

import json
from pathlib import Path

import msgspec
import pytest

from scanwarden.model.address import Address
from scanwarden.model.detection import Closed, Member
from tests.unit.cli.stores import kept, run
from tests.unit.store.records import scan_id, statement

WHO = '[abuse]\norganisation = "Example Hosting"\ncontact = "abuse@example.net"\n'


def scan(*members: tuple[str, bool]) -> Closed:
    """Make a scan that shows a source port; by a group, if it has members."""
    made = statement(1, "closed", at_s=1)
    assert isinstance(made, Closed)
    parts = tuple(msgspec.structs.replace(part, source_port=40123) for part in made.evidence.parts)
    source = made.source
    if members:
        parts = tuple(
            msgspec.structs.replace(part, source=Address.parse(address)) for part in parts for address, _ in members
        )
        source = msgspec.structs.replace(
            source,
            address=None,
            prefix=None,
            members=tuple(Member(address=Address.parse(address), verified=proved) for address, proved in members),
        )
    return msgspec.structs.replace(
        made,
        evidence=msgspec.structs.replace(made.evidence, parts=parts),
        source=source,
        group="decoys" if members else None,
    )


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Give a configuration that says who complains."""
    path = tmp_path / "scanwarden.toml"
    path.write_text(WHO)
    return path


def test_the_report_is_printed_or_written(tmp_path: Path, config: Path) -> None:
    store = kept(tmp_path / "store.db", [scan()])
    printed = run("abuse", scan_id(1), "--store", store, "--config", config)
    assert printed.exit_code == 0
    assert json.loads(printed.stdout)["source_identifier"] == "203.0.113.7"
    file = tmp_path / "report.json"
    told = run("abuse", scan_id(1), "--store", store, "--config", config, "--output", file)
    assert (told.exit_code, told.stdout) == (0, f"wrote {file}\n")
    assert file.read_text() == printed.stdout


@pytest.mark.parametrize(("text", "missing"), [("", "organisation"), ('[abuse]\norganisation = "X"\n', "contact")])
def test_who_complains_must_be_known(tmp_path: Path, text: str, missing: str) -> None:
    store = kept(tmp_path / "store.db", [scan()])
    config = tmp_path / "scanwarden.toml"
    config.write_text(text)
    result = run("abuse", scan_id(1), "--store", store, "--config", config)
    assert result.exit_code == 2
    assert f"[abuse] {missing} is not set" in result.stderr


def test_of_a_group_the_proved_member_is_reported(tmp_path: Path, config: Path) -> None:
    store = kept(tmp_path / "store.db", [scan(("203.0.113.8", False), ("203.0.113.9", True))])
    result = run("abuse", scan_id(1), "--store", store, "--config", config)
    assert json.loads(result.stdout)["source_identifier"] == "203.0.113.9"


def test_decoys_are_not_accused(tmp_path: Path, config: Path) -> None:
    store = kept(tmp_path / "store.db", [scan(("203.0.113.8", False), ("203.0.113.9", False))])
    result = run("abuse", scan_id(1), "--store", store, "--config", config)
    assert result.exit_code == 2
    assert "could accuse an innocent" in result.stderr


def test_among_proved_members_one_is_chosen(tmp_path: Path, config: Path) -> None:
    store = kept(tmp_path / "store.db", [scan(("203.0.113.8", True), ("203.0.113.9", True))])
    result = run("abuse", scan_id(1), "--store", store, "--config", config)
    assert result.exit_code == 2
    assert "--source: 203.0.113.8, 203.0.113.9" in result.stderr
    chosen = run("abuse", scan_id(1), "--store", store, "--config", config, "--source", "203.0.113.8")
    assert json.loads(chosen.stdout)["source_identifier"] == "203.0.113.8"


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path, config: Path) -> None:
    store = kept(tmp_path / "store.db", [scan()])
    missing = tmp_path / "missing" / "report.json"
    result = run("abuse", scan_id(1), "--store", store, "--config", config, "--output", missing)
    assert result.exit_code == 2
    assert f"{missing} cannot be written: No such file or directory" in result.stderr
