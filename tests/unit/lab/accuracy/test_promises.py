from collections.abc import Sequence

import msgspec
import pytest

from scanwarden.lab.accuracy.live import Quiet
from scanwarden.lab.accuracy.promises import Promise, coverage, promises
from scanwarden.lab.accuracy.results import Results
from scanwarden.lab.accuracy.synthesised import Alarms
from scanwarden.lab.accuracy.verdict import Truth, Verdict
from scanwarden.lab.scans import RealScan


def verdict(name: str, *techniques: str, tool: str | None = "nmap", **said: object) -> Verdict:
    truth = Truth(sources=("192.0.2.7",), techniques=frozenset(techniques), tool=tool)
    right = Verdict(
        name=name,
        truth=truth,
        scans=1,
        is_detected=True,
        source_is_right=True,
        techniques=techniques,
        tool=tool,
        contacts=4,
        opened_ms=1.0,
        rule="closed_port",
    )
    return msgspec.structs.replace(right, **said)


def real(name: str, *techniques: str, tool: str | None = "nmap", **said: object) -> tuple[RealScan, Verdict]:
    scan = RealScan(name=name, command=name, techniques=techniques, tool=tool)
    return scan, verdict(name, *techniques, tool=tool, **said)


WHOLE = real("everything_nmap", "tcp_syn", "udp", stages=("ports", "version", "os"))
EVERYTHING = Results(
    scans=(
        WHOLE,
        real("null_nmap", "tcp_null", contacts=3, rule="impossible_flags"),
        *(real(f"syn_{tool}", "tcp_syn", tool=tool) for tool in ("masscan", "zmap", "hping3", "connect")),
    ),
    traffic=(Quiet(name="ping", command="ping", replays_alike=True),),
    crafted=((verdict("slow", "tcp_syn", contacts=7),),),
    workloads=(Alarms(name="pages", summary="pages", runs=20),),
    decoys={3: (verdict("decoys_3_run_1", "tcp_syn"),)},
)


def broken(results: Results) -> set[str]:
    return {promise.text for promise in promises(results) if not promise.holds}


def only(results: Results) -> str:
    """Give the one promise that is broken besides techniques, of which the example has but a few."""
    (text,) = broken(results) - broken(EVERYTHING)
    return text


def with_scans(*scans: tuple[RealScan, Verdict]) -> Results:
    return msgspec.structs.replace(EVERYTHING, scans=scans)


def test_only_missing_techniques_break_a_promise_of_the_example() -> None:
    assert [text.partition(" is ")[0] for text in broken(EVERYTHING)] == ["Every technique"]


def test_a_false_alarm_breaks_a_promise() -> None:
    loud = Alarms(name="pages", summary="pages", runs=20, with_home=("seed 3: 192.0.2.1 (udp)",))
    assert only(msgspec.structs.replace(EVERYTHING, workloads=(loud,))).startswith("No false alarm over synthesised")


def test_an_alarm_where_home_was_inferred_is_reported_and_breaks_none() -> None:
    loud = Alarms(name="pages", summary="pages", runs=20, with_inferred_home=("seed 3: 192.0.2.1 (udp)",))
    assert broken(msgspec.structs.replace(EVERYTHING, workloads=(loud,))) == broken(EVERYTHING)


@pytest.mark.parametrize(
    "quiet",
    [
        Quiet(name="ping", command="ping", replays_alike=True, alarms=("192.0.2.1 (udp)",)),
        Quiet(name="ping", command="ping", replays_alike=False),
        Quiet(name="ping", command="ping", replays_alike=True, failure="ping is missing"),
    ],
)
def test_a_harmless_program_that_is_blamed_differs_or_fails_breaks_a_promise(quiet: Quiet) -> None:
    assert only(msgspec.structs.replace(EVERYTHING, traffic=(quiet,))).startswith("No false alarm over harmless real")


def test_a_scan_that_opens_late_breaks_the_median() -> None:
    late = [msgspec.structs.replace(said, contacts=5) if said.rule == "closed_port" else said for _, said in scans()]
    changed = with_scans(*((scan, said) for (scan, _), said in zip(scans(), late, strict=True)))
    assert only(changed) == "The median scan by closed ports opens after at most 4 distinct contacts"


@pytest.mark.parametrize(
    "said",
    [{"scans": 2}, {"stages": ("ports",)}, {"tool": None}, {"techniques": ("tcp_syn",)}, {"is_detected": False}],
)
def test_the_whole_scan_must_be_one_with_its_stages_and_tool(said: dict[str, object]) -> None:
    changed = WHOLE[0], msgspec.structs.replace(WHOLE[1], **said)
    assert any("nmap -A -p-" in text for text in broken(with_scans(changed, *scans()[1:])))


def test_a_decoy_reported_on_its_own_breaks_a_promise() -> None:
    run = verdict("decoys_3_run_1", "tcp_syn", false_alarms=("192.0.2.9",))
    changed = msgspec.structs.replace(EVERYTHING, decoys={3: (run,)})
    assert only(changed) == "`nmap -D` with 3 decoys is reported as one group, and nobody on their own"


def test_a_wrong_name_of_a_tool_breaks_a_promise_and_none_does_not() -> None:
    scan, said = real("syn_nping", "tcp_syn", tool=None)
    assert broken(with_scans(*scans(), (scan, said))) == broken(EVERYTHING)
    named = with_scans(*scans(), (scan, msgspec.structs.replace(said, tool="nmap")))
    assert any(text.startswith("No scan is given the name") for text in broken(named))


@pytest.mark.parametrize(
    ("commands", "named", "is_covered"),
    [(1, 1, True), (2, 1, False), (2, 2, True), (3, 2, True), (0, 0, False)],
)
def test_a_technique_needs_two_commands_where_two_exist(commands: int, named: int, is_covered: bool) -> None:
    entries = [real(f"udp_{number}", "udp") for number in range(commands)]
    unnamed = [(scan, msgspec.structs.replace(said, techniques=("tcp_syn",))) for scan, said in entries[named:]]
    results = msgspec.structs.replace(EVERYTHING, scans=(*entries[:named], *unnamed), crafted=())
    (udp,) = [one for one in coverage(results) if one.technique == "udp"]
    assert udp.is_covered is is_covered


def scans() -> Sequence[tuple[RealScan, Verdict]]:
    return EVERYTHING.scans


def test_nothing_measured_keeps_no_promise_about_scans() -> None:
    nothing = Results(scans=(), traffic=(), crafted=(), workloads=(), decoys={3: ()})
    kept: list[Promise] = [promise for promise in promises(nothing) if promise.holds]
    assert all(promise.measured.startswith(("0 ", "0 of 0")) for promise in kept)
