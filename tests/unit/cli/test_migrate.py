"""`migrate` writes a configuration that can be used, and never over another file."""

import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from scanwarden.cli import main
from scanwarden.config import load
from scanwarden.config.sections.policy import PolicySettings


def migrate(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["migrate", *map(str, arguments)], prog_name="scanwarden")


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Give a portsentry.conf that bans."""
    path = tmp_path / "portsentry.conf"
    path.write_text('BLOCK_TCP="1"\nBLOCK_UDP="1"\nRESOLVE_HOST="1"\n')
    return path


def test_the_new_file_is_a_configuration(old: Path, tmp_path: Path) -> None:
    new = tmp_path / "scanwarden.toml"
    result = migrate("portsentry", old, "--output", new)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "2 lines carried over, 1 line without an equal; check with: scanwarden config check\n"
    assert load(new).of(PolicySettings).mode == "enforce"
    assert stat.S_IMODE(new.stat().st_mode) & stat.S_IRWXO == 0


def test_without_an_output_it_is_printed(old: Path) -> None:
    first, *_ = migrate("portsentry", old).stdout.splitlines()
    assert first == "# Made by `scanwarden migrate portsentry` from portsentry.conf."


def test_an_existing_file_is_never_replaced(old: Path) -> None:
    before = old.read_bytes()
    result = migrate("portsentry", old, "--output", old)
    assert result.exit_code == 2
    assert "exists already\n  name a new file" in result.stderr
    assert old.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["portsentry"], "Missing argument 'FILE...'"),
        (["snort", "x"], "'snort' is not one of"),
        (["psad", "/nowhere/psad.conf"], "/nowhere/psad.conf cannot be read: No such file or directory"),
        (["psad", "/"], "/ cannot be read: Is a directory"),
    ],
)
def test_what_cannot_be_migrated_is_named(arguments: list[str], said: str) -> None:
    result = migrate(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr
