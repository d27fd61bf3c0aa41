"""What bans says of who is banned, few or many."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from scanwarden.cli.bans import command
from scanwarden.control.client import ControlError
from scanwarden.control.views import BanRequest
from scanwarden.model.address import Address
from tests.unit.control.test_app import Rehearsed, served

SEVERAL_PIECES = 2500


def asked(service: Rehearsed, folder: Path, *words: str) -> Result:
    with served(service, folder):
        return CliRunner().invoke(command, ["--socket", str(folder / "read"), *words], standalone_mode=False)


def banning(count: int, reason: str = "a reason") -> Rehearsed:
    service = Rehearsed()
    sources = (Address((0x0B00_0000 + number).to_bytes(4, "big")).prefix() for number in range(count))
    service.banned = [BanRequest(source=source, duration_s=60, reason=reason) for source in sources]
    return service


def test_nobody_is_banned_in_words(tmp_path: Path) -> None:
    assert asked(banning(0), tmp_path).output == "nobody is banned\n"


def test_a_line_says_whom_until_when_and_why(tmp_path: Path) -> None:
    told = asked(banning(1), tmp_path)
    assert told.output == "11.0.0.0/32          until 2026-01-02T03:05:05Z  by hand              a reason\n"


def test_many_are_all_told_in_order_one_a_line(tmp_path: Path) -> None:
    lines = asked(banning(SEVERAL_PIECES, "\x1b[31m\\"), tmp_path).output.splitlines()
    assert [line.split("/")[0] for line in lines] == [f"11.0.{n // 256}.{n % 256}" for n in range(SEVERAL_PIECES)]
    assert all(line.endswith(r"  \x1b[31m\\") for line in lines)


def test_programs_get_every_field(tmp_path: Path) -> None:
    told = asked(banning(2), tmp_path, "--format", "json")
    first, second = json.loads(told.output)
    assert (first["source"], second["source"]) == ("11.0.0.0/32", "11.0.0.1/32")
    assert first["expires_at"] == "2026-01-02T03:05:05.000000000Z"
    assert told.output.startswith('[\n  {\n    "source": ')


@pytest.mark.parametrize("fmt", ["json", "text"])
def test_an_answer_that_is_no_json_is_no_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fmt: str) -> None:
    monkeypatch.setattr("scanwarden.control.app.encode", lambda _: b"{")
    told = asked(banning(1), tmp_path, "--format", fmt)
    assert isinstance(told.exception, ControlError)
    assert told.exception.remedy == "restart the service"
