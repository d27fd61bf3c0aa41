"""The tripwire counts knocks on closed ports, and whoever is exempt never comes that far."""

import pytest

from scanwarden.responders.nftables_tripwire.ruleset import TripwireRules, drop_rules, knock_rules, setup


def position(rules: list[str], part: str) -> int:
    return next(number for number, rule in enumerate(rules) if part in rule)


@pytest.mark.parametrize("exempt", ["@protected_v4", "@protected_v6", "@acquainted_v4", "ct direction reply", "lo"])
def test_whoever_is_exempt_is_let_through_before_anything_is_counted_or_dropped(exempt: str) -> None:
    for rules in (drop_rules(TripwireRules()), knock_rules(TripwireRules())):
        assert position(rules, f"{exempt} accept" if exempt != "lo" else 'iifname "lo"') < position(rules, "counter")


def test_published_ports_and_listening_ports_are_let_through_before_counting() -> None:
    rules = knock_rules(TripwireRules())
    for part in ("ct status dnat", "@open_tcp", "established,related", "fib daddr type != local"):
        assert position(rules, part) < position(rules, "counter")


def test_every_set_that_grows_has_a_size() -> None:
    grown = [line for line in setup(TripwireRules(capacity=99)).splitlines() if "dynamic" in line]
    assert len(grown) == 16
    assert all("size 99;" in line or "size 4096;" in line for line in grown)


def test_the_rate_is_what_the_rules_say() -> None:
    rules = knock_rules(TripwireRules(ports=5, per_second=2, hold_s=9))
    counting = [rule for rule in rules if "@suspects" in rule]
    assert all("limit rate over 2/second burst 5 packets" in rule and "timeout 9s" in rule for rule in counting)
