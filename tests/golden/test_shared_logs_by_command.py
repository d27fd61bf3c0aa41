"""Every recorded log through `scanwarden replay` itself, as it is given: plain, packed, through a pipe."""

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from scanwarden.cli import main
from tests.conftest import find_cases
from tests.golden.test_shared_logs import ALERTS, LOGINS, QUIET, SCANS, TOLD

NAMED_ELSEWHERE = ("fail2ban/sshd", "crowdsec-hub/sshd-logs/sshd-logs.log")
NAMES = (
    *QUIET,
    *TOLD,
    *SCANS,
    *(f"crowdsec-hub/{name}" for name in (*LOGINS, *ALERTS)),
    *NAMED_ELSEWHERE,
)
NOT_FIRST = ("ready",)


@pytest.fixture(scope="module")
def logs() -> Path:
    """Give the folder of recorded logs, or skip where there is none."""
    folder = find_cases()
    if folder is None or not (folder / "logs" / "manifest.tsv").is_file():
        pytest.skip("no recorded logs here: set SCANWARDEN_CASES to the folder that holds logs/")
    return folder / "logs"


def expected_status(name: str) -> int:
    return 1 if name in SCANS else 0


def records(text: str) -> list[dict[str, object]]:
    """Give what was told, without ids and the moment of the start."""
    told = [json.loads(line) for line in text.splitlines()]
    return [{key: one[key] for key in one if key not in ("id", "sensor")} for one in told if one["event"] != "ready"]


@pytest.mark.parametrize("name", NAMES)
def test_every_log_is_understood_plain_and_packed(logs: Path, name: str, tmp_path: Path) -> None:
    packed = tmp_path / "log.gz"
    packed.write_bytes(gzip.compress((logs / name).read_bytes()))
    results = [
        CliRunner().invoke(main, ["replay", "--format", "json", str(path)], prog_name="scanwarden")
        for path in (logs / name, packed)
    ]
    assert [result.exit_code for result in results] == [expected_status(name)] * 2, results[0].stderr
    assert "error" not in results[0].stderr
    whole, unpacked = (records(result.stdout) for result in results)
    # Lines without a year are dated by when the file was changed, which differs here.
    kinds: Callable[[list[dict[str, object]]], list[tuple[object, object]]]
    kinds = lambda told: sorted((str(one["event"]), str(one.get("kind"))) for one in told)  # noqa: E731 used twice
    assert kinds(whole) == kinds(unpacked)
    sources = {str(one["source"]["address"]) for one in whole if isinstance(one.get("source"), dict)}  # type: ignore[index]  # checked beside it
    assert {source for source, *_ in SCANS.get(name, ())} <= sources
    assert LOGINS.get(name.removeprefix("crowdsec-hub/"), (set(), set()))[0] <= sources


@pytest.mark.parametrize("name", ["psad/fin_scan_1000_1150", "psad/udp_scan_1000_1150"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_log_without_years_comes_through_a_pipe(logs: Path, name: str, pack: Callable[[bytes], bytes]) -> None:
    command = [sys.executable, "-m", "scanwarden", "replay", "--format", "json", "-"]
    ended = subprocess.run(command, input=pack((logs / name).read_bytes()), capture_output=True, check=False)
    assert (ended.returncode, ended.stderr.count(b"error")) == (1, 0)
    told = records(ended.stdout.decode())
    assert [one["event"] for one in told if one["event"] in ("opened", "closed")] == ["opened", "closed"]
