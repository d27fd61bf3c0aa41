import msgspec

from scanwarden.lab.accuracy.synthesised import crafted_verdicts, workload_alarms
from scanwarden.lab.crafted import CRAFTED, CraftedScan, Truth
from scanwarden.lab.harmless import WORKLOADS, Workload
from scanwarden.lab.scene import Scene

SYN = next(scan for scan in CRAFTED if scan.name == "syn")
FLOOD = next(workload for workload in WORKLOADS if workload.notice == "flood")


def play_syn(scene: Scene) -> None:
    """Play a scan where harmless traffic is expected."""
    SYN.play(scene)


def play_wrongly_named(scene: Scene) -> Truth:
    """Play a SYN scan and claim that it is a UDP scan."""
    return msgspec.structs.replace(SYN.play(scene), techniques=frozenset({"udp"}))


def test_each_seed_of_a_scan_has_its_verdict() -> None:
    verdicts = crafted_verdicts(SYN, (0, 1, 2))
    assert [verdict.faults for verdict in verdicts] == [[]] * 3
    assert len({verdict.truth.sources for verdict in verdicts}) == 3


def test_a_scan_that_is_not_what_it_claims_is_a_fault() -> None:
    (verdict,) = crafted_verdicts(CraftedScan("syn", "SYN as UDP", play_wrongly_named), (0,))
    assert verdict.faults == ["wrong: technique"]


def test_a_workload_that_is_blamed_tells_seed_and_technique() -> None:
    alarms = workload_alarms(Workload("pretended", "a scan", play_syn), (0, 4))
    assert [text.partition(": ")[0] for text in alarms.with_home] == ["seed 0", "seed 4"]
    assert all(text.endswith("(tcp_syn)") for text in (*alarms.with_home, *alarms.with_inferred_home))


def test_a_missing_notice_is_told_by_its_seed() -> None:
    assert workload_alarms(FLOOD, (3,)).missing_notices == ()
    unexpected = msgspec.structs.replace(FLOOD, notice=None)
    assert workload_alarms(unexpected, (3,)).missing_notices == (3,)
