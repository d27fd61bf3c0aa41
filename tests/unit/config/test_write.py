"""A configuration file is written whole, and never over another by accident."""

from pathlib import Path

import pytest

from scanwarden.config.write import write_new
from scanwarden.errors import ConfigError


def test_a_new_file_and_its_folder_are_made(tmp_path: Path) -> None:
    path = tmp_path / "etc" / "scanwarden.toml"
    write_new(path, "é\n", replace=False)
    assert path.read_text() == "é\n"
    assert path.stat().st_mode & 0o7137 == 0
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_is_there_is_replaced_only_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "scanwarden.toml"
    path.write_text("old")
    with pytest.raises(ConfigError, match="is there already"):
        write_new(path, "new", replace=False)
    assert path.read_text() == "old"
    write_new(path, "new", replace=True)
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    target, path = tmp_path / "target", tmp_path / "scanwarden.toml"
    target.write_text("theirs")
    path.symlink_to(target)
    with pytest.raises(ConfigError, match="is there already"):
        write_new(path, "new", replace=False)
    write_new(path, "new", replace=True)
    assert (target.read_text(), path.read_text(), path.is_symlink()) == ("theirs", "new", False)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="file cannot be written: File exists"):
        write_new(tmp_path / "file" / "scanwarden.toml", "new", replace=False)
