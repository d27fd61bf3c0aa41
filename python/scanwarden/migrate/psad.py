"""Read psad.conf and auto_dl of psad 2.4: lines `KEY value;`."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scanwarden.errors import AddressError
from scanwarden.migrate.draft import Draft
from scanwarden.migrate.old_file import OldFile, OldLine
from scanwarden.migrate.portsentry_ignore import masked_network, short
from scanwarden.migrate.psad_auto_dl import is_auto_dl, migrate_auto_dl
from scanwarden.migrate.psad_ban import migrate_blocking
from scanwarden.migrate.psad_mail import migrate_mail
from scanwarden.migrate.psad_why import why_not

_SETTING = re.compile(r"\s*([A-Za-z0-9_]+)\s+(.*?)\s*;.*")
_WORD = re.compile(r"[^\s\x00-\x1f\x7f]{1,32}")


@dataclass(frozen=True)
class Setting:
    """One setting of psad.conf, without its semicolon."""

    line: OldLine
    value: str


Settings = dict[str, Setting]


def migrate(files: Sequence[OldFile]) -> Draft:
    """Turn psad's files into a draft of ours."""
    draft = Draft("psad", files)
    settings: Settings = {}
    for file in files:
        if is_auto_dl(file):
            migrate_auto_dl(file, draft)
        else:
            _read_settings(file, draft, settings)
    done = migrate_blocking(settings, draft) | migrate_mail(settings, draft)
    for key, setting in settings.items():
        if key in _MIGRATED:
            _MIGRATED[key](setting, draft, settings)
        elif key not in done:
            draft.remark(setting.line, why_not(key))
    draft.set("sinks.syslog", "enabled", True, note="scans in psad's words, as before")
    draft.set("sinks.syslog", "format", "psad")
    return draft


def _read_settings(file: OldFile, draft: Draft, settings: Settings) -> None:
    for line in file.lines:
        if not line.text.strip() or line.text.lstrip().startswith("#"):
            draft.skip(line)
            continue
        match = _SETTING.fullmatch(line.text)
        if match is None:
            draft.remark(line, "is no `KEY value;`")
            continue
        key, value = match.groups()
        if key == "FW_MSG_SEARCH":  # the one key that may be there several times
            _search_word(Setting(line, value), draft)
            continue
        if key in settings:
            draft.remark(settings[key].line, "is set again further down")
        settings[key] = Setting(line, value)


def _search_word(setting: Setting, draft: Draft) -> None:
    if not _WORD.fullmatch(setting.value):
        draft.remark(setting.line, "is no single word that a log prefix could hold")
        return
    draft.extend("logs", "refusing", setting.value, setting.line, note="counts as a refusal in a log prefix")


def _home(setting: Setting, draft: Draft, _: Settings) -> None:
    if setting.value.lower() in ("any", "not_used", ""):
        draft.remark(setting.line, "home is every address of this host's interfaces, kept up to date")
        return
    try:
        networks = [masked_network(text.strip()) for text in setting.value.split(",")]
    except AddressError as error:
        draft.remark(setting.line, f"is not carried over: {error.message}")
        return
    for network in networks:
        note = "sources inside these networks count as this host itself; leave it out unless this host routes for them"
        draft.extend("watch", "home", short(network), setting.line, note=note)


def _log_file(setting: Setting, draft: Draft, settings: Settings) -> None:
    wanted = settings.get("ENABLE_SYSLOG_FILE")
    if wanted is not None and wanted.value.upper() != "Y":
        draft.remark(setting.line, "ENABLE_SYSLOG_FILE says that this file is not read")
    elif not setting.value.startswith("/"):
        draft.remark(setting.line, "is no absolute path")
    else:
        draft.extend("logs", "files", setting.value, setting.line)


def _search_all(setting: Setting, draft: Draft, _: Settings) -> None:
    if setting.value.upper() == "Y":
        why = "prefixes that mean refusal (DROP, REJECT …) and lines without a verdict count; ACCEPT never does"
    else:
        why = "the words of FW_MSG_SEARCH are in [logs] refusing"
    draft.remark(setting.line, why)


_MIGRATED: dict[str, Callable[[Setting, Draft, Settings], None]] = {
    "HOME_NET": _home,
    "IPT_SYSLOG_FILE": _log_file,
    "FW_SEARCH_ALL": _search_all,
}
