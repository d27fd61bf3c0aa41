"""Every setting of psad.conf and every entry of auto_dl becomes a setting or a remark."""

import pytest

from scanwarden.config.sections.logs import LogsSettings
from scanwarden.config.sections.policy import PolicySettings
from scanwarden.config.sections.responders import RespondersSettings
from scanwarden.config.sections.responders_command import CommandSettings
from scanwarden.config.sections.sinks_email import EmailSettings
from scanwarden.config.sections.sinks_syslog import SyslogSettings
from scanwarden.config.sections.watch import WatchSettings
from scanwarden.migrate.psad import migrate
from tests.unit.migrate.migrated import section_of, text_of, why


def test_scans_go_on_being_written_in_its_words() -> None:
    syslog = section_of(text_of(migrate, "# nothing\n"), SyslogSettings)
    assert (syslog.enabled, syslog.format) == (True, "psad")


def test_blocking_becomes_mode_severity_ladder_and_responders() -> None:
    old = (
        "ENABLE_AUTO_IDS Y;\nAUTO_IDS_DANGER_LEVEL 4;\nAUTO_BLOCK_TIMEOUT 3600;\nIPTABLES_BLOCK_METHOD Y;\n"
        "TCPWRAPPERS_BLOCK_METHOD Y;\nENABLE_EXT_SCRIPT_EXEC Y;\nEXTERNAL_SCRIPT /bin/x SRCIP;\n"
    )
    text = text_of(migrate, old)
    policy = section_of(text, PolicySettings)
    assert (policy.mode, policy.minimum_severity, list(map(str, policy.ladder))) == ("enforce", 4, ["1 h"])
    assert section_of(text, RespondersSettings).enabled == ("nftables", "hosts_deny", "command")
    assert section_of(text, CommandSettings).ban == ("/bin/x", "{source}")


@pytest.mark.parametrize(("seconds", "longest"), [("0", "30 d"), ("99999999", "30 d"), ("60", "1 min")])
def test_every_ban_expires(seconds: str, longest: str) -> None:
    policy = section_of(text_of(migrate, f"AUTO_BLOCK_TIMEOUT {seconds};\n"), PolicySettings)
    assert str(policy.ladder[-1]) == longest


def test_logs_home_and_mail_are_carried_over() -> None:
    old = (
        "IPT_SYSLOG_FILE /var/log/messages;\nFW_MSG_SEARCH VERWORFEN;\nFW_MSG_SEARCH WEG;\n"
        "HOME_NET 192.0.2.9/24, 10.0.0.0/8;\nEMAIL_ADDRESSES root@example.org, b@example.org;\n"
        "EMAIL_ALERT_DANGER_LEVEL 3;\n"
    )
    text = text_of(migrate, old)
    logs = section_of(text, LogsSettings)
    assert (list(map(str, logs.files)), logs.refusing) == (["/var/log/messages"], ("VERWORFEN", "WEG"))
    assert list(map(str, section_of(text, WatchSettings).home)) == ["192.0.2.0/24", "10.0.0.0/8"]
    email = section_of(text, EmailSettings)
    assert (email.enabled, len(email.to), email.minimum_severity) == (True, 2, 3)


@pytest.mark.parametrize(("method", "enabled"), [("ALL", True), ("noemail", False), ("nosyslog", True)])
def test_the_alerting_method_says_whether_mail_is_sent(method: str, enabled: bool) -> None:
    text = text_of(migrate, f"EMAIL_ADDRESSES root@example.org;\nALERTING_METHODS {method};\n")
    assert section_of(text, EmailSettings).enabled is enabled


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("DANGER_LEVEL1 5;", "severity from 1 to 5 follows from the techniques"),
        ("DANGER_LEVEL5 10000;", "severity from 1 to 5 follows from the techniques"),
        ("MIN_DANGER_LEVEL 1;", "severity from 1 to 5 follows"),
        ("PORT_RANGE_SCAN_THRESHOLD 1;", "severity from 1 to 5 follows"),
        ("IGNORE_PORTS udp/53;", "a port in use never counts"),
        ("IGNORE_PROTOCOLS icmp;", "a port in use never counts"),
        ("IGNORE_INTERFACES eth1;", "[watch] interfaces"),
        ("IGNORE_LOG_PREFIXES NONE;", "[logs] refusing"),
        ("HOME_NET any;", "home is every address"),
        ("HOME_NET lan;", "is not an IP address"),
        ("FW_SEARCH_ALL Y;", "ACCEPT never"),
        ("FW_SEARCH_ALL N;", "FW_MSG_SEARCH"),
        ("FW_MSG_SEARCH two words;", "no single word"),
        ("EMAIL_ADDRESSES root;", "no mail address"),
        ("EMAIL_ALERT_DANGER_LEVEL 9;", "no danger level"),
        ("EMAIL_LIMIT 0;", "[sinks.email] digest"),
        ("ALERT_ALL Y;", "one message when a scan is found"),
        ("AUTO_IDS_DANGER_LEVEL 9;", "no danger level"),
        ("AUTO_BLOCK_TIMEOUT x;", "no number of seconds"),
        ("AUTO_BLOCK_DL5_TIMEOUT 0;", "[policy] ladder"),
        ("AUTO_BLOCK_REGEX ESTAB;", "only refused packets are evidence"),
        ("IPT_AUTO_CHAIN1 DROP, src, filter, INPUT, 1, PSAD_BLOCK_INPUT, 1;", "inet scanwarden"),
        ("IPTABLES_BLOCK_METHOD N;", "is not switched on"),
        ("TCPWRAPPERS_BLOCK_METHOD N;", "is not switched on"),
        ("ENABLE_EXT_SCRIPT_EXEC N;", "runs no such script"),
        ("EXTERNAL_SCRIPT /bin/x SRCIP;", "its switch is off"),
        ("IGNORE_CONNTRACK_BUG_PKTS Y;", "never count"),
        ("ENABLE_PERSISTENCE Y;", "evidence halves in a day"),
        ("SCAN_TIMEOUT 3600;", "evidence halves in a day"),
        ("CHECK_INTERVAL 5;", "no interval"),
        ("ENABLE_DSHIELD_ALERTS N;", "nothing is sent to anybody"),
        ("ENABLE_SNORT_SIG_STRICT Y;", "no payload signatures"),
        ("ENABLE_WHOIS_LOOKUPS Y;", "not carried over"),
        ("ENABLE_DNS_LOOKUPS Y;", "reverse_dns"),
        ("PSAD_DIR /var/log/psad;", "files and folders of its own"),
        ("iptablesCmd /sbin/iptables;", "doctor"),
        ("SYSLOG_DAEMON syslogd;", "[logs]"),
        ("STATUS_PORTS_THRESHOLD 20;", "from the store"),
        ("SOMETHING_ELSE 1;", "nothing here corresponds to"),
        ("no semicolon", "is no `KEY value;`"),
    ],
)
def test_what_has_no_equal_says_why(line: str, reason: str) -> None:
    assert reason in why(text_of(migrate, f"{line}\n"), line)


def test_a_script_that_needs_a_shell_is_refused() -> None:
    text = text_of(migrate, "ENABLE_EXT_SCRIPT_EXEC Y;\nEXTERNAL_SCRIPT /bin/x SRCIP > /tmp/x;\n")
    assert "refused: it needs a shell" in why(text, "EXTERNAL_SCRIPT /bin/x SRCIP > /tmp/x;")


@pytest.mark.parametrize(
    ("line", "entry"),
    [
        ("192.0.2.7 0;", "192.0.2.7"),
        ("192.0.2.0/24   0;  # office", "192.0.2.0/24"),
        ("192.0.2.7 0 tcp/22,80-90;", "192.0.2.7 ports 22,80-90"),
    ],
)
def test_level_zero_is_the_allowlist(line: str, entry: str) -> None:
    policy = section_of(text_of(migrate, f"{line}\n", names=["auto_dl"]), PolicySettings)
    assert list(map(str, policy.allowlist)) == [entry]


def test_level_five_is_banned_from_the_first_severity_on() -> None:
    (override,) = section_of(text_of(migrate, "192.0.2.0/24 5;\n"), PolicySettings).networks
    assert (list(map(str, override.networks)), override.minimum_severity) == (["192.0.2.0/24"], 1)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("192.0.2.7 3;", "judged by what it does"),
        ("192.0.2.7 0 icmp;", "does not tell icmp apart"),
        ("192.0.2.7 0 udp;", "does not tell udp apart"),
        ("192.0.2.7 7;", "is no `ADDRESS LEVEL"),
        ("192.0.2.777 0;", "is not an IP address"),
        ("192.0.2.7 0 tcp/90-80;", "is not a range of ports"),
    ],
)
def test_an_entry_without_an_equal_says_why(line: str, reason: str) -> None:
    assert reason in why(text_of(migrate, f"{line}\n", names=["auto_dl"]), line)
