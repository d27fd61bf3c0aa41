"""Read iplog.conf of iplog 2.2.

iplog writes down every connection as well as scans, and bans nobody; so the draft turns on `[connections]` and a sink
with iplog's words.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from scanwarden.errors import AddressError
from scanwarden.migrate.draft import Draft
from scanwarden.migrate.iplog_rules import NotARuleError, rule_conditions
from scanwarden.migrate.iplog_switches import migrate_switch
from scanwarden.migrate.old_file import OldFile, OldLine
from scanwarden.migrate.portsentry_ignore import masked_network, short

MAX_RULES = 256
_INTERFACE = re.compile(r"[^/\s]{1,15}")
_FACILITIES = frozenset(["auth", "authpriv", "daemon", *(f"local{number}" for number in range(8))])


def migrate(files: Sequence[OldFile]) -> Draft:
    """Turn iplog's files into a draft of ours."""
    draft = Draft("iplog", files)
    draft.set("connections", "enabled", True, note="iplog writes down every new connection")
    for file in files:
        for line, words in _statements(file, draft):
            if words:
                _migrate_statement(line, words, draft)
            else:
                draft.skip(line)
    if draft.get("sinks.jsonl", "enabled") is None:
        draft.set("sinks.syslog", "enabled", True, note="scans in iplog's words, as before")
        draft.set("sinks.syslog", "format", "iplog")
    return draft


def _statements(file: OldFile, draft: Draft) -> Iterator[tuple[OldLine, list[str]]]:
    """Give each line as words without its comments; `/* … */` may span lines."""
    is_in_comment = False
    for line in file.lines:
        text = line.text
        kept = ""
        while text:
            if is_in_comment:
                _, end, text = text.partition("*/")
                is_in_comment = not end
            else:
                before, start, text = text.partition("/*")
                if "#" in before:
                    before, start, text = before.partition("#")[0], "", ""
                kept += f"{before} "
                is_in_comment = bool(start)
        yield line, kept.split()
    if is_in_comment and file.lines:
        draft.advise(f"A comment that begins with /* is never closed (before {file.lines[-1].place}).")


def _migrate_statement(line: OldLine, words: list[str], draft: Draft) -> None:
    keyword, rest = words[0].lower(), words[1:]
    if keyword in ("log", "ignore"):
        _rule(line, keyword, rest, draft)
    elif keyword == "set":
        migrate_switch(line, [word.lower() for word in rest], draft)
    elif keyword in _OTHERS and rest:
        _OTHERS[keyword](line, rest, draft)
    else:
        draft.remark(line, "is no statement of iplog")


def _rule(line: OldLine, keyword: str, words: list[str], draft: Draft) -> None:
    try:
        conditions = rule_conditions(words)
    except NotARuleError as error:
        draft.remark(line, f"the rule {error}")
        return
    draft.enter(f"connections.{'ignore' if keyword == 'ignore' else 'always'}", conditions, line)


def _interfaces(line: OldLine, words: list[str], draft: Draft) -> None:
    names = [name for name in "".join(words).split(",") if name]
    if not all(_INTERFACE.fullmatch(name) for name in names):
        draft.remark(line, "holds a name that no interface can have")
        return
    for name in names:
        draft.extend("watch", "interfaces", name, line)


def _promiscuous(line: OldLine, words: list[str], draft: Draft) -> None:
    try:
        networks = [masked_network(text) for text in "".join(words).split(",") if text]
    except AddressError:
        draft.remark(line, "holds a name or mask instead of ADDRESS/BITS: write the networks into [watch] home")
        return
    draft.set("watch", "promiscuous", True, line)
    for network in networks:
        draft.extend("watch", "home", short(network), note="the networks that are watched in promiscuous mode")


def _log_file(line: OldLine, words: list[str], draft: Draft) -> None:
    path = " ".join(words)
    if not path.startswith("/"):
        draft.remark(line, "is no absolute path")
        return
    draft.set("connections", "file", path, line)
    draft.set("sinks.jsonl", "enabled", True, note="scans in iplog's words, in a file of their own")
    draft.set("sinks.jsonl", "file", f"{path}.scans", note="the user scanwarden must be able to write there")
    draft.set("sinks.jsonl", "format", "iplog")


def _facility(line: OldLine, words: list[str], draft: Draft) -> None:
    name = words[0].lower().removeprefix("log_")
    if name not in _FACILITIES:
        draft.remark(line, f"scans go to daemon, since our syslog sink has only {', '.join(sorted(_FACILITIES))}")
        return
    draft.set("sinks.syslog", "facility", name, line)


def _because(why: str) -> Callable[[OldLine, list[str], Draft], None]:
    def remark(line: OldLine, _: list[str], draft: Draft) -> None:
        draft.remark(line, why)

    return remark


_OTHERS: dict[str, Callable[[OldLine, list[str], Draft], None]] = {
    "interface": _interfaces,
    "promisc": _promiscuous,
    "logfile": _log_file,
    "facility": _facility,
    "priority": _because("the priority follows from the severity of the scan"),
    "user": _because("each process runs as its own unprivileged user, set in its systemd unit"),
    "group": _because("each process runs in its own group, set in its systemd unit"),
    "pid-file": _because("systemd keeps track of the processes"),
    "pidfile": _because("systemd keeps track of the processes"),
}
