"""Failures are two lines without a traceback, and a mistyped command is met with the right one."""

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from scanwarden.cli import main, program
from scanwarden.errors import ScanwardenError


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make `version` fail in the way its argument names."""

    @click.command("version")
    @click.argument("how")
    def fails(how: str) -> None:
        failures: dict[str, BaseException] = {
            "known": ScanwardenError("the disk is full\x1b[2J", remedy="make room"),
            "interrupt": KeyboardInterrupt(),
            "usage": click.UsageError("that cannot be"),
            "file": click.FileError("/nowhere", "not there"),
        }
        raise failures[how]

    monkeypatch.setattr("scanwarden.cli.version.command", fails)


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize(
    ("how", "status", "stderr"),
    [
        ("known", 2, "scanwarden: error: the disk is full\\x1b[2J\n  make room\n"),
        ("interrupt", 130, "\n"),
        ("usage", 2, "scanwarden: error: that cannot be\n  see scanwarden version --help\n"),
        ("file", 2, "scanwarden: error: Could not open file '/nowhere': not there\n"),
    ],
)
def test_failures_are_said_in_two_lines_with_their_status(how: str, status: int, stderr: str) -> None:
    result = CliRunner().invoke(main, ["version", how], prog_name="scanwarden")
    assert result.exit_code == status
    assert result.stderr == stderr
    assert isinstance(result.exception, SystemExit)


@pytest.mark.parametrize(("typed", "meant"), [("replya", "replay or reload"), ("versoin", "version")])
def test_a_mistyped_command_is_met_with_the_right_one(typed: str, meant: str) -> None:
    result = CliRunner().invoke(main, [typed], prog_name="scanwarden")
    assert result.exit_code == 2
    assert (
        result.stderr
        == f"scanwarden: error: there is no command '{typed}', did you mean {meant}?\n  see scanwarden --help\n"
    )


def test_a_command_like_no_other_is_refused_without_a_guess() -> None:
    result = CliRunner().invoke(main, ["xyzzy"], prog_name="scanwarden")
    assert result.stderr.startswith("scanwarden: error: there is no command 'xyzzy'\n")


def test_help_lists_every_command_with_a_sentence() -> None:
    result = CliRunner().invoke(main, ["--help"])
    assert result.exit_code == 0
    for name, sentence in program.COMMANDS.items():
        assert name in result.output
        assert sentence.split(",")[0] in result.output


@pytest.mark.parametrize("name", sorted(program.COMMANDS))
def test_every_listed_command_has_help_of_its_own(name: str) -> None:
    result = CliRunner().invoke(main, [name, "--help"])
    assert result.exit_code == 0
    assert result.output.startswith(f"Usage: main {name}")


def test_help_does_not_import_what_commands_need() -> None:
    script = "import sys; from scanwarden.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    script += "sys.exit(any(name in sys.modules for name in ('rich', 'asyncio', 'scanwarden.daemon')))"
    assert subprocess.run([sys.executable, "-c", script], check=False, capture_output=True).returncode == 0


def test_version_names_the_core_too() -> None:
    result = CliRunner().invoke(main, ["version"])
    assert result.exit_code == 0
    assert result.output.startswith("scanwarden 0.")
    assert "core 0." in result.output
