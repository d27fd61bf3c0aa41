"""A command becomes an argument list only if no shell is needed."""

import pytest

from scanwarden.migrate.old_command import NoArgumentListError, argument_list, enforces_by

MACROS = {"$TARGET$": "{source}"}


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("/bin/x", ["/bin/x"]),
        ("/bin/x $TARGET$", ["/bin/x", "{source}"]),
        ("/bin/x 'a;b' \"c d\"", ["/bin/x", "a;b", "c d"]),
        ("/bin/x --ip=$TARGET$,1", ["/bin/x", "--ip={source},1"]),
        ("/bin/x a\\ b", ["/bin/x", "a b"]),
    ],
)
def test_plain_words_become_arguments(command: str, words: list[str]) -> None:
    assert argument_list(command, MACROS, {}) == words


@pytest.mark.parametrize(
    "command",
    [
        *("", "x", "./x", "/bin/x | y", "/bin/x && y", "/bin/x > f", "/bin/x $HOME", "/bin/x `id`", "/bin/x *"),
        *('/bin/x "$(id)"', '/bin/x "`id`"', "/bin/x 'a", '/bin/x "a', "/bin/x a\nb", "/bin/x ~", "/bin/x $PORT$"),
        *("/bin/x {a,b}", "/bin/x #", "/bin/x !1", "/bin/x ?", "/bin/x " + "a " * 100),
    ],
)
def test_what_needs_a_shell_is_refused(command: str) -> None:
    with pytest.raises(NoArgumentListError):
        argument_list(command, MACROS, {})


@pytest.mark.parametrize(
    ("command", "responder"), [("/sbin/ip link", None), ("", None), ("'", None), ("nft x", "nftables")]
)
def test_only_commands_that_refuse_sources_have_a_responder(command: str, responder: str | None) -> None:
    assert enforces_by(command) == responder
