import pytest

from scanwarden.lab.accuracy.verdict import Truth, false_alarms, judge
from scanwarden.model.records import Record
from tests.unit.lab.accuracy.telling import SCANNER, scan

TRUTH = Truth(sources=(SCANNER,), techniques=frozenset({"tcp_syn"}), tool="nmap")
MEMBERS = (SCANNER, "192.0.2.8", "192.0.2.9")
DECOYS = Truth(sources=MEMBERS, techniques=frozenset({"tcp_syn"}), group="decoys")
GROUP = scan(9, address=None, members=MEMBERS, group="decoys")


@pytest.mark.parametrize(
    ("truth", "records", "faults"),
    [
        (TRUTH, scan(tool="nmap"), []),
        (TRUTH, scan(), []),
        (TRUTH, [], ["not detected"]),
        (TRUTH, scan(address="192.0.2.8"), ["not detected"]),
        (TRUTH, scan(tool="masscan"), ["wrong: tool"]),
        (TRUTH, scan(technique="udp"), ["wrong: technique"]),
        (TRUTH, scan(1) + scan(2), ["wrong: one scan", "wrong: nobody else"]),
        (TRUTH, scan(1) + scan(2, address="192.0.2.8"), ["wrong: one scan", "wrong: nobody else"]),
        (DECOYS, GROUP, []),
        (DECOYS, scan(1, part_of="sw-0000000000000009") + GROUP, []),
        (DECOYS, scan(1, address="192.0.2.8") + GROUP, ["wrong: nobody else"]),
        (DECOYS, scan(9, address=None, members=MEMBERS[:2], group="decoys"), ["wrong: source"]),
        (DECOYS, scan(1), ["not detected"]),
    ],
)
def test_verdict_tells_everything_that_is_wrong(truth: Truth, records: list[Record], faults: list[str]) -> None:
    assert judge("case", truth, records).faults == faults


def test_a_tool_that_nobody_can_know_is_never_wrong() -> None:
    truth = Truth(sources=(SCANNER,), techniques=frozenset({"tcp_syn"}), is_tool_known=False)
    assert judge("case", truth, scan(tool="masscan")).faults == []


def test_verdict_says_how_soon_the_scan_opened_and_by_which_rule() -> None:
    verdict = judge("case", TRUTH, scan(ports="22-24"))
    assert (verdict.contacts, verdict.opened_ms, verdict.rule) == (3, 2.5, "closed_port")


def test_harmless_traffic_is_blamed_on_whom_opened_names() -> None:
    assert false_alarms(scan() + GROUP) == (f"{SCANNER} (tcp_syn)", "a group (decoys) (tcp_syn)")
    assert false_alarms(scan()[1:]) == ()
