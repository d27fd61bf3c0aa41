"""The token and its file."""

from pathlib import Path

import pytest

from scanwarden.errors import ConfigError
from scanwarden.web.token import Token, default_file, load_token


def test_a_token_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    file = tmp_path / "state" / "token"
    token = load_token(file)
    assert file.stat().st_mode & 0o777 == 0o600
    secret = file.read_text().strip()
    assert len(secret) >= 32
    assert token.fits(secret)
    assert load_token(file).fits(secret)


@pytest.mark.parametrize(("mode", "content", "trouble"), [(0o644, "x" * 40, "mode"), (0o600, "short", "fewer than 16")])
def test_a_token_that_protects_nothing_is_refused(tmp_path: Path, mode: int, content: str, trouble: str) -> None:
    file = tmp_path / "token"
    file.write_text(content)
    file.chmod(mode)
    with pytest.raises(ConfigError, match=trouble):
        load_token(file)


def test_only_the_token_itself_fits() -> None:
    token = Token("correct-horse-battery")
    assert token.fits("correct-horse-battery")
    assert not any(token.fits(offered) for offered in ("", "correct-horse-batter", "CORRECT-HORSE-BATTERY", "\udcff"))


def test_systemd_says_where_the_token_lies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/private/x:/var/lib/y")
    assert default_file() == Path("/var/lib/private/x/token")
    monkeypatch.delenv("STATE_DIRECTORY")
    assert default_file() == Path("/var/lib/scanwarden-web/token")
