"""`explain` shows the evidence contact by contact, and what was decided."""

import json
from pathlib import Path

import pytest

from tests.unit.cli.stores import kept, run, widest
from tests.unit.store.records import decided, scan_id, statement


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Give one scan with a decision."""
    return kept(tmp_path / "store.db", [statement(1, "closed", at_s=1), decided(1, at_s=1)])


def test_people_read_contacts_and_the_decision(store: Path) -> None:
    result = run("explain", scan_id(1), "--store", store)
    assert result.exit_code == 0
    assert result.stdout.startswith(f"Why {scan_id(1)} is a scan\n")
    assert "tcp/1 at 192.0.2.10" in result.stdout
    assert "  decided   would ban 203.0.113.7 for 10 min: evidence\n" in result.stdout
    assert widest(result) <= 80


def test_programs_read_the_evidence(store: Path) -> None:
    answer = json.loads(run("explain", scan_id(1), "--store", store, "--format", "json").stdout)
    assert answer["id"] == scan_id(1)
    assert answer["evidence"]["threshold"] == 13.8
    assert answer["evidence"]["parts"][0]["rule"] == "closed_port"
    assert answer["decisions"][0]["would"] is True
