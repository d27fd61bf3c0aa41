import pytest

from scanwarden.audit.firewall.iptables_save import tables_of
from scanwarden.audit.firewall.rules import Ruleset
from scanwarden.audit.firewall.spans import Spans, everybody
from tests.unit.audit.firewall.judging import opener, passed, who


def listing(*rules: str, table: str = "filter", chain: str = "INPUT", policy: str = "DROP") -> Ruleset:
    lines = [f"*{table}", f":{chain} {policy} [0:0]", ":MINE - [0:0]", *rules, "COMMIT"]
    sets = {"banned": ["hash:net", "203.0.113.0/24", "2001:db8::/32"]}
    return Ruleset(tuple(tables_of("\n".join(lines), version=4, origin="iptables", ipsets=sets)))


@pytest.mark.parametrize(
    ("rules", "let_in"),
    [
        (["-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT"], everybody(4)),
        (["-A INPUT -p udp -m udp --dport 22 -j ACCEPT"], Spans()),
        (["-A INPUT -p tcp -m tcp ! --dport 22 -j ACCEPT"], Spans()),
        (["-A INPUT -p tcp -m multiport --dports 20:25,80 -j ACCEPT"], everybody(4)),
        (["-A INPUT -s 192.0.2.0/24 -j ACCEPT"], Spans.network("192.0.2.0/24")),
        (["-A INPUT ! -s 192.0.2.0/24 -j ACCEPT"], everybody(4) - Spans.network("192.0.2.0/24")),
        (["-A INPUT -i eth+ -j ACCEPT"], everybody(4)),
        (["-A INPUT ! -i eth0 -j ACCEPT"], Spans()),
        (["-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"], Spans()),
        (["-A INPUT -m state --state NEW -m limit --limit 3/min -j ACCEPT"], everybody(4)),
        (["-A INPUT -p tcp --tcp-flags FIN,SYN,RST,ACK SYN -j ACCEPT"], everybody(4)),
        (["-A INPUT -m set --match-set banned src -j DROP", "-A INPUT -j ACCEPT"],
         everybody(4) - Spans.network("203.0.113.0/24")),
        (["-A INPUT -m iprange --src-range 192.0.2.1-192.0.2.3 -j ACCEPT"],
         Spans.network("192.0.2.2/31") | Spans.network("192.0.2.1")),
        (["-A INPUT -j MINE", "-A MINE -p tcp --dport 22 -j RETURN", "-A MINE -j DROP", "-A INPUT -j ACCEPT"],
         everybody(4)),
        (["-A INPUT -g MINE", "-A INPUT -j ACCEPT"], Spans()),
        (["-A INPUT -p icmp -m icmp --icmp-type 8 -j ACCEPT"], Spans()),
        (["-A INPUT -m recent --rcheck --seconds 30 --name knock -j ACCEPT"], Spans()),
        (['-A INPUT -m comment --comment "a -j DROP b" -j ACCEPT'], everybody(4)),
    ],
)  # fmt: skip
def test_a_new_connection_to_port_22_is_let_in_for(rules: list[str], let_in: Spans) -> None:
    got, lost = passed(listing(*rules), opener(22))
    assert who(got) == let_in
    assert who(lost) == everybody(4) - let_in
    assert not any(case.doubts for case in (*got, *lost))


@pytest.mark.parametrize(
    "rule",
    [
        "-A INPUT -m socket --transparent -j ACCEPT",
        "-A INPUT -m socket -j ACCEPT",
        "-A INPUT -m u32 --u32 0=0 -j ACCEPT",
        "-A INPUT -m geoip --source-country DE -j ACCEPT",
        "-A INPUT -j TPROXY --on-port 1",
        "-A INPUT -j NFQUEUE --queue-num 0",
    ],
)
def test_what_is_not_known_is_a_doubt(rule: str) -> None:
    got, lost = passed(listing(rule), opener(22))
    assert any(not doubt.is_understood for case in (*got, *lost) for doubt in case.doubts)


@pytest.mark.parametrize(
    ("target", "end"),
    [
        ("DNAT --to-destination 172.17.0.2:80", (0xAC110002, 80)),
        ("DNAT --to-destination 172.17.0.2", (0xAC110002, 8080)),
        ("REDIRECT --to-ports 3128", (0xC6336401, 3128)),
    ],
)
def test_translated_destinations(target: str, end: tuple[int, int]) -> None:
    rules = listing(
        f"-A PREROUTING -p tcp -m addrtype --dst-type LOCAL -m tcp --dport 8080 -j {target}",
        table="nat",
        chain="PREROUTING",
        policy="ACCEPT",
    )
    got, _ = passed(rules, opener(8080), "prerouting")
    assert [(case.daddr, case.dport) for case in got] == [end]
