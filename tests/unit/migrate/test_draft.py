"""Nothing is dropped in silence, nothing hostile gets out of a comment, and nothing wrong is written."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanwarden.errors import ConfigError
from scanwarden.migrate.draft import Draft
from scanwarden.migrate.old_file import OldFile, parse_old_file
from scanwarden.migrate.tools import TOOLS
from tests.unit.migrate.migrated import settings_of, text_of

PIECES = [
    *("TCP_PORTS", "KILL_RUN_CMD", "BLOCK_TCP", "SCAN_TRIGGER", '="', '"', "$TARGET$", "$PORT$", "`x`", "0.0.0.0/0"),
    *("ignore", "log", "tcp", "icmp", "dport", "from", "!", "*", "/*", "*/", "#", "set ", "promisc ", "interface "),
    *("HOME_NET ", "EMAIL_ADDRESSES ", "AUTO_BLOCK_TIMEOUT ", ";", "10.0.0.1", "0 tcp/", "[DEFAULT]\n", "[sshd]\n"),
    *("enabled = true\n", "ignoreip = ", "bantime = ", "%(", ")s", "-1", "99999999999999999999", "a@b.c", "\n", " "),
    *("\u202e", "\x1b[2J", "\x9b", "\r", "\t", '"""', "\\", "'", "ж", "\ud7ff", "[policy]", "mode = 'enforce'"),
]
HOSTILE = st.lists(st.sampled_from(PIECES), max_size=30).map("".join) | st.text(max_size=200)


@pytest.mark.parametrize("tool", TOOLS)
@given(text=HOSTILE.filter(lambda text: "\0" not in text))
def test_any_text_becomes_a_configuration_that_is_accepted_and_names_every_line(tool: str, text: str) -> None:
    old = parse_old_file("old.conf", text.encode("utf-8", "surrogatepass"))
    new = TOOLS[tool]([old]).finish()
    assert new.replace("\n", "").isprintable()
    settings_of(new)
    for line in old.lines:
        stripped = line.text.strip()
        is_comment = stripped.startswith(("#", ";", "[")) or "*/" in text or "/*" in text
        assert not stripped or is_comment or f"{line.place}: {line.shown}\n" in new


@pytest.mark.parametrize("attack", ['x"\nmode = "enforce', "x\r[policy]", "\x1b[2J\u202e", '"""', "\\u0022"])
@pytest.mark.parametrize("tool", TOOLS)
def test_a_comment_cannot_become_a_setting(tool: str, attack: str) -> None:
    text = text_of(TOOLS[tool], attack, names=[f"{attack[:20]}.conf"])
    assert tomllib.loads(text).get("policy", {}).get("mode", "observe") == "observe"


def test_a_line_that_a_migration_forgot_is_remarked_upon() -> None:
    file = OldFile("old.conf", parse_old_file("old.conf", b"forgotten\n").lines)
    draft = Draft("tool", [file])
    assert "# old.conf:1: forgotten\n#     tool has no such setting" in draft.finish()
    assert (draft.carried_count, draft.remark_count) == (0, 1)


def test_what_our_configuration_refuses_is_never_written() -> None:
    draft = Draft("tool", [])
    draft.set("policy", "mode", "nonsense")
    with pytest.raises(ConfigError, match="would be refused"):
        draft.finish()
