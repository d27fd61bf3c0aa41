"""The configuration becomes rules, and says who is banned in earnest."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from scanwarden.config import Settings, load
from scanwarden.config.sections.policy import PolicySettings
from scanwarden.daemon.configured import (
    Names,
    detector_from,
    home_from,
    is_enforced,
    may_enforce,
    reading_from,
    rules_from,
    tripwire_from,
)
from scanwarden.daemon.protection import Protection
from scanwarden.detector.face import new_core
from scanwarden.model.address import Prefix
from scanwarden.policy.exempt import Allowlist

NOBODY = Protection(labels={Prefix.parse("192.0.2.1"): "gateway"}, on_link=())


def settings(folder: Path, text: str) -> Settings:
    file = folder / "scanwarden.toml"
    file.write_text(text)
    return load(file)


def test_every_number_of_the_policy_reaches_the_rules(tmp_path: Path) -> None:
    text = """
[policy]
minimum_severity = 3
ladder = ["1 min", "2 min"]
forgeable_ban = "30 s"
group_ban = "5 s"
flood_budget = 7
ipv6_prefix = 56
ipv6_widest = 52
widen_at = 9
[[policy.networks]]
networks = ["10.0.0.0/8"]
minimum_severity = 5
ladder = ["3 s"]
[policy.sensors.live]
minimum_severity = 4
[policy.login_guessing]
action = "ban"
"""
    rules = rules_from(settings(tmp_path, text), NOBODY, Allowlist())
    assert (rules.minimum_severity, rules.ladder_s, rules.forgeable_ban_s, rules.group_ban_s) == (3, (60, 120), 30, 5)
    assert (rules.flood_per_minute, rules.ipv6_prefix, rules.ipv6_widest, rules.widen_at) == (7, 56, 52, 9)
    assert rules.bans_guessers
    assert rules.ladder_for(Prefix.parse("10.1.1.1"), "live:eth0") == (3,)
    assert rules.severity_floor(Prefix.parse("10.1.1.1"), "live:eth0")[0] == 5
    assert rules.severity_floor(Prefix.parse("192.0.2.9"), "live:eth0")[0] == 4
    assert rules.protected.reason(Prefix.parse("192.0.2.1")) == "protected: gateway (192.0.2.1/32)"


@pytest.mark.parametrize(
    ("text", "source", "sensor", "is_real"),
    [
        ("", "192.0.2.9", "live:eth0", False),
        ('[policy]\nmode = "enforce"', "192.0.2.9", "live:eth0", True),
        ('[[policy.networks]]\nnetworks = ["10.0.0.0/8"]\nmode = "enforce"', "10.1.1.1", "live:eth0", True),
        ('[[policy.networks]]\nnetworks = ["10.0.0.0/8"]\nmode = "enforce"', "192.0.2.9", "live:eth0", False),
        ('[policy]\nmode = "enforce"\n[policy.sensors.trap]\nmode = "observe"', "192.0.2.9", "trap:22", False),
        ('[policy.sensors.trap]\nmode = "enforce"', "192.0.2.9", "trap:22", True),
    ],
)
def test_who_is_banned_in_earnest(tmp_path: Path, text: str, source: str, sensor: str, is_real: bool) -> None:
    policy = settings(tmp_path, text).of(PolicySettings)
    assert is_enforced(policy, Prefix.parse(source), sensor) is is_real
    assert may_enforce(policy) or not is_real


def test_names_are_resolved_and_keep_their_addresses_when_the_resolver_fails(tmp_path: Path) -> None:
    entries = settings(tmp_path, '[policy]\nallowlist = ["monitor.example.net ports 22"]').of(PolicySettings).allowlist
    answers: list[Sequence[str]] = [["192.0.2.7", "2001:db8::7"]]

    def resolve(name: str) -> Sequence[str]:
        assert name == "monitor.example.net"
        if not answers:
            raise OSError(11, "Temporary failure in name resolution")
        return answers.pop()

    names = Names(resolve)
    names.look_up(entries)
    names.look_up(entries)
    expected = Allowlist([(Prefix.parse(one), entries[0].ports) for one in ("192.0.2.7", "2001:db8::7")])
    assert names.allowlist(entries) == expected
    assert names.gaps == (
        "the name monitor.example.net on the allowlist has no address now: Temporary failure in name resolution",
    )


def test_the_tripwire_is_set_as_configured(tmp_path: Path) -> None:
    text = '[responders.tripwire]\nports = 7\nper_second = 2\nhold = "9 s"\ncapacity = 99'
    wire = tripwire_from(settings(tmp_path, text))
    assert (wire.ports, wire.per_second, wire.hold_s, wire.capacity) == (7, 2, 9, 99)


def test_every_number_of_the_detector_reaches_it(tmp_path: Path) -> None:
    text = """
[watch]
home = ["198.51.100.0/24"]
[detector]
memory = "8 MiB"
false_alarm_rate = 1e-3
half_life = "2 h"
contact_memory = "3 d"
gateways = ["198.51.100.1"]
knocks = [[7, 8, 9, 10]]
[traps]
tcp = "79"
stealth_tcp = "1-3"
stealth_udp = "69"
weight = 13.8
"""
    found = detector_from(settings(tmp_path, text), NOBODY, sensor="live:eth0")
    assert (found.memory_bytes, found.half_life_s, found.contact_memory_s) == (8 << 20, 7200, 259_200)
    assert found.threshold_nats == pytest.approx(6.9078, abs=1e-3)
    assert (found.trap_ports, found.trap_nats, found.knocks) == (
        ("tcp/1-3", "tcp/79", "udp/69"),
        13.8,
        ((7, 8, 9, 10),),
    )
    assert list(map(str, found.gateways)) == ["192.0.2.1", "198.51.100.1"]
    assert list(map(str, found.home)) == ["198.51.100.0/24"]
    assert new_core(found).counters()["packets"] == 0


def test_home_follows_the_host_unless_it_is_set(tmp_path: Path) -> None:
    moved = Protection(labels={Prefix.parse("203.0.113.9"): "own address (eth0)"}, on_link=())
    assert list(map(str, home_from(settings(tmp_path, ""), moved))) == ["203.0.113.9/32"]
    fixed = '[watch]\nhome = ["10.0.0.0/8"]'
    assert list(map(str, home_from(settings(tmp_path, fixed), moved))) == ["10.0.0.0/8"]


def test_logs_are_read_as_the_configuration_says(tmp_path: Path) -> None:
    text = """
[logs]
refusing = ["VERWORFEN"]
time_zone = "Asia/Tokyo"
[policy.login_guessing]
failures = 3
window = "1 h"
"""
    reading = reading_from(settings(tmp_path, text))
    assert (reading.utc_offset_s, reading.words) == (9 * 3600, (("VERWORFEN", "refused"),))
    assert (reading.max_retry, reading.find_time_s) == (3, 3600)
    off = '[policy.login_guessing]\naction = "off"'
    assert reading_from(settings(tmp_path, off)).max_retry == 0
