"""What `policy test` says, as it is typed."""

from pathlib import Path

from click.testing import CliRunner

from scanwarden.cli.policy import command


def told(folder: Path, address: str) -> list[str]:
    file = folder / "scanwarden.toml"
    file.write_text('[policy]\nmode = "enforce"\nallowlist = ["192.0.2.0/24", "198.51.100.7 ports 22"]\n')
    result = CliRunner().invoke(command, ["test", address, "--config", str(file)])
    assert result.exit_code == 0
    return result.stdout.splitlines()


def test_two_cases_with_one_answer_are_one(tmp_path: Path) -> None:
    lines = told(tmp_path, "192.0.2.7")
    assert lines[:2] == ["a scan, whether it may be forged or not: spare", "  because    allowlisted by 192.0.2.0/24"]
    assert lines[2].startswith("  decided by [policy] allowlist,")


def test_two_answers_are_told_in_eighty_columns(tmp_path: Path) -> None:
    lines = told(tmp_path, "198.51.100.7")
    assert "a half-open scan, which may be forged: ban of 198.51.100.7 for 10 min" in lines
    assert "a scan with a completed handshake: ban of 198.51.100.7 for 10 min" in lines
    assert sum(line.startswith("  but        spared if it touches only the ports of") for line in lines) == 2
    assert all(len(line) <= 80 or " " not in line.strip() for line in lines)
