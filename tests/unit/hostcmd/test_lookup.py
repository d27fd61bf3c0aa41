from pathlib import Path

import pytest

from scanwarden import hostcmd


def test_a_name_is_found_in_the_safe_path_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    evil = tmp_path / "ls"
    evil.write_text("#!/bin/false\n")
    evil.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert hostcmd.find("ls") == "/usr/bin/ls"
    assert hostcmd.find(str(evil)) == str(evil)


@pytest.mark.parametrize("make", ["directory", "plain file", "nothing"])
def test_what_cannot_be_executed_is_not_found(tmp_path: Path, make: str) -> None:
    candidate = tmp_path / "tool"
    if make == "directory":
        candidate.mkdir()
    elif make == "plain file":
        candidate.write_text("text")
    with pytest.raises(hostcmd.CommandNotFoundError) as caught:
        hostcmd.find(str(candidate))
    assert caught.value.remedy
    assert str(tmp_path) in str(caught.value)
