"""Questions to a store from the event loop."""

import asyncio
from pathlib import Path

import pytest

from scanwarden.errors import StoreError
from scanwarden.store import Reader
from scanwarden.web import store_questions
from scanwarden.web.store_questions import StoreQuestions
from tests.unit.cli.stores import kept
from tests.unit.store.records import statement


def count(reader: Reader) -> int:
    return reader.count()


def test_a_store_that_was_replaced_is_opened_anew(tmp_path: Path) -> None:
    path = kept(tmp_path / "scans.db", [statement(1)])
    questions = StoreQuestions(path)
    assert asyncio.run(questions.ask(count)) == 1
    other = kept(tmp_path / "other.db", [statement(1), statement(2)])
    path.unlink()
    with pytest.raises(StoreError, match="there is no store at"):
        asyncio.run(questions.ask(count))
    other.rename(path)
    assert asyncio.run(questions.ask(count)) == 2
    questions.close()


def test_what_another_process_writes_changes_the_mark(tmp_path: Path) -> None:
    path = kept(tmp_path / "scans.db", [statement(1)])
    with Reader(path) as reader:
        before = reader.change_mark()
        assert reader.change_mark() == before
        kept(path, [statement(2)])
        assert reader.change_mark() != before


def test_too_many_questions_at_once_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_questions, "MAX_WAITING", 2)
    questions = StoreQuestions(kept(tmp_path / "scans.db", []))

    async def ask_often() -> list[object]:
        return await asyncio.gather(*(questions.ask(count) for _ in range(5)), return_exceptions=True)

    answers = asyncio.run(ask_often())
    assert sum(isinstance(answer, StoreError) for answer in answers) == 3
    assert answers[:2] == [0, 0]
    questions.close()
