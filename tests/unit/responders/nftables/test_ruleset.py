from scanwarden.model.address import Prefix
from scanwarden.responders.nftables import ruleset
from scanwarden.responders.nftables.layout import Change


def position(rule_part: str) -> int:
    return next(number for number, rule in enumerate(ruleset.rules()) if rule_part in rule)


def test_replies_and_protected_addresses_are_accepted_before_anything_is_dropped() -> None:
    first_drop = position("drop")
    for accepted in ("ct direction reply", "@protected_v4", "@protected_v6", 'iifname "lo"', "nd-neighbor"):
        assert position(accepted) < first_drop


def test_only_forgeable_bans_spare_established_connections() -> None:
    for rule in ruleset.rules():
        if "drop" in rule:
            assert ("ct state { new, invalid, untracked }" in rule) == ("@forgeable" in rule)


def test_the_chain_runs_after_connection_tracking_and_before_published_ports_are_rewritten() -> None:
    assert "hook prerouting priority -150;" in ruleset.setup(max_bans=10, protected=[])


def test_every_set_of_bans_has_a_size_and_a_timeout() -> None:
    sets = [line for line in ruleset.setup(max_bans=77, protected=[]).splitlines() if line.startswith("add set")]
    bans = [line for line in sets if "protected" not in line]
    assert len(bans) == 10
    assert all("timeout" in line and ("size 77;" in line or "size 8192;" in line) for line in bans)


def test_elements_are_written_as_their_sets_want_them() -> None:
    elements = [(Prefix.parse(text), 1500) for text in ("192.0.2.1", "192.0.2.0/24", "2001:db8::/64", "2001:db8::/48")]
    assert ruleset.changes([Change("add", "s", elements)]) == (
        "add element inet scanwarden s { 192.0.2.1 timeout 2s, 192.0.2.0/24 timeout 2s, "
        "2001:db8:: timeout 2s, 2001:db8::/48 timeout 2s }\n"
    )


def test_a_rehearsal_touches_no_table_of_ours() -> None:
    rehearsed = ruleset.rehearsal(ruleset.setup(max_bans=10, protected=[Prefix.parse("192.0.2.1")]))
    assert rehearsed.startswith("add table inet scanwarden_rehearsal\n")
    assert "inet scanwarden " not in rehearsed
