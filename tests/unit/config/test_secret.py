"""A secret is read only from a file that nobody else can read."""

import os
from pathlib import Path

import pytest

from scanwarden.config.secret import MAX_SECRET_BYTES, SecretFile
from scanwarden.errors import ConfigError


@pytest.fixture
def secret(tmp_path: Path) -> SecretFile:
    path = tmp_path / "password"
    path.write_text("correct horse\n")
    path.chmod(0o600)
    return SecretFile.parse(str(path))


def test_the_line_end_is_no_part_of_the_secret(secret: SecretFile) -> None:
    secret.check()
    assert secret.read() == "correct horse"


def test_printing_the_setting_does_not_print_the_secret(secret: SecretFile) -> None:
    assert "horse" not in f"{secret} {secret!r}"


@pytest.mark.parametrize("mode", [0o604, 0o644, 0o620, 0o602, 0o777])
def test_a_file_that_others_can_use_is_refused(secret: SecretFile, mode: int) -> None:
    secret.path.chmod(mode)
    for use in (secret.check, secret.read):
        with pytest.raises(ConfigError, match=f"has mode {mode:04o}") as error:
            use()
        assert error.value.remedy == f"run `chmod 0600 {secret.path}`"


def test_the_group_may_read_it(secret: SecretFile) -> None:
    secret.path.chmod(0o640)
    assert secret.read() == "correct horse"


def test_a_missing_empty_odd_or_binary_file_is_refused(secret: SecretFile, tmp_path: Path) -> None:
    missing = SecretFile(tmp_path / "missing")
    pipe = SecretFile(tmp_path / "pipe")
    os.mkfifo(pipe.path, 0o600)
    for wrong, words in ((missing, "cannot be read"), (pipe, "no plain file"), (SecretFile(tmp_path), "no plain file")):
        with pytest.raises(ConfigError, match=words):
            wrong.check()
        with pytest.raises(ConfigError, match=words):
            wrong.read()
    secret.path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not UTF-8"):
        secret.read()
    secret.path.write_bytes(b"x" * (MAX_SECRET_BYTES + 1))
    with pytest.raises(ConfigError, match="larger than"):
        secret.read()
    secret.path.write_bytes(b"")
    with pytest.raises(ConfigError, match="is empty"):
        secret.check()


@pytest.mark.parametrize("text", ["password", "", "~/password", "/a\0b"])
def test_only_absolute_paths_are_taken(text: str) -> None:
    with pytest.raises(ConfigError, match="no absolute path"):
        SecretFile.parse(text)
