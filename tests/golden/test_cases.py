"""Each folder here is a capture with what the detector must state about it.

`case.toml` says what the capture shows (`about`) and may name `home`; `expected.jsonl` holds the records, with
identifiers numbered in order of appearance and without the list of single contacts. What the policy makes of a scan has
tests of its own. After a wanted change run
`pytest tests/golden --update-golden` and read the difference before committing it.
"""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scanwarden.formats import native
from scanwarden.lab.watching import statements
from scanwarden.model.records import Record, Statement
from tests.replaying import replayed

HERE = Path(__file__).parent
CASES = sorted(path.parent for path in HERE.glob("*/case.toml"))
# When exactly an update is made is the detector's choice; that it is made, and why, is not.
UPDATE_KEYS = ("event", "id", "reason", "group", "part_of", "techniques", "severity")
KEYS = {"about", "home"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_capture_gives_its_records(case: Path, pytestconfig: pytest.Config) -> None:
    settings = tomllib.loads((case / "case.toml").read_text())
    assert settings.keys() <= KEYS
    assert settings["about"]
    found = list(normalised(replayed(case / "input.pcap", home=settings.get("home", []))))
    expected = case / "expected.jsonl"
    if pytestconfig.getoption("update_golden"):
        expected.write_text("".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in found))
    assert found == [json.loads(line) for line in expected.read_text().splitlines()]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_capture_gives_the_same_in_every_run(case: Path) -> None:
    """Every run hashes with a secret of its own; nothing that is told may follow from it."""
    home = tomllib.loads((case / "case.toml").read_text()).get("home", [])
    one, other = (statements(replayed(case / "input.pcap", home=home)) for _ in range(2))
    assert one == other


def normalised(records: list[Record]) -> Iterator[dict[str, Any]]:
    """Take out what differs from run to run, and what would hide the rest: identifiers, places, single contacts."""
    ids: dict[str, str] = {}
    for record in records:
        if not isinstance(record, Statement):
            continue
        one: dict[str, Any] = json.loads(native.encode(record))
        for key in ("id", "part_of"):
            if one.get(key) is not None:
                one[key] = ids.setdefault(one[key], f"sw-{len(ids) + 1:016x}")
        if one["event"] == "updated":
            one = {key: one[key] for key in UPDATE_KEYS}
        elif "evidence" in one:
            del one["evidence"]["parts"], one["evidence"]["parts_left_out"]
        if one.get("source"):
            one["source"]["members"].sort(key=lambda member: member["address"])
        if "sensor" in one:
            one["sensor"] = f"replay:{Path(one['sensor']).name}"
        yield one
