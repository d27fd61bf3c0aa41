"""Turn PortSentry's BLOCK_* and KILL_* directives into `[policy]` and `[responders]`."""

import re
from collections.abc import Mapping

from scanwarden.migrate.draft import Draft
from scanwarden.migrate.old_command import NoArgumentListError, argument_list, enforces_by
from scanwarden.migrate.portsentry_traps import Setting

_MACROS = {"$TARGET$": "{source}"}
_NO_MACROS = {"$PORT$": "port", "$MODE$": "mode"}
_DENY_FORM = re.compile(r"ALL\s*:\s*\$TARGET\$\s*(:\s*DENY\s*)?", re.IGNORECASE)
NOTHING_TO_LIFT = "/bin/true"


def migrate_blocking(settings: Mapping[str, Setting], draft: Draft) -> None:
    """Turn what PortSentry does to a scanner into a mode and responders."""
    only_command = _migrate_mode(settings, draft)
    for name, migrate_one in (("KILL_ROUTE", _kill_route), ("KILL_HOSTS_DENY", _kill_hosts_deny)):
        if name not in settings:
            continue
        if only_command:
            draft.remark(settings[name].line, "BLOCK_TCP and BLOCK_UDP of 2 run only KILL_RUN_CMD")
        else:
            migrate_one(settings[name], draft)
    if "KILL_RUN_CMD" in settings:
        _kill_run_cmd(settings["KILL_RUN_CMD"], draft)
    if "KILL_RUN_CMD_FIRST" in settings:
        why = "there is no order: each responder of [responders] acts by itself, and a failed one is reported"
        draft.remark(settings["KILL_RUN_CMD_FIRST"].line, why)
    if draft.get("responders", "enabled") is None and draft.get("policy", "mode") == "enforce":
        draft.advise("No KILL_ directive could be carried over, so bans are made by nftables, the default responder.")


def _migrate_mode(settings: Mapping[str, Setting], draft: Draft) -> bool:
    """Set the mode; say whether only the command is to run."""
    found = {name: settings[name] for name in ("BLOCK_TCP", "BLOCK_UDP") if name in settings}
    values = {setting.value for setting in found.values()}
    for setting in found.values():
        if setting.value not in ("0", "1", "2"):
            draft.remark(setting.line, "is not 0, 1 or 2, so nobody is banned until you say so")
            values.add("0")
    if not found:
        return False
    lines = [setting.line for setting in found.values() if setting.value in ("0", "1", "2")]
    if "0" not in values:
        note = None if len(values) == 1 else "one protocol ran only KILL_RUN_CMD; responders act for both"
        draft.set("policy", "mode", "enforce", *lines, note=note)
        return values == {"2"}
    note = None
    if values != {"0"}:
        note = 'only one protocol was blocked; bans here are for all, so set "enforce" yourself if you want them'
    draft.set("policy", "mode", "observe", *lines, note=note)
    return values <= {"0", "2"} and "2" in values


def _kill_route(setting: Setting, draft: Draft) -> None:
    if "$TARGET$" not in setting.value:
        draft.remark(setting.line, "has no $TARGET$, so PortSentry never ran it")
        return
    responder = enforces_by(setting.value)
    if responder is None:
        _refuse(setting, draft, "is no firewall or route command known here, and nothing says how to lift its ban")
        return
    draft.extend("responders", "enabled", responder, setting.line, note=_RESPONDER_NOTES[responder])


_RESPONDER_NOTES = {
    "nftables": "`nftables` bans in a table of its own, for a limited time, instead of the firewall command",
    "route": "`route` makes blackhole routes and removes them when the ban ends",
}


def _kill_hosts_deny(setting: Setting, draft: Draft) -> None:
    if "$TARGET$" not in setting.value:
        draft.remark(setting.line, "has no $TARGET$, so PortSentry never wrote it")
        return
    draft.extend("responders", "enabled", "hosts_deny", setting.line)
    match = _DENY_FORM.fullmatch(setting.value.strip())
    if match is None:
        draft.set("responders.hosts_deny", "form", "plain", setting.line, note="the line is always `ALL: ADDRESS`")
    else:
        draft.set("responders.hosts_deny", "form", "deny" if match[1] else "plain", setting.line)


def _kill_run_cmd(setting: Setting, draft: Draft) -> None:
    responder = enforces_by(setting.value)
    if responder is not None:
        draft.extend("responders", "enabled", responder, setting.line, note=_RESPONDER_NOTES[responder])
        return
    try:
        words = argument_list(setting.value, _MACROS, _NO_MACROS)
    except NoArgumentListError as error:
        _refuse(setting, draft, str(error))
        return
    draft.extend("responders", "enabled", "command", setting.line)
    draft.set("responders.command", "ban", words, setting.line, note="started without a shell, as the user below")
    draft.set("responders.command", "unban", [NOTHING_TO_LIFT], note="KILL_RUN_CMD undid nothing; name what does")


def _refuse(setting: Setting, draft: Draft, why: str) -> None:
    draft.remark(setting.line, f"refused: it {why}")
