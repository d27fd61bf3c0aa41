"""Turn how often and how long fail2ban bans into `[policy]` and `[policy.login_guessing]`."""

from scanwarden.migrate.draft import Draft
from scanwarden.migrate.fail2ban_time import seconds_of
from scanwarden.migrate.jail_file import JailOption, Jails
from scanwarden.migrate.old_file import OldLine
from scanwarden.migrate.toml_text import duration_text

LONGEST_BAN_S = 30 * 86_400
LONGEST_WINDOW_S = 7 * 86_400
MAX_STEPS = 12
DEFAULT_BAN_S = 600
DEFAULT_RECIDIVE_BAN_S = 7 * 86_400
_TRUE = ("1", "on", "true", "yes")
_TOO_LONG = "every ban expires; 30 d is the longest"
_BAN_ACTIONS = {"hostsdeny": "hosts_deny", "route": "route", "nftables": "nftables", "iptables": "nftables"}


class BanTerms:
    """The terms of one jail, with the defaults of all."""

    def __init__(self, jails: Jails, section: str, draft: Draft) -> None:
        self._jails = jails
        self._section = section
        self._draft = draft
        self.done: set[int] = set()

    def value(self, key: str) -> tuple[str, JailOption] | None:
        """Give an option with its references put in, and take it as dealt with; None if it is absent."""
        option = self._jails.option(self._section, key)
        text = self._jails.value(self._section, key)
        if option is None:
            return None
        self.done.add(id(option))
        if text is None:
            self.refuse(option, "refers to a name that is not in the files given")
            return None
        return text.strip(), option

    def has_own(self, key: str) -> bool:
        """Say whether the jail itself has an option, not only the defaults."""
        return any(option.key == key for option in self._jails.own(self._section))

    def refuse(self, option: JailOption, why: str) -> None:
        """Say why an option is not carried over."""
        for line in option.lines:
            self._draft.remark(line, why)

    def seconds(self, key: str) -> tuple[int, JailOption] | None:
        """Give a length of time; a wrong one is remarked upon."""
        found = self.value(key)
        if found is None:
            return None
        seconds = seconds_of(found[0])
        if seconds is None:
            self.refuse(found[1], "is no length of time")
            return None
        return seconds, found[1]


def migrate_banning(
    jails: Jails, section: str, draft: Draft, *, is_guessing_judged: bool, has_recidive: bool
) -> set[int]:
    """Turn bantime, findtime, maxretry, bantime.* and banaction; return the identities of the options dealt with."""
    terms = BanTerms(jails, section, draft)
    recidive = BanTerms(jails, "recidive", draft)
    _ladder(terms, recidive if has_recidive else None, draft)
    if is_guessing_judged:
        enabled = terms.value("enabled")
        lines = enabled[1].lines if enabled else []
        draft.set("policy", "mode", "enforce", *lines)
        draft.set("policy.login_guessing", "action", "ban", *lines, note="the sshd jail")
        _failures(terms, draft)
        _window(terms, draft)
    if has_recidive and (enabled := recidive.value("enabled")):
        recidive.refuse(enabled[1], "who comes again climbs the ladder of [policy]")
    _action(terms, draft)
    return terms.done | recidive.done


def _failures(terms: BanTerms, draft: Draft) -> None:
    found = terms.value("maxretry")
    if found is None:
        return
    text, option = found
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        terms.refuse(option, "is no number")
        return
    failures = min(max(int(text), 2), 1000)
    note = None if failures == int(text) else f"the nearest that is allowed; it was {text}"
    draft.set("policy.login_guessing", "failures", failures, *option.lines, note=note)


def _window(terms: BanTerms, draft: Draft) -> None:
    found = terms.seconds("findtime")
    if found is None:
        return
    window_s = min(max(found[0], 1), LONGEST_WINDOW_S)
    note = None if window_s == found[0] else "7 d is the longest, 1 s the shortest"
    draft.set("policy.login_guessing", "window", duration_text(window_s), *found[1].lines, note=note)


def _ladder(terms: BanTerms, recidive: BanTerms | None, draft: Draft) -> None:
    first = terms.seconds("bantime")
    grows = terms.value("bantime.increment")
    steps, lines = [DEFAULT_BAN_S], []
    if first is not None:
        steps, lines = [first[0]], list(first[1].lines)
    if grows is not None and grows[0].lower() in _TRUE:
        steps, more = _growing(steps[0], terms)
        lines += [*grows[1].lines, *more]
    elif grows is not None:
        terms.refuse(grows[1], "bans do not grow, so the ladder has one step")
    if recidive is not None:
        # fail2ban's own jail.conf gives this jail a week, whatever the default of the other jails.
        again = recidive.seconds("bantime") if recidive.has_own("bantime") else None
        steps.append(again[0] if again else DEFAULT_RECIDIVE_BAN_S)
        lines += again[1].lines if again else []
    if not lines:
        return
    note = None if all(0 < step <= LONGEST_BAN_S for step in steps) else _TOO_LONG
    bounded = [step if 0 < step <= LONGEST_BAN_S else LONGEST_BAN_S for step in steps]
    rising = [max(bounded[: number + 1]) for number in range(len(bounded))]
    ladder = [duration_text(step) for step in dict.fromkeys(rising)]
    draft.set("policy", "ladder", ladder[:MAX_STEPS], *dict.fromkeys(lines), note=note)


def _growing(first_s: int, terms: BanTerms) -> tuple[list[int], list[OldLine]]:
    """Give the steps of growing bans: by multipliers, or doubled each time, up to the longest."""
    longest = terms.seconds("bantime.maxtime")
    factor = terms.value("bantime.factor")
    multipliers = terms.value("bantime.multipliers")
    lines = [line for found in (longest, factor, multipliers) if found for line in found[1].lines]
    top_s = min(longest[0], LONGEST_BAN_S) if longest and longest[0] > 0 else LONGEST_BAN_S
    by = [float(one) for one in multipliers[0].split() if _is_number(one)] if multipliers else []
    times = float(factor[0]) if factor and _is_number(factor[0]) else 1.0
    growth = by or [2.0**count * (times if count else 1.0) for count in range(MAX_STEPS)]
    steps = [min(round(max(first_s, 1) * one), top_s) for one in growth[:MAX_STEPS]]
    return (steps if first_s > 0 else [LONGEST_BAN_S]), lines


def _is_number(text: str) -> bool:
    return len(text) <= 12 and text.replace(".", "", 1).isascii() and text.replace(".", "", 1).isdigit()


def _action(terms: BanTerms, draft: Draft) -> None:
    for key in ("banaction", "banaction_allports"):
        found = terms.value(key)
        if found is None:
            continue
        text, option = found
        name = text.partition("[")[0].strip()
        responder = next((ours for theirs, ours in _BAN_ACTIONS.items() if name.startswith(theirs)), None)
        if responder is None and name.startswith(("firewallcmd", "ufw")):
            responder = "nftables"
        if responder is None:
            terms.refuse(option, "is no action known here; bans are made by the responders of [responders]")
        elif key == "banaction":
            note = "a ban refuses everything from the source, not one port"
            draft.extend("responders", "enabled", responder, *option.lines, note=note)
        else:
            terms.refuse(option, "every ban here is for all ports")
