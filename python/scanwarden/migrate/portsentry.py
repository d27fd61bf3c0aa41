"""Read portsentry.conf of PortSentry 1.x and 2.x, Debian's /etc/default/portsentry, and the ignore files."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scanwarden.migrate.draft import Draft
from scanwarden.migrate.old_file import OldFile, OldLine
from scanwarden.migrate.portsentry_ban import migrate_blocking
from scanwarden.migrate.portsentry_ignore import migrate_ignore_file
from scanwarden.migrate.portsentry_traps import migrate_traps

_SETTING = re.compile(r"\s*([A-Za-z0-9_]+)\s*=\s*(.*?)\s*", re.ASCII)
_QUOTED = re.compile(r'"([^"]*)"(?:\s*#.*)?')
_MODES = ("TCP_MODE", "UDP_MODE")
_ADVANCED = ("ADVANCED_PORTS_TCP", "ADVANCED_PORTS_UDP", "ADVANCED_EXCLUDE_TCP", "ADVANCED_EXCLUDE_UDP")
_KNOWN = (
    *("TCP_PORTS", "UDP_PORTS", *_ADVANCED, "IGNORE_FILE", "HISTORY_FILE", "BLOCKED_FILE", "RESOLVE_HOST"),
    *("BLOCK_TCP", "BLOCK_UDP", "KILL_ROUTE", "KILL_HOSTS_DENY", "KILL_RUN_CMD", "KILL_RUN_CMD_FIRST"),
    *("SCAN_TRIGGER", "PORT_BANNER", *_MODES),
)


@dataclass(frozen=True)
class Directive:
    """One setting of portsentry.conf, without its quotation marks."""

    line: OldLine
    value: str


Directives = dict[str, Directive]


def migrate(files: Sequence[OldFile]) -> Draft:
    """Turn PortSentry's files into a draft of ours; a file without any `=` outside comments is an ignore file."""
    draft = Draft("portsentry", files)
    ignore_files = [file for file in files if _is_ignore_file(file)]
    directives: Directives = {}
    for file in files:
        if file not in ignore_files:
            _read_settings(file, draft, directives)
    is_version_1 = any(name in directives for name in _ADVANCED)
    migrate_traps(directives, draft, is_version_1=is_version_1)
    migrate_blocking(directives, draft)
    for name, migrate_one in _OTHERS.items():
        if name in directives:
            migrate_one(directives[name], draft, bool(ignore_files))
    for file in ignore_files:
        migrate_ignore_file(file, draft)
    return draft


def _is_ignore_file(file: OldFile) -> bool:
    settings = [line.text for line in file.lines if line.text.strip() and not line.text.lstrip().startswith("#")]
    return not any("=" in text for text in settings) and ("ignore" in file.name or bool(settings))


def _read_settings(file: OldFile, draft: Draft, directives: Directives) -> None:
    for line in file.lines:
        if not line.text.strip() or line.text.lstrip().startswith("#"):
            draft.skip(line)
            continue
        setting = _SETTING.fullmatch(line.text)
        if setting is None:
            draft.remark(line, "is no setting; PortSentry leaves it out too")
            continue
        name, text = setting.groups()
        quoted = _QUOTED.fullmatch(text)
        if name not in _KNOWN:
            draft.remark(line, "is no directive of PortSentry 1.x or 2.x")
        elif quoted is None and name not in _MODES:
            draft.remark(line, "PortSentry wants a value in one pair of quotation marks; write it so if it is to count")
        else:
            if name in directives:
                draft.remark(directives[name].line, "is set again further down")
            directives[name] = Directive(line, quoted[1] if quoted else text)


def _ignore_file(directive: Directive, draft: Draft, has_ignore_file: bool) -> None:
    if has_ignore_file:
        draft.remark(directive.line, "its entries are in the allowlist of [policy]; the file is not read again")
    else:
        draft.remark(directive.line, "name this file to `scanwarden migrate` too, and its entries become the allowlist")


def _history_file(directive: Directive, draft: Draft, _: bool) -> None:
    if not directive.value.startswith("/"):
        draft.remark(directive.line, "is no absolute path; the history of bans is in the store")
        return
    draft.set("sinks.jsonl", "enabled", True, directive.line)
    draft.set("sinks.jsonl", "file", directive.value, note="the user scanwarden must be able to write there")
    draft.set("sinks.jsonl", "format", "portsentry-history", note="one line for each ban, as PortSentry 1.x wrote it")


def _blocked_file(directive: Directive, draft: Draft, _: bool) -> None:
    draft.remark(directive.line, "bans are in the store and in the firewall, each with its end: `scanwarden bans`")


def _resolve_host(directive: Directive, draft: Draft, _: bool) -> None:
    if directive.value == "0":
        draft.set("enrichment", "reverse_dns", False, directive.line)
    else:
        why = "names are not looked up, since the scanner may see it; [enrichment] reverse_dns = true does it anyway"
        draft.remark(directive.line, why)


def _advanced_ports(directive: Directive, draft: Draft, _: bool) -> None:
    draft.remark(directive.line, "not needed: every closed port counts, with or without a trap, whatever its number")


def _advanced_exclude(directive: Directive, draft: Draft, _: bool) -> None:
    why = "not needed: a port that is in use never counts, and a closed one only together with others"
    draft.remark(directive.line, why)


_OTHERS: dict[str, Callable[[Directive, Draft, bool], None]] = {
    "IGNORE_FILE": _ignore_file,
    "HISTORY_FILE": _history_file,
    "BLOCKED_FILE": _blocked_file,
    "RESOLVE_HOST": _resolve_host,
    "ADVANCED_PORTS_TCP": _advanced_ports,
    "ADVANCED_PORTS_UDP": _advanced_ports,
    "ADVANCED_EXCLUDE_TCP": _advanced_exclude,
    "ADVANCED_EXCLUDE_UDP": _advanced_exclude,
}
