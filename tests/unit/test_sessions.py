"""What the pages show of commands is so: they exist with these options, and they answer so."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from scanwarden.cli import main
from tests.conftest import REPOSITORY

PAGES = sorted([REPOSITORY / "README.md", REPOSITORY / "SECURITY.md", *REPOSITORY.glob("docs/tutorials/*.md")])
PAGES += [REPOSITORY / "docs/explanation/techniques.md"]
READ_A_CAPTURE = REPOSITORY / "docs/tutorials/read-a-capture.md"
BEGINNING = re.compile(r"^(?:.*\| )?(?:\$ )?(scanwarden [a-z].*)$")


def blocks(page: Path) -> list[list[str]]:
    """Give the lines of each fenced block of a page."""
    return [block.splitlines() for block in re.findall(r"^```[a-z]*\n(.*?)^```", page.read_text(), re.M | re.S)]


def commands(page: Path) -> Iterator[list[str]]:
    """Give the words of each command of ours that a page shows, in blocks or between backticks."""
    shown = [match[1] for block in blocks(page) for line in block if (match := BEGINNING.match(line.strip()))]
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.M | re.S)
    shown += [" ".join(code.split()) for code in re.findall(r"`(scanwarden [a-z][^`]*)`", text)]
    for line in shown:
        words = shlex.split(re.split(r" +# | \| ", line)[0])
        yield words[1:]


def mistake(words: list[str]) -> str | None:
    """Say what is wrong with a command; None if it and its options exist."""
    command: click.Command | None = main
    while isinstance(command, click.Group) and words:
        command = command.get_command(click.Context(command), words[0])
        words = words[1:]
    if command is None:
        return "no such command"
    known = {name for option in command.params for name in option.opts} | {"--help"}
    missing = [word for word in words if word.startswith("--") and word not in known]
    return f"no option {missing}" if missing else None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_commands_that_pages_name_exist_with_these_options(page: Path) -> None:
    wrong = {shlex.join(words): said for words in commands(page) if (said := mistake(words))}
    assert not wrong


def test_commands_are_really_found() -> None:
    assert sum(1 for page in PAGES for _ in commands(page)) > 40
    assert mistake(["replay", "--nonsense"]) == "no option ['--nonsense']"
    assert mistake(["nonsense"]) == "no such command"


def sessions() -> list[tuple[str, list[str]]]:
    """Give each command with the answer that the page about captures shows."""
    found: list[tuple[str, list[str]]] = []
    for block in blocks(READ_A_CAPTURE):
        if not block[0].startswith("$ "):
            continue
        for line in block:
            if line.startswith("$ "):
                found.append((line.removeprefix("$ scanwarden "), []))
            else:
                found[-1][1].append(line)
    return [(command, answer) for command, answer in found if answer]


def test_the_page_about_captures_shows_what_really_comes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "python").symlink_to(REPOSITORY / "python")
    runner = CliRunner()
    capture = "python/scanwarden/lab/captures/scan-and-visit.pcap"
    assert runner.invoke(main, ["replay", capture, "--store", "scans.db"]).exit_code == 1
    shown = sessions()
    assert [command.split()[0] for command, _ in shown] == ["replay", "scans"]
    for command, answer in shown:
        assert runner.invoke(main, shlex.split(command)).stdout.splitlines() == answer
