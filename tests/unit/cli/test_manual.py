"""Manual pages and completions say what the commands say, for every command and option."""

import shutil
import subprocess
from pathlib import Path

import click
import pytest

from scanwarden.cli.manual import COMPLETIONS, completion, pages, write
from scanwarden.cli.program import COMMANDS, main

PAGES = pages()


def all_options(command: click.Command) -> set[str]:
    inner = command.commands.values() if isinstance(command, click.Group) else ()
    own = {name for option in command.params if isinstance(option, click.Option) for name in option.opts}
    return own.union(*(all_options(one) for one in inner))


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_a_page_with_all_its_options(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    page = PAGES[f"man/man1/scanwarden-{name}.1"].replace("\\-", "-")
    missing = {option for option in all_options(command) if option not in page}
    assert not missing
    assert f"scanwarden-{name}(1)" in PAGES["man/man1/scanwarden.1"].replace("\\-", "-")


@pytest.mark.parametrize("name", [name for name in PAGES if name.endswith(".1")])
def test_a_page_has_the_sections_that_man_expects(name: str) -> None:
    lines = PAGES[name].splitlines()
    assert lines[0].startswith(".TH SCANWARDEN")
    assert [line for line in lines if line.startswith(".SH")][:3] == [".SH NAME", ".SH SYNOPSIS", ".SH DESCRIPTION"]
    assert " \\- " in lines[2]


@pytest.mark.parametrize("name", [name for name in PAGES if name.endswith(".1")])
def test_man_reads_the_pages_without_a_warning(name: str) -> None:
    groff = shutil.which("groff")
    if groff is None:
        pytest.skip("needs groff")
    read = subprocess.run(
        [groff, "-man", "-Tutf8", "-ww", "-z"], input=PAGES[name], capture_output=True, text=True, check=False
    )
    assert (read.returncode, read.stderr) == (0, "")


@pytest.mark.parametrize("shell", list(COMPLETIONS))
def test_a_completion_asks_the_program_itself(shell: str) -> None:
    assert f"_SCANWARDEN_COMPLETE={shell}_complete" in completion(shell)


def test_an_unknown_shell_is_refused() -> None:
    with pytest.raises(ValueError, match="no completion for csh"):
        completion("csh")


def test_bash_accepts_its_completion(tmp_path: Path) -> None:
    write(tmp_path)
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("needs bash")
    script = tmp_path / COMPLETIONS["bash"]
    asked = subprocess.run(
        [bash, "-c", f"source {script} && complete -p scanwarden"], capture_output=True, text=True, check=False
    )
    assert asked.returncode == 0
    assert "_scanwarden_completion" in asked.stdout
