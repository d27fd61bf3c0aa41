"""Turn an old shell command into an argument list, or say why it cannot be one."""

import re
import shlex
from collections.abc import Mapping
from pathlib import PurePosixPath

# Characters that mean something to a shell outside of quotation marks (POSIX.1-2017, Shell Command Language 2.2).
_SHELL_CHARACTERS = set("|&;<>()$`*?[]#~!{}\n")
_FIREWALL_PROGRAMS = frozenset(
    (
        *("iptables", "ip6tables", "iptables-nft", "iptables-legacy", "nft", "ufw", "firewall-cmd"),
        *("ipfw", "ipchains", "ipfwadm", "ipf", "pfctl"),
    )
)
MAX_ARGUMENTS = 64


class NoArgumentListError(ValueError):
    """Say why a command cannot be run without a shell; the message is a clause for the user."""


def argument_list(command: str, macros: Mapping[str, str], unsupported: Mapping[str, str]) -> list[str]:
    """Split a command as a shell would and put our placeholders for its macros.

    `macros` maps texts such as `$TARGET$` to placeholders, `unsupported` others to what they stand for. Raise
    NoArgumentListError if the command needs a shell, has an unsupported macro or no absolute program.
    """
    for macro, meaning in unsupported.items():
        if macro in command:
            raise NoArgumentListError(f"uses {macro}, and a ban has no {meaning}: a scan touches many")
    marked = command
    marks = {macro: f"\ue000{number}\ue001" for number, macro in enumerate(macros)}
    for macro, mark in marks.items():
        marked = marked.replace(macro, mark)
    words = _words(marked)
    for macro, mark in marks.items():
        words = [word.replace(mark, macros[macro]) for word in words]
    if not words or not words[0].startswith("/"):
        raise NoArgumentListError("does not name its program by an absolute path")
    return words


def enforces_by(command: str) -> str | None:
    """Name our responder that does what a command does: `nftables` for firewall rules, `route` for routes."""
    try:
        words = shlex.split(command)
    except ValueError:
        return None
    if words and PurePosixPath(words[0]).name == "sudo":
        words = words[1:]
    program = PurePosixPath(words[0]).name if words else ""
    if program in _FIREWALL_PROGRAMS:
        return "nftables"
    if program == "route" or (program == "ip" and words[1:2] in (["route"], ["ro"], ["r"])):
        return "route"
    return None


def _words(command: str) -> list[str]:
    bare = re.sub(r"\\.|'[^']*'", "", command)
    in_double = "".join(re.findall(r'"([^"]*)"', bare))
    outside = re.sub(r'"[^"]*"', "", bare)
    found = sorted((_SHELL_CHARACTERS & set(outside)) | ({"$", "`"} & set(in_double)))
    if found:
        raise NoArgumentListError(f"needs a shell for {' '.join(found)!r}: put it into a script and name that")
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise NoArgumentListError(f"cannot be split into words: {str(error).lower()}") from error
    if len(words) > MAX_ARGUMENTS:
        raise NoArgumentListError(f"has more than {MAX_ARGUMENTS} words")
    return words
