"""Old files are read whatever they hold, within bounds."""

from pathlib import Path

import pytest

from scanwarden.errors import ConfigError
from scanwarden.migrate.old_file import MAX_FILE_BYTES, MAX_LINE_CHARS, parse_old_file, read_old_file


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"a\0b", "is no text"),
        (b"x" * (MAX_LINE_CHARS + 1), "line 1 of old is longer"),
        (b"x\n" * MAX_FILE_BYTES, "is larger than"),
    ],
)
def test_what_is_no_file_of_settings_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        parse_old_file("old", content)


def test_bytes_of_any_encoding_are_kept_visibly() -> None:
    (line, _) = parse_old_file("old", b"caf\xe9 \xff\x1b\r\n").lines
    assert line.shown.isprintable()
    assert "caf" in line.shown
    assert line.place == "old:1"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.conf cannot be read: No such file"):
        read_old_file(str(tmp_path / "none.conf"))
