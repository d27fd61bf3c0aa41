"""Turn psad's auto-blocking into `[policy]` and `[responders]`."""

import re
from collections.abc import Mapping

from scanwarden.migrate.draft import Draft
from scanwarden.migrate.old_command import NoArgumentListError, argument_list
from scanwarden.migrate.portsentry_ban import NOTHING_TO_LIFT
from scanwarden.migrate.portsentry_traps import Setting
from scanwarden.migrate.toml_text import duration_text

LONGEST_BAN_S = 30 * 86_400
LONGEST_FORGEABLE_BAN_S = 86_400
_LEVEL_TIMEOUT = re.compile(r"AUTO_BLOCK_DL([1-5])_TIMEOUT")
_SWITCHES = {"IPTABLES_BLOCK_METHOD": "nftables", "TCPWRAPPERS_BLOCK_METHOD": "hosts_deny"}
Settings = Mapping[str, Setting]


def migrate_blocking(settings: Settings, draft: Draft) -> set[str]:
    """Turn the settings about blocking; return the names of those that are dealt with."""
    done = {key for key in settings if key in _ALL or _LEVEL_TIMEOUT.fullmatch(key)}
    if "ENABLE_AUTO_IDS" in settings:
        is_on = settings["ENABLE_AUTO_IDS"].value.upper() == "Y"
        draft.set("policy", "mode", "enforce" if is_on else "observe", settings["ENABLE_AUTO_IDS"].line)
    if "AUTO_IDS_DANGER_LEVEL" in settings:
        _level(settings["AUTO_IDS_DANGER_LEVEL"], draft)
    if "AUTO_BLOCK_TIMEOUT" in settings:
        _timeout(settings["AUTO_BLOCK_TIMEOUT"], draft)
    for key in sorted(done):
        if _LEVEL_TIMEOUT.fullmatch(key):
            _level_timeout(settings[key], draft)
    for key, responder in _SWITCHES.items():
        if key in settings:
            _switch(settings[key], responder, draft)
    _script(settings, draft)
    return done


_ALL = frozenset(
    (
        *("ENABLE_AUTO_IDS", "AUTO_IDS_DANGER_LEVEL", "AUTO_BLOCK_TIMEOUT", *_SWITCHES),
        *("ENABLE_EXT_SCRIPT_EXEC", "EXTERNAL_SCRIPT", "ENABLE_EXT_BLOCK_SCRIPT_EXEC", "EXTERNAL_BLOCK_SCRIPT"),
    )
)


def _level(setting: Setting, draft: Draft) -> None:
    if setting.value not in ("1", "2", "3", "4", "5"):
        draft.remark(setting.line, "is no danger level from 1 to 5")
        return
    note = "severity is judged otherwise than psad's danger level, so look at some scans first"
    draft.set("policy", "minimum_severity", int(setting.value), setting.line, note=note)


def _timeout(setting: Setting, draft: Draft) -> None:
    seconds = _seconds(setting.value)
    if seconds is None:
        draft.remark(setting.line, "is no number of seconds")
        return
    note = None
    if not 0 < seconds <= LONGEST_BAN_S:
        note, seconds = "every ban expires; 30 d is the longest", LONGEST_BAN_S
    draft.set("policy", "ladder", [duration_text(seconds)], setting.line, note=note)
    short_s = min(seconds, LONGEST_FORGEABLE_BAN_S)
    draft.set("policy", "forgeable_ban", duration_text(short_s), note="most of what a log shows can be forged")


def _level_timeout(setting: Setting, draft: Draft) -> None:
    own = "a ban lasts longer the oftener a source scans, not the higher the level: see [policy] ladder"
    draft.remark(setting.line, own)


def _switch(setting: Setting, responder: str, draft: Draft) -> None:
    if setting.value.upper() != "Y":
        draft.remark(setting.line, f"the responder `{responder}` is not switched on by it")
        return
    draft.extend("responders", "enabled", responder, setting.line)


def _script(settings: Settings, draft: Draft) -> None:
    for switch, script, when in (
        ("ENABLE_EXT_SCRIPT_EXEC", "EXTERNAL_SCRIPT", "for each scan"),
        ("ENABLE_EXT_BLOCK_SCRIPT_EXEC", "EXTERNAL_BLOCK_SCRIPT", "for each ban"),
    ):
        wanted = settings.get(switch)
        is_on = wanted is not None and wanted.value.upper() == "Y"
        if wanted is not None:
            state = f"psad runs its script {when}" if is_on else "psad runs no such script"
            draft.remark(wanted.line, f"{state}; see [responders.command]")
        if script in settings:
            _script_command(settings[script], draft, is_on=is_on)


def _script_command(setting: Setting, draft: Draft, *, is_on: bool) -> None:
    if not is_on:
        draft.remark(setting.line, "is not run by psad either, since its switch is off")
        return
    try:
        words = argument_list(setting.value, {"SRCIP": "{source}"}, {})
    except NoArgumentListError as error:
        draft.remark(setting.line, f"refused: it {error}")
        return
    draft.extend("responders", "enabled", "command", setting.line)
    draft.set("responders.command", "ban", words, setting.line, note="runs once for each ban, without a shell")
    draft.set("responders.command", "unban", [NOTHING_TO_LIFT], note="psad's script undid nothing; name what does")


def _seconds(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else None
