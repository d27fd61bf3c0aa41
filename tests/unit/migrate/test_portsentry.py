"""Every directive of portsentry.conf becomes a setting or a remark."""

import pytest

from scanwarden.config.sections.policy import PolicySettings
from scanwarden.config.sections.responders import RespondersSettings
from scanwarden.config.sections.responders_command import CommandSettings
from scanwarden.config.sections.responders_hosts_deny import HostsDenySettings
from scanwarden.config.sections.sinks_jsonl import JsonlSettings
from scanwarden.config.sections.traps import TrapsSettings
from scanwarden.migrate.portsentry import migrate
from tests.unit.migrate.migrated import OLD, section_of, text_of, why

GUIDE = (OLD / "portsentry-1.conf").read_text()
ROUTE_GUIDE = (OLD / "portsentry-route.conf").read_text()


def test_the_file_of_the_guides_bans_and_sets_the_same_traps() -> None:
    text = text_of(migrate, GUIDE, "127.0.0.1/32\n0.0.0.0\n192.168.1.0/24 the office\n", names=["p.conf", "p.ignore"])
    traps = section_of(text, TrapsSettings)
    assert [len(traps.tcp), len(traps.udp), traps.weight] == [26, 21, 13.8155]
    assert {1, 12346, 54320} <= set(traps.tcp)
    assert {1, 161, 54321} <= set(traps.udp)
    policy = section_of(text, PolicySettings)
    assert (policy.mode, list(map(str, policy.allowlist))) == ("enforce", ["127.0.0.1", "192.168.1.0/24"])
    assert section_of(text, RespondersSettings).enabled == ("nftables", "hosts_deny")
    assert section_of(text, HostsDenySettings).form == "deny"
    assert section_of(text, JsonlSettings).format == "portsentry-history"


def test_the_older_file_of_the_guides_has_routes_a_command_and_a_banner() -> None:
    text = text_of(migrate, ROUTE_GUIDE)
    assert section_of(text, RespondersSettings).enabled == ("route", "hosts_deny", "command")
    assert section_of(text, HostsDenySettings).form == "plain"
    assert section_of(text, CommandSettings).ban == ("/usr/local/bin/tell", "{source}")
    assert section_of(text, TrapsSettings).banner.startswith("** UNAUTHORIZED ACCESS PROHIBITED ***")


@pytest.mark.parametrize(
    ("tcp", "udp", "mode"),
    [
        ("0", "0", "observe"),
        ("1", "1", "enforce"),
        ("2", "2", "enforce"),
        ("1", "2", "enforce"),
        ("1", "0", "observe"),
        ("9", "1", "observe"),
    ],
)
def test_blocking_becomes_a_mode(tcp: str, udp: str, mode: str) -> None:
    text = text_of(migrate, f'BLOCK_TCP="{tcp}"\nBLOCK_UDP="{udp}"\n')
    assert section_of(text, PolicySettings).mode == mode


def test_blocking_by_command_only_leaves_the_other_actions_out() -> None:
    old = 'BLOCK_TCP="2"\nBLOCK_UDP="2"\nKILL_ROUTE="/sbin/route add $TARGET$"\nKILL_RUN_CMD="/bin/x $TARGET$"\n'
    text = text_of(migrate, old)
    assert section_of(text, RespondersSettings).enabled == ("command",)
    assert "run only KILL_RUN_CMD" in why(text, 'KILL_ROUTE="/sbin/route add $TARGET$"')


@pytest.mark.parametrize(
    ("command", "responder"),
    [
        ("/sbin/iptables -I INPUT -s $TARGET$ -j DROP", "nftables"),
        ("/usr/sbin/nft add rule x y ip saddr $TARGET$ drop", "nftables"),
        ("/sbin/route add -host $TARGET$ reject", "route"),
        ("/sbin/route add $TARGET$ 333.444.555.666", "route"),
        ("/sbin/ip route add blackhole $TARGET$", "route"),
        ("sudo /sbin/ip route add blackhole $TARGET$", "route"),
    ],
)
def test_known_commands_become_responders(command: str, responder: str) -> None:
    text = text_of(migrate, f'KILL_ROUTE="{command}"\n')
    assert section_of(text, RespondersSettings).enabled == (responder,)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('KILL_ROUTE="/usr/local/bin/block $TARGET$"', "nothing says how to lift its ban"),
        ('KILL_ROUTE="/sbin/route add 1.2.3.4"', "has no $TARGET$"),
        ('KILL_HOSTS_DENY="ALL: ALL"', "has no $TARGET$"),
        ('KILL_RUN_CMD="/bin/x $TARGET$ $PORT$"', "refused: it uses $PORT$"),
        ('KILL_RUN_CMD="/bin/x $TARGET$ $MODE$"', "refused: it uses $MODE$"),
        ('KILL_RUN_CMD="/bin/x $TARGET$ | mail root"', "refused: it needs a shell"),
        ('KILL_RUN_CMD="/bin/x `id`"', "refused: it needs a shell"),
        ('KILL_RUN_CMD="/bin/x; /bin/y"', "refused: it needs a shell"),
        ('KILL_RUN_CMD="mail root"', "absolute path"),
        ('KILL_RUN_CMD="/bin/x \'a"', "cannot be split"),
        ('KILL_RUN_CMD_FIRST = "1"', "there is no order"),
        ('BLOCK_TCP="x"', "is not 0, 1 or 2"),
        ('RESOLVE_HOST = "1"', "names are not looked up"),
        ('BLOCKED_FILE="/x"', "bans are in the store"),
        ('HISTORY_FILE="x"', "is no absolute path"),
        ('IGNORE_FILE="/x"', "name this file to `scanwarden migrate` too"),
        ('ADVANCED_PORTS_TCP="1024"', "every closed port counts"),
        ('ADVANCED_PORTS_UDP="1024"', "every closed port counts"),
        ('ADVANCED_EXCLUDE_TCP="113"', "not needed"),
        ('ADVANCED_EXCLUDE_UDP="520"', "not needed"),
        ('TCP_PORTS="http,0,70000"', "names no port"),
        ('SCAN_TRIGGER="x"', "is no number"),
        (f'PORT_BANNER="{"x" * 600}"'[:240], "one pair of quotation marks"),
        ("TCP_PORTS=1,2", "one pair of quotation marks"),
        ('K="/bin/x"', "is no directive"),
        ('tcp_ports="1"', "is no directive"),
        ("nonsense", "is no setting"),
    ],
)
def test_what_has_no_equal_says_why(line: str, reason: str) -> None:
    text = text_of(migrate, f'SCAN_TRIGGER="0"\n{line}\n')
    shown = line if len(line) <= 200 else f"{line[:200]}…"
    assert reason in why(text, shown)


@pytest.mark.parametrize(("trigger", "traps_needed"), [("0", 1), ("1", 1), ("2", 2), ("3", 3), ("7", 7), ("100", 100)])
def test_the_trigger_says_how_many_traps_convict(trigger: str, traps_needed: int) -> None:
    weight = section_of(text_of(migrate, f'SCAN_TRIGGER="{trigger}"\n'), TrapsSettings).weight
    assert weight * traps_needed >= 13.8155 > weight * (traps_needed - 1)


@pytest.mark.parametrize(
    ("old", "option"),
    [
        ('ADVANCED_PORTS_TCP="1024"\nTCP_PORTS="1-2"\n', "tcp"),
        ('TCP_PORTS="1-2"\n', "stealth_tcp"),
        ('TCP_MODE="tcp"\nTCP_PORTS="1-2"\n', "tcp"),
        ('TCP_MODE="stcp"\nTCP_PORTS="1-2"\n', "stealth_tcp"),
        ('TCP_MODE=atcp\nTCP_PORTS="1-2"\n', "stealth_tcp"),
        ('UDP_MODE="sudp"\nUDP_PORTS="1-2"\n', "stealth_udp"),
        ('UDP_MODE="udp"\nUDP_PORTS="1-2"\n', "udp"),
    ],
)
def test_the_mode_decides_whether_traps_accept(old: str, option: str) -> None:
    traps = section_of(text_of(migrate, old), TrapsSettings)
    set_to = {name for name in ("tcp", "udp", "stealth_tcp", "stealth_udp") if getattr(traps, name)}
    assert set_to == {option}


def test_a_protocol_that_was_not_watched_has_no_traps() -> None:
    text = text_of(migrate, 'UDP_MODE=""\nUDP_PORTS="1,2"\n')
    assert not section_of(text, TrapsSettings).udp
    assert "did not watch this protocol" in why(text, 'UDP_PORTS="1,2"')


def test_wrong_ports_are_left_out_and_named() -> None:
    text = text_of(migrate, 'TCP_PORTS="1, 2,http,0,99999"\n')
    assert str(section_of(text, TrapsSettings).stealth_tcp) == "1-2"
    assert "left out, as no ports: 'http', 0, '99999'" in text


def test_a_directive_set_twice_counts_once() -> None:
    text = text_of(migrate, 'TCP_PORTS="1"\nTCP_PORTS="2"\n')
    assert str(section_of(text, TrapsSettings).stealth_tcp) == "2"
    assert why(text, 'TCP_PORTS="1"') == "is set again further down"


def test_a_quoted_argument_stays_one() -> None:
    text = text_of(migrate, "KILL_RUN_CMD=\"/bin/x 'two words' a$TARGET$b\"\n")
    assert section_of(text, CommandSettings).ban == ("/bin/x", "two words", "a{source}b")
    assert section_of(text, CommandSettings).unban == ("/bin/true",)
