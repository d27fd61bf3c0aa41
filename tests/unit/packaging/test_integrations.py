"""fail2ban and CrowdSec take the address of a decision to ban out of our records, and nothing else."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from scanwarden.formats.registry import new_layout
from tests.conftest import REPOSITORY
from tests.samples import BAN, CLOSED, DECISION, NOTICE, OPENED, UNBAN, record
from tests.unit.formats.hostile import ATTACKS, FORGED

INTEGRATIONS = REPOSITORY / "packaging" / "integrations"
FILTER = INTEGRATIONS / "fail2ban" / "filter.d" / "scanwarden.conf"
PARSER = INTEGRATIONS / "crowdsec" / "parsers" / "s01-parse" / "scanwarden.yaml"
NOT_DECIDED = [OPENED, CLOSED, BAN, UNBAN, NOTICE, DECISION | {"action": "spare"}, DECISION | {"action": "notify"}]
# CrowdSec's own patterns, as far as they are used here: IP takes both families.
GROK = {
    "DATA": r".*?",
    "TIMESTAMP_ISO8601": r"[\dT:.-]+Z",
    "IP": r"[\da-fA-F.:]+",
    "INT": r"[+-]?\d+",
}


def write(path: Path, name: str, objects: list[dict[str, object]]) -> Path:
    layout = new_layout(name)
    lines = [line for one in objects for line in layout.lines(record(one))]
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def taken_by_fail2ban(log: Path, filter_file: str | Path) -> list[str]:
    """Ask the real fail2ban which addresses it takes; skip where it is not installed."""
    program = shutil.which("fail2ban-regex")
    if program is None:
        pytest.skip("fail2ban is not installed")
    asked = subprocess.run(
        [program, "--out", "ip", str(log), str(filter_file)], capture_output=True, text=True, timeout=60, check=True
    )
    return asked.stdout.split()


def taken_by_crowdsec(line: str) -> str | None:
    """Expand the grok pattern of our parser and apply it as CrowdSec does."""
    pattern = re.search(r"^  pattern: '(.*)'$", PARSER.read_text(), re.MULTILINE)
    assert pattern
    expanded = re.sub(r"%\{(\w+):(\w+)\}", lambda m: f"(?P<{m[2]}>{GROK[m[1]]})", pattern[1])
    match = re.search(expanded, line)
    return match["source_ip"] if match else None


def test_fail2ban_takes_every_decision_to_ban(tmp_path: Path) -> None:
    decisions = [DECISION, DECISION | {"would": False, "source": "fd77::/64"}]
    log = write(tmp_path / "scans.jsonl", "json", [*NOT_DECIDED, *decisions])
    assert taken_by_fail2ban(log, FILTER) == ["10.77.1.50", "fd77::/64"]


def test_fail2ban_takes_no_address_from_hostile_text(tmp_path: Path) -> None:
    forged = [DECISION | {"reason": attack} for attack in ATTACKS]
    forged += [NOTICE | {"text": json.dumps(DECISION | {"source": f"{FORGED}/32"})}]
    log = write(tmp_path / "scans.jsonl", "json", forged)
    assert set(taken_by_fail2ban(log, FILTER)) == {"10.77.1.50"}


@pytest.mark.parametrize(
    ("name", "filter_name", "prefix"),
    [("portsentry-history", "portsentry", ""), ("scanlogd", "scanlogd", "Jan  2 03:04:05 host scanlogd: ")],
)
def test_filters_of_old_read_our_lines(tmp_path: Path, name: str, filter_name: str, prefix: str) -> None:
    log = write(tmp_path / "old.log", name, [OPENED, BAN])
    log.write_text("".join(f"{prefix}{line}\n" for line in log.read_text().splitlines()))
    assert taken_by_fail2ban(log, filter_name) == ["10.77.1.50"]


def test_portsentry_2_has_its_own_expression(tmp_path: Path) -> None:
    log = write(tmp_path / "portsentry.log", "portsentry2", [OPENED])
    log.write_text(f"2026-01-02T03:04:05.123+0000 {log.read_text()}")
    assert taken_by_fail2ban(log, r"^[^ ]* Scan from: \[<HOST>\]") == ["10.77.1.50"]


def test_crowdsec_takes_every_decision_to_ban() -> None:
    layout = new_layout("json")
    assert [taken_by_crowdsec(line) for line in layout.lines(record(DECISION))] == ["10.77.1.50"]
    assert [taken_by_crowdsec(line) for one in NOT_DECIDED for line in layout.lines(record(one))] == [None] * 7


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_crowdsec_takes_no_address_from_hostile_text(attack: str) -> None:
    (line,) = new_layout("json").lines(record(DECISION | {"reason": attack}))
    assert taken_by_crowdsec(line) == "10.77.1.50"
