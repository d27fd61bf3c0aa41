"""fail2ban's jails become our judgement of log-in failures, our ladder and allowlist; the rest says why not."""

import pytest

from scanwarden.config.sections.logs import LogsSettings
from scanwarden.config.sections.policy import LoginGuessingSettings, PolicySettings
from scanwarden.config.sections.responders import RespondersSettings
from scanwarden.migrate.fail2ban import migrate
from scanwarden.migrate.fail2ban_why import WHY
from tests.unit.migrate.migrated import section_of, text_of, why

SSHD = "[sshd]\nenabled = true\n"


def ladder(old: str) -> list[str]:
    return list(map(str, section_of(text_of(migrate, old), PolicySettings).ladder))


def test_the_sshd_jail_judges_failures() -> None:
    text = text_of(migrate, f"[DEFAULT]\nfindtime = 1h\nmaxretry = 4\n{SSHD}maxretry = 3\n")
    guessing = section_of(text, LoginGuessingSettings)
    assert (guessing.action, guessing.failures, str(guessing.window)) == ("ban", 3, "1 h")
    assert section_of(text, PolicySettings).mode == "enforce"
    assert section_of(text, LogsSettings).journal


def test_without_an_sshd_jail_nobody_is_banned() -> None:
    text = text_of(migrate, "[DEFAULT]\nbantime = 1h\n[sshd]\nenabled = false\n")
    assert section_of(text, PolicySettings).mode == "observe"
    assert section_of(text, LoginGuessingSettings).action == "notify"


@pytest.mark.parametrize(
    ("old", "steps"),
    [
        ("bantime = 600", ["10 min"]),
        ("bantime = 1d 12h", ["36 h"]),
        ("bantime = -1", ["30 d"]),
        ("bantime = 9w", ["30 d"]),
        ("bantime = 10m\nbantime.increment = false", ["10 min"]),
        ("bantime = 1d\nbantime.increment = true", ["1 d", "2 d", "4 d", "8 d", "16 d", "30 d"]),
        ("bantime = 1d\nbantime.increment = true\nbantime.maxtime = 5d", ["1 d", "2 d", "4 d", "5 d"]),
        ("bantime = 1d\nbantime.increment = true\nbantime.multipliers = 1 5 30", ["1 d", "5 d", "30 d"]),
        ("bantime = 1d\nbantime.increment = true\nbantime.factor = 4", ["1 d", "8 d", "16 d", "30 d"]),
        ("bantime = 1d\n[recidive]\nenabled = true", ["1 d", "7 d"]),
        ("bantime = 1d\n[recidive]\nenabled = true\nbantime = 2w", ["1 d", "14 d"]),
    ],
)
def test_ban_times_become_a_ladder_that_ends(old: str, steps: list[str]) -> None:
    assert ladder(f"[DEFAULT]\n{old}\n") == steps


def test_ignored_addresses_become_the_allowlist() -> None:
    old = "[DEFAULT]\nignoreip = 127.0.0.1/8 ::1, 192.0.2.9/24\n  monitor.example.net\n"
    allowlist = section_of(text_of(migrate, old), PolicySettings).allowlist
    assert list(map(str, allowlist)) == ["127.0.0.0/8", "::1", "192.0.2.0/24", "monitor.example.net"]


def test_a_later_file_replaces_what_an_earlier_one_said() -> None:
    text = text_of(migrate, f"{SSHD}maxretry = 3\n", "[sshd]\nmaxretry = 8\n")
    assert section_of(text, LoginGuessingSettings).failures == 8
    assert why(text, "maxretry = 3") == "is set again further down"


def test_names_are_put_in() -> None:
    old = f"[DEFAULT]\nhour = 60m\nfindtime = %(hour)s\nlogs = /var/log\n{SSHD}logpath = %(logs)s/auth.log\n"
    text = text_of(migrate, old)
    assert str(section_of(text, LoginGuessingSettings).window) == "1 h"
    assert list(map(str, section_of(text, LogsSettings).files)) == ["/var/log/auth.log"]


@pytest.mark.parametrize("value", ["%(a)s", "%(nothing)s", "%(sshd/nothing)s"])
def test_circular_and_unknown_names_are_remarked_upon(value: str) -> None:
    text = text_of(migrate, f"[DEFAULT]\na = %(b)s\nb = %(a)s\nignoreip = {value}\n")
    assert "refers to a name" in why(text, f"ignoreip = {value}")


def test_names_that_multiply_are_not_put_in() -> None:
    chain = "".join(f"a{n} = {f'%(a{n + 1})s' * 50}\n" for n in range(9))
    text = text_of(migrate, f"[DEFAULT]\n{chain}a9 = x\nignoreip = %(a0)s\n")
    assert "refers to a name" in why(text, "ignoreip = %(a0)s")


@pytest.mark.parametrize(
    ("action", "responder"),
    [
        ("nftables[type=multiport]", "nftables"),
        ("iptables-multiport", "nftables"),
        ("firewallcmd-ipset", "nftables"),
        ("ufw", "nftables"),
        ("hostsdeny", "hosts_deny"),
        ("route", "route"),
    ],
)
def test_ban_actions_become_responders(action: str, responder: str) -> None:
    text = text_of(migrate, f"[DEFAULT]\nbanaction = {action}\n")
    assert section_of(text, RespondersSettings).enabled == (responder,)


@pytest.mark.parametrize(
    ("old", "line", "reason"),
    [
        ("[nginx-http-auth]\nenabled = true\nmaxretry = 3\n", "maxretry = 3", "keep it in fail2ban"),
        ("[apache]\nmaxretry = 3\n", "maxretry = 3", "is not enabled"),
        ("[portsentry]\nenabled = true\n", "enabled = true", "reads a tool that scanwarden replaces"),
        ("[sshd]\nenabled = 1\n[ssh2]\nenabled = on\nfilter = sshd\n", "enabled = on", "second one for sshd"),
        ("[DEFAULT]\nbanaction = cloudflare\n", "banaction = cloudflare", "no action known here"),
        ("[DEFAULT]\nbantime = long\n", "bantime = long", "no length of time"),
        (f"{SSHD}maxretry = many\n", "maxretry = many", "is no number"),
        (f"{SSHD}logpath = /var/log/*.log\n", "logpath = /var/log/*.log", "is a pattern"),
        (f"{SSHD}logpath = %(sshd_log)s\n", "logpath = %(sshd_log)s", "path of fail2ban's own files"),
        (f"{SSHD}backend = polling\n", "backend = polling", "files are followed"),
        ("[DEFAULT]\nignoreip = 0.0.0.0/0\n", "ignoreip = 0.0.0.0/0", "allows everybody"),
        ("[DEFAULT]\nignoreip = file:/etc/x\n", "ignoreip = file:/etc/x", "is no address"),
        ("[DEFAULT]\nignoreip =\n", "ignoreip =", "is empty"),
        ("bantime = 5\n", "bantime = 5", "is no option of a section"),
        ("[DEFAULT]\nunheard = of\n", "unheard = of", "nothing here corresponds to"),
    ],
)
def test_what_has_no_equal_says_why(old: str, line: str, reason: str) -> None:
    assert reason in why(text_of(migrate, old), line)


CARRIED_OVER = ("bantime", "banaction", "banaction_allports", "bantime.increment")


@pytest.mark.parametrize("key", sorted(set(WHY) - set(CARRIED_OVER)))
def test_every_other_option_has_its_reason(key: str) -> None:
    assert why(text_of(migrate, f"[DEFAULT]\n{key} = 1\n"), f"{key} = 1") == WHY[key]
