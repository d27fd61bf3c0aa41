"""How the tests find the recorded cases."""

from pathlib import Path

import pytest

from tests import conftest


def test_the_cases_folder_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SCANWARDEN_CASES", str(tmp_path))
    assert conftest.find_cases() == tmp_path


def test_the_nearest_cases_folder_above_the_repository_is_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    near, far = tmp_path / "a/shared/cases", tmp_path / "shared/cases"
    near.mkdir(parents=True)
    far.mkdir(parents=True)
    monkeypatch.delenv("SCANWARDEN_CASES", raising=False)
    monkeypatch.setattr(conftest, "REPOSITORY", tmp_path / "a/repository")
    assert conftest.find_cases() == near


def test_without_cases_none_are_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SCANWARDEN_CASES", raising=False)
    monkeypatch.setattr(conftest, "REPOSITORY", tmp_path / "repository")
    assert conftest.find_cases() is None
