import pytest

from scanwarden.audit.advice import firewalld, iptables, nft, ufw
from scanwarden.audit.advice.choose import firewall_here, wish_for
from scanwarden.audit.advice.steps import Wish
from scanwarden.audit.advice.text import advice_lines
from scanwarden.audit.firewall.rules import Base, Chain, Decide, Rule, Ruleset, Table
from scanwarden.errors import SensorError
from tests.unit.audit.openings import opening, reach

LOCAL = Wish(port=5432, protocol="tcp", interfaces=("eth0",), versions=(4, 6))
PUBLISHED = Wish(port=8080, protocol="tcp", interfaces=("eth0",), versions=(4,), is_published=True, has_docker=True)

ASKED_FOR = "-m conntrack --ctorigdstport 8080 --ctdir ORIGINAL"


def test_nftables_closes_a_port_in_a_table_of_its_own() -> None:
    advice = nft.advise(LOCAL)
    assert [step.do[:3] for step in advice.steps] == [
        ("nft", "add", "table"),
        ("nft", "add", "chain"),
        ("nft", "add", "rule"),
    ]
    assert advice.steps[-1].do[-1] == 'iifname { "eth0" } fib daddr type local tcp dport 5432 drop'
    assert [step.undo for step in advice.steps if step.undo] == [
        ("nft", "delete", "table", "inet", "scanwarden_closed_tcp_5432")
    ]


@pytest.mark.parametrize(
    ("wish", "commands"),
    [
        (LOCAL, ["iptables -I INPUT -i eth0 -p tcp --dport 5432 -j DROP",
                 "ip6tables -I INPUT -i eth0 -p tcp --dport 5432 -j DROP"]),
        (PUBLISHED, [f"iptables -I DOCKER-USER -i eth0 -p tcp {ASKED_FOR} -j DROP"]),
    ],
)  # fmt: skip
def test_iptables_drops_ahead_of_the_other_rules(wish: Wish, commands: list[str]) -> None:
    advice = iptables.advise(wish)
    assert [step.text for step in advice.steps] == commands
    assert all(step.undo == tuple("-D" if word == "-I" else word for word in step.do) for step in advice.steps)


def test_firewalld_gets_a_rich_rule_for_the_zone_of_the_interface() -> None:
    zones = {"--get-zone-of-interface=eth0": "dmz\n"}
    advice = firewalld.advise(LOCAL, lambda argv: zones[argv[1]])
    assert advice.steps[0].do == (
        "firewall-cmd", "--zone=dmz", '--add-rich-rule=rule port port="5432" protocol="tcp" drop'
    )  # fmt: skip
    assert "--permanent" in advice.lasting[0]


def test_ufw_denies_first() -> None:
    assert ufw.advise(LOCAL).steps[0].text == "ufw prepend deny in on eth0 to any port 5432 proto tcp"


@pytest.mark.parametrize("advise", [firewalld.advise, ufw.advise])
def test_published_ports_are_closed_beside_what_does_not_filter_them(advise: object) -> None:
    advice = firewalld.advise(PUBLISHED, lambda _: "") if advise is firewalld.advise else ufw.advise(PUBLISHED)
    assert "beside" in advice.firewall
    assert advice.notes


def test_commands_are_never_broken_over_lines() -> None:
    lines = list(advice_lines(iptables.advise(PUBLISHED)))
    assert any(line.endswith("-j DROP") and line.startswith("    iptables") for line in lines)


def test_what_is_closed_already_needs_no_advice() -> None:
    with pytest.raises(SensorError, match="not open"):
        wish_for(opening(22, reach(22, "blocked")), 22, Ruleset())


def ruleset(family: str, name: str, policy: str = "accept", *rules: Rule) -> Ruleset:
    base = Base("input", 0, "drop" if policy == "drop" else "accept")
    return Ruleset((Table(family, name, {"INPUT": Chain(rules, base)}),))


@pytest.mark.parametrize(
    ("rules", "name"),
    [
        (Ruleset(), "nftables"),
        (ruleset("inet", "filter"), "nftables"),
        (ruleset("ip", "filter"), "nftables"),
        (ruleset("ip", "filter", "drop"), "iptables"),
        (ruleset("ip", "filter", "accept", Rule((Decide("drop"),), "x")), "iptables"),
    ],
)
def test_the_firewall_is_told_by_its_rules(rules: Ruleset, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanwarden.audit.advice.choose._says", lambda _argv, _word: False)
    assert firewall_here(rules) == name
