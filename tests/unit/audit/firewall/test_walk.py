import pytest

from scanwarden.audit.firewall.spans import Spans, everybody
from tests.unit.audit.firewall.judging import chain, opener, passed, who

ACCEPT = '[{"accept": null}]'
DPORT = '{"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": %s}}'
SADDR = '{"match": {"op": "%s", "left": {"payload": {"protocol": "ip", "field": "saddr"}}, "right": %s}}'
META = '{"match": {"op": "==", "left": {"meta": {"key": "%s"}}, "right": %s}}'
NET = '{"prefix": {"addr": "203.0.113.0", "len": 24}}'


def rule(*parts: str) -> str:
    return f"[{', '.join(parts)}]"


@pytest.mark.parametrize(
    ("text", "is_let_in"),
    [
        (ACCEPT, True),
        (rule(DPORT % "22", '{"accept": null}'), True),
        (rule(DPORT % "23", '{"accept": null}'), False),
        (rule(DPORT % '{"set": [80, {"range": [20, 25]}]}', '{"accept": null}'), True),
        (rule(META % ("iifname", '{"set": ["lo", "et*"]}'), '{"accept": null}'), True),
        (rule(META % ("iifname", '"lo"'), '{"accept": null}'), False),
        (rule(META % ("l4proto", '{"set": ["udp", "icmp", "ipv6-icmp", "gre"]}'), '{"accept": null}'), False),
        (rule('{"match": {"op": "in", "left": {"ct": {"key": "state"}}, "right": ["established", "related"]}}'), False),
        (rule('{"match": {"op": "in", "left": {"ct": {"key": "state"}}, "right": "new"}}', '{"accept": null}'), True),
        (rule('{"limit": {"rate": 5, "per": "second"}}', '{"accept": null}'), True),
        (rule('{"limit": {"rate": 5, "per": "second", "inv": true}}', '{"accept": null}'), False),
        (rule('{"vmap": {"key": {"meta": {"key": "iifname"}}, "data": {"set": [["eth0", {"accept": null}]]}}}'), True),
        (rule('{"match": {"op": "==", "left": {"&": [{"payload": {"protocol": "tcp", "field": "flags"}}, '
              '["syn", "ack"]]}, "right": "syn"}}', '{"accept": null}'), True),
        (rule('{"match": {"op": "==", "left": {"payload": {"protocol": "ip6", "field": "saddr"}}, "right": "::1"}}',
              '{"accept": null}'), False),
        (rule('{"match": {"op": "!=", "left": {"payload": {"protocol": "udp", "field": "dport"}}, "right": 1}}',
              '{"accept": null}'), False),
        (rule('{"match": {"op": "==", "left": {"payload": {"protocol": "icmpv6", "field": "type"}}, '
              '"right": {"set": ["nd-router-advert"]}}}', '{"accept": null}'), False),
        (rule('{"match": {"op": "==", "left": {"payload": {"protocol": "icmp", "field": "type"}}, "right": 8}}',
              '{"accept": null}'), False),
    ],
)  # fmt: skip
def test_a_new_connection_to_port_22_meets_the_rule(text: str, is_let_in: bool) -> None:
    got, lost = passed(chain(text), opener(22))
    assert (who(got) == everybody(4)) is is_let_in
    assert (who(lost) == everybody(4)) is not is_let_in
    assert not any(case.doubts for case in got)


def test_a_rule_about_senders_splits_them() -> None:
    got, lost = passed(chain(rule(SADDR % ("==", NET), '{"accept": null}')), opener(22))
    assert who(got) == Spans.network("203.0.113.0/24")
    assert who(lost) == everybody(4) - Spans.network("203.0.113.0/24")


def test_a_negated_rule_lets_in_the_others() -> None:
    got, _ = passed(chain(rule(SADDR % ("!=", NET), '{"accept": null}')), opener(22))
    assert who(got) == everybody(4) - Spans.network("203.0.113.0/24")


def test_a_set_of_pairs_is_held_pair_by_pair() -> None:
    left = '{"concat": [{"payload": {"protocol": "ip", "field": "saddr"}}, '
    left += '{"payload": {"protocol": "tcp", "field": "dport"}}]}'
    right = '{"set": [{"concat": ["192.0.2.1", 22]}, {"concat": ["192.0.2.2", 23]}]}'
    text = f'[{{"match": {{"op": "==", "left": {left}, "right": {right}}}}}, {{"accept": null}}]'
    assert who(passed(chain(text), opener(22))[0]) == Spans.network("192.0.2.1")


def test_accept_in_one_chain_does_not_save_from_the_next() -> None:
    accepting, refusing = chain(ACCEPT, prio=-10), chain(policy="drop")
    both = type(accepting)((*accepting.tables, *refusing.tables))
    assert not passed(both, opener(22))[0]


def test_what_is_not_understood_is_a_doubt_and_never_a_certainty() -> None:
    text = '[{"xt": {"type": "match", "name": "geoip"}}, {"accept": null}]'
    got, lost = passed(chain(text), opener(22))
    assert who(got) == who(lost) == everybody(4)
    assert all(case.doubts and not case.doubts[0].is_understood for case in (*got, *lost))


def test_an_hour_is_understood_but_not_known() -> None:
    got, _ = passed(chain(rule(META % ("hour", '"9:00"'), '{"accept": null}')), opener(22))
    assert [doubt.is_understood for case in got for doubt in case.doubts] == [True]


def test_a_doubt_that_only_logs_is_forgotten() -> None:
    text = '[{"xt": {"type": "match", "name": "geoip"}}, {"log": null}]'
    got, _ = passed(chain(text, policy="accept"), opener(22))
    assert not any(case.doubts for case in got)


def test_a_set_that_could_not_be_listed_is_a_doubt() -> None:
    got, lost = passed(chain(rule(SADDR % ("==", '"@huge"'), '{"drop": null}'), policy="accept"), opener(22))
    assert who(got) == who(lost) == everybody(4)
    assert all(case.doubts for case in (*got, *lost))


def test_a_published_port_ends_elsewhere_and_only_the_first_translation_counts() -> None:
    first = rule(DPORT % "8080", '{"dnat": {"family": "ip", "addr": "10.0.0.2", "port": 80}}')
    second = rule('{"redirect": {"port": 9}}')
    rules = chain(first, second, policy="accept", hook="prerouting", kind="nat", prio=-100)
    got, _ = passed(rules, opener(8080), "prerouting")
    assert [(case.daddr, case.dport) for case in got] == [(0x0A000002, 80)]
    assert passed(rules, opener(1), "prerouting")[0][0].dport == 9


def test_a_mark_set_before_is_seen_later() -> None:
    setting = chain('[{"mangle": {"key": {"meta": {"key": "mark"}}, "value": 16}}]', hook="prerouting", prio=-150,
                    policy="accept")  # fmt: skip
    asking = chain(rule(META % ("mark", "16"), '{"accept": null}'))
    both = type(asking)((*setting.tables, *asking.tables))
    assert who(passed(both, opener(22))[0]) == everybody(4)
    assert not passed(asking, opener(22))[0]


def test_before_connection_tracking_there_is_no_state() -> None:
    text = rule('{"match": {"op": "in", "left": {"ct": {"key": "state"}}, "right": "new"}}', '{"drop": null}')
    early = chain(text, hook="prerouting", prio=-300, policy="accept")
    late = chain(text, hook="prerouting", prio=-150, policy="accept")
    assert who(passed(early, opener(22))[0]) == everybody(4)
    assert not passed(late, opener(22))[0]


def test_rules_that_jump_in_a_circle_end_in_doubt() -> None:
    got, lost = passed(chain('[{"jump": {"target": "c"}}]', policy="accept"), opener(22))
    assert any(case.doubts for case in (*got, *lost))
