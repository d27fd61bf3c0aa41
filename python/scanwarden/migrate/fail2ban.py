"""Read fail2ban's jail.conf, jail.local and jail.d files, named in the order in which fail2ban reads them.

The sshd jail becomes our judgement of log-in failures, the recidive jail our ladder. Jails for web servers, mail
servers and the like have no equal and stay with fail2ban.
"""

from collections.abc import Sequence

from scanwarden.migrate.draft import Draft
from scanwarden.migrate.fail2ban_allow import migrate_ignored
from scanwarden.migrate.fail2ban_bans import migrate_banning
from scanwarden.migrate.fail2ban_logs import migrate_logs
from scanwarden.migrate.fail2ban_why import why_not
from scanwarden.migrate.jail_file import DEFAULT, JailOption, Jails
from scanwarden.migrate.old_file import OldFile

TOOLS_WE_REPLACE = ("portsentry", "scanlogd", "psad", "iptables-portscan", "portscan")
_TRUE = ("1", "on", "true", "yes")


def migrate(files: Sequence[OldFile]) -> Draft:
    """Turn fail2ban's files into a draft of ours."""
    draft = Draft("fail2ban", files)
    jails = Jails(files, draft)
    enabled = {name for name in jails.names() if _is_enabled(jails, name)}
    ssh = next((name for name in jails.names() if name in enabled and _filter_of(jails, name) == "sshd"), None)
    section = ssh or DEFAULT
    done = migrate_ignored(jails, section, draft)
    done |= migrate_banning(
        jails, section, draft, is_guessing_judged=ssh is not None, has_recidive="recidive" in enabled
    )
    done |= migrate_logs(jails, section, draft) if ssh is not None else set()
    for option in jails.own(DEFAULT):
        _remark(option, draft, done, why_not(option.key))
    for name in jails.names():
        _remark_jail(jails, name, draft, done, is_migrated=name in (ssh, "recidive") and name in enabled)
    return draft


def _remark_jail(jails: Jails, name: str, draft: Draft, done: set[int], *, is_migrated: bool) -> None:
    if is_migrated:
        for option in jails.own(name):
            _remark(option, draft, done, why_not(option.key))
        return
    for option in jails.own(name):
        _remark(option, draft, done, _why_not_this_jail(jails, name))


def _why_not_this_jail(jails: Jails, name: str) -> str:
    if not _is_enabled(jails, name):
        return f"the jail [{name[:40]}] is not enabled"
    if _filter_of(jails, name) in TOOLS_WE_REPLACE:
        return f"the jail [{name[:40]}] reads a tool that scanwarden replaces: switch it off"
    if _filter_of(jails, name) == "sshd":
        return f"the jail [{name[:40]}] is a second one for sshd; one judgement covers all of sshd's lines"
    return f"the jail [{name[:40]}] has no equal: keep it in fail2ban"


def _is_enabled(jails: Jails, name: str) -> bool:
    return (jails.value(name, "enabled") or "false").strip().lower() in _TRUE


def _filter_of(jails: Jails, name: str) -> str:
    text = jails.value(name, "filter") or name
    return text.partition("[")[0].strip().replace("%(__name__)s", name)


def _remark(option: JailOption, draft: Draft, done: set[int], why: str) -> None:
    """Remark upon every line of an option, unless it was dealt with; options are told apart by identity."""
    if id(option) in done:
        return
    for line in option.lines:
        draft.remark(line, why)
