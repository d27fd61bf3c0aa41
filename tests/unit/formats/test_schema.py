"""The published schema and page are those of the model, and describe every key."""

from pathlib import Path
from typing import get_args

import pytest

from scanwarden.formats import schema
from scanwarden.model.records import Record

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"
RENEW = "run: python -m scanwarden.formats.schema docs/reference"


def test_the_published_schema_is_fresh() -> None:
    assert (REFERENCE / schema.SCHEMA_NAME).read_text() == schema.schema_text(), RENEW


def test_the_published_page_is_fresh() -> None:
    assert (REFERENCE / schema.PAGE_NAME).read_text() == schema.page(), RENEW


def test_every_kind_of_record_is_in_the_schema() -> None:
    assert set(schema.schema()["discriminator"]["mapping"]) == {
        *("ready", "opened", "updated", "closed", "decision", "ban", "unban", "notice")
    }
    assert len(schema.schema()["anyOf"]) == len(get_args(Record))


def test_every_key_says_what_it_means() -> None:
    rows = [line for line in schema.page().splitlines() if line.startswith("| `")]
    assert len(rows) > 50
    assert [row for row in rows if row.split(" | ")[-1].strip(" |") == ""] == []


def test_the_command_writes_both_files(tmp_path: Path) -> None:
    assert schema.main([str(tmp_path / "new")]) == 0
    assert {path.name for path in (tmp_path / "new").iterdir()} == {schema.SCHEMA_NAME, schema.PAGE_NAME}


def test_the_command_without_a_directory_says_how_to_use_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert schema.main([]) == 2
    assert "usage:" in capsys.readouterr().err
