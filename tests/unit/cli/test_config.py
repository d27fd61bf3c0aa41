"""`config` says what is wrong, what is in force, what differs, and writes a file to begin with."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from scanwarden.cli import main
from scanwarden.config import Settings, load
from scanwarden.config.registry import declarations

WRONG = '[policy]\nmode = "enforced"\nladder = ["1 hrs"]\n\n[wach]\nring = 1\n'
RIGHT = """
[policy]
mode = "enforce"
allowlist = ["192.0.2.0/24", "monitor.example.net ports 443"]
[[policy.networks]]
networks = ["10.0.0.0/8"]
ladder = ["1 min"]
[policy.sensors."replay:x"]
mode = "observe"
[[connections.ignore]]
protocol = "tcp"
target_ports = "80,443"
[sinks.email]
to = ["a@example.net"]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "scanwarden.toml"


def config(*arguments: str | Path, **environment: str) -> Result:
    runner = CliRunner(env=environment)
    return runner.invoke(main, ["config", *map(str, arguments)], prog_name="scanwarden")


def test_check_tells_everything_that_is_wrong_at_once(file: Path) -> None:
    file.write_text(WRONG)
    result = config("check", "--file", file)
    assert result.exit_code == 2
    assert result.stdout == (
        f'{file}:2: policy.mode: must be one of "enforce", "observe", not \'enforced\'; did you mean "enforce"?\n'
        f"{file}:3: policy.ladder[1]: 'hrs' is no unit known here; did you mean \"hours\"?\n"
        f'{file}:5: wach: wach is no option here; did you mean "watch"?\n'
    )
    assert result.stderr == "3 problems\n"


def test_check_as_json_gives_the_same_problems(file: Path) -> None:
    file.write_text(WRONG)
    result = config("check", "--file", file, "--format", "json")
    assert result.exit_code == 2
    assert [(one["line"], one["option"]) for one in json.loads(result.stdout)] == [
        (2, "policy.mode"),
        (3, "policy.ladder[1]"),
        (5, "wach"),
    ]


def test_check_is_content_with_what_is_right(file: Path) -> None:
    file.write_text(RIGHT)
    assert (config("check", "--file", file).exit_code, config("check", "--file", file).stdout) == (
        0,
        f"{file} is right\n",
    )
    assert json.loads(config("check", "--file", file, "--format", "json").stdout) == []


def test_check_hears_the_environment(file: Path) -> None:
    file.write_text(RIGHT)
    result = config("check", "--file", file, SCANWARDEN_POLICY__MODE="enforced")
    assert result.exit_code == 2
    assert result.stdout.startswith("SCANWARDEN_POLICY__MODE: policy.mode: must be one of")


def test_a_missing_file_is_met_with_what_to_do(file: Path) -> None:
    for name in ("check", "show", "diff"):
        result = config(name, "--file", file)
        assert result.exit_code == 2
        assert "scanwarden config init" in result.stdout + result.stderr
        assert "Traceback" not in result.output


def test_show_prints_what_can_be_read_back(file: Path, tmp_path: Path) -> None:
    file.write_text(RIGHT)
    result = config("show", "--file", file)
    assert f'mode = "enforce"  # {file}:3' in result.stdout.splitlines()
    again = tmp_path / "again.toml"
    again.write_text(result.stdout)
    for one in declarations():
        assert load(again).of(one.settings) == load(file).of(one.settings)


@pytest.mark.parametrize(
    ("what", "lines"),
    [
        ("policy.mode", ["[policy]", 'mode = "enforce"  # SCANWARDEN_POLICY__MODE']),
        ("sinks.journald", ["[sinks.journald]", "enabled = false"]),
        ("sinks.email.sender", ["[sinks.email]", "# sender is not set"]),
    ],
)
def test_show_prints_a_section_or_an_option(file: Path, what: str, lines: list[str]) -> None:
    file.write_text("")
    result = config("show", "--file", file, what, SCANWARDEN_POLICY__MODE="enforce")
    assert result.stdout.splitlines() == lines


def test_show_of_a_group_of_sections_prints_them_all(file: Path) -> None:
    file.write_text("")
    headers = [line for line in config("show", "--file", file, "responders").stdout.splitlines() if line[:1] == "["]
    assert headers[:2] == ["[responders]", "[responders.nftables]"]
    assert all(header.startswith("[responders") for header in headers)


def test_show_refuses_what_is_no_option(file: Path) -> None:
    file.write_text("")
    result = config("show", "--file", file, "policy.mod")
    assert (result.exit_code, result.stderr) == (
        2,
        "scanwarden: error: there is no section or option 'policy.mod'\n  see scanwarden config show\n",
    )


def test_diff_prints_only_what_differs(file: Path) -> None:
    file.write_text('[policy]\nmode = "enforce"\nflood_budget = 16\n')
    assert config("diff", "--file", file).stdout == (
        f'policy.mode\n  default  "observe"\n  now      "enforce"\n  set in   {file}:2\n'
    )
    (row,) = json.loads(config("diff", "--file", file, "--format", "json").stdout)
    assert row == {"option": "policy.mode", "value": "enforce", "default": "observe", "set_in": f"{file}:2"}
    file.write_text("")
    assert config("diff", "--file", file).stdout == "every option has its default\n"


def test_init_writes_a_file_that_sets_nothing(file: Path) -> None:
    result = config("init", "--file", file)
    assert (result.exit_code, result.stderr) == (0, "")
    for one in declarations():
        assert load(file).of(one.settings) == Settings.defaults().of(one.settings)
    again = config("init", "--file", file)
    assert again.exit_code == 2
    assert again.stderr == f"scanwarden: error: {file} is there already\n  use --force to replace it\n"
    file.write_text("x")
    assert config("init", "--file", file, "--force").exit_code == 0
    assert config("check", "--file", file).exit_code == 0
