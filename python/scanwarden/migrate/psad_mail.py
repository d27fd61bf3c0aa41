"""Turn psad's mail settings into `[sinks.email]`."""

from collections.abc import Mapping

from scanwarden.config.endpoint import MailAddress
from scanwarden.errors import ConfigError
from scanwarden.migrate.draft import Draft
from scanwarden.migrate.portsentry_traps import Setting

MAX_ADDRESSES = 32
_NAMES = frozenset(("EMAIL_ADDRESSES", "EMAIL_ALERT_DANGER_LEVEL", "ALERTING_METHODS"))
_METHODS = {"all": (True, True), "noemail": (False, True), "nosyslog": (True, False)}


def migrate_mail(settings: Mapping[str, Setting], draft: Draft) -> set[str]:
    """Turn the settings about mail; return the names of those that are dealt with."""
    if "EMAIL_ADDRESSES" in settings:
        _addresses(settings, draft)
    if "EMAIL_ALERT_DANGER_LEVEL" in settings:
        level = settings["EMAIL_ALERT_DANGER_LEVEL"]
        if level.value in ("1", "2", "3", "4", "5"):
            draft.set("sinks.email", "minimum_severity", int(level.value), level.line)
        else:
            draft.remark(level.line, "is no danger level from 1 to 5")
    if "ALERTING_METHODS" in settings:
        why = "say in [sinks.email] and [sinks.syslog] what is switched on"
        draft.remark(settings["ALERTING_METHODS"].line, why)
    return set(_NAMES & settings.keys())


def _addresses(settings: Mapping[str, Setting], draft: Draft) -> None:
    setting = settings["EMAIL_ADDRESSES"]
    good: list[str] = []
    for text in setting.value.replace(",", " ").split():
        try:
            good.append(str(MailAddress.parse(text)))
        except ConfigError:
            draft.remark(setting.line, f"{text[:60]!a} is no mail address of the form NAME@DOMAIN")
    if not good:
        return
    method = settings["ALERTING_METHODS"].value.lower() if "ALERTING_METHODS" in settings else "all"
    sends_mail, _ = _METHODS.get(method, (True, True))
    draft.set("sinks.email", "enabled", sends_mail, setting.line)
    draft.set("sinks.email", "to", good[:MAX_ADDRESSES])
    draft.set("sinks.email", "sender", good[0], note="the address that mails come from; change it as you like")
