"""Questions find their store, and a scan by the beginning of its id."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.cli.stores import kept, run
from tests.unit.store.records import scan_id, statement

COMMANDS = [["scans"], ["show", "sw-0"], ["explain", "sw-0"], ["sources", "192.0.2.1"]]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Give two scans whose ids begin alike."""
    return kept(tmp_path / "store.db", [statement(0xA1, "closed"), statement(0xA2, "closed", at_s=2)])


def test_an_id_may_be_cut_while_it_fits_one_scan(store: Path) -> None:
    for wanted in (scan_id(0xA1), scan_id(0xA1).removeprefix("sw-")):
        assert scan_id(0xA1) in run("show", wanted, "--store", store).stdout
    single = kept(store.with_name("single.db"), [statement(0xB1)])
    assert scan_id(0xB1) in run("show", "0000", "--store", single).stdout


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("00000000000000a", f"fits several scans: {scan_id(0xA1)}, {scan_id(0xA2)}\n  write more of the id"),
        ("sw-ffff", "there is no scan 'sw-ffff' in this store\n  see scanwarden scans"),
        ("%", "there is no scan '%' in this store"),
        ("\x1b[2J", "there is no scan '\\\\x1b[2J' in this store"),
    ],
)
def test_an_id_that_is_no_one_scan_is_explained(store: Path, wanted: str, said: str) -> None:
    result = run("explain", wanted, "--store", store)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "\x1b" not in result.stderr


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_missing_store_says_how_to_get_one(tmp_path: Path, command: list[str]) -> None:
    result = run(*command, "--store", tmp_path / "none.db")
    assert result.exit_code == 2
    assert f"there is no store at {tmp_path}/none.db\n  name one with --store FILE" in result.stderr
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_file_that_is_no_store_is_refused(tmp_path: Path, command: list[str]) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("these are notes, and no database\n" * 100)
    result = run(*command, "--store", other)
    assert result.exit_code == 2
    assert f"{other} cannot be read" in result.stderr


def test_the_configuration_names_the_store(store: Path, tmp_path: Path) -> None:
    config = tmp_path / "scanwarden.toml"
    config.write_text(f'[store]\npath = "{store}"\n')
    config.chmod(0o600)
    assert "2 scans" in run("scans", "--config", config).stdout
    assert "cannot be read" in run("scans", "--config", tmp_path / "none.toml").stderr


def test_a_reader_that_leaves_early_ends_it_quietly(tmp_path: Path) -> None:
    store = kept(tmp_path / "many.db", [statement(number, "closed", at_s=number) for number in range(1000)])
    command = [sys.executable, "-m", "scanwarden", "scans", "--limit", "1000", "--store", str(store)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdout.readline()
        program.stdout.close()
        complaints = program.stderr.read()
    assert (program.returncode, complaints) == (141, b"")
