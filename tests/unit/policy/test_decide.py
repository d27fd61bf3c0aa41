import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanwarden.model.address import Address, Prefix
from scanwarden.model.decision import BanSource, Decision, Notify, Spare
from scanwarden.model.detection import Detection, Target
from scanwarden.model.notice import Notice
from scanwarden.model.ports import Ports
from scanwarden.model.time import Timestamp
from scanwarden.policy.decide import decide, decide_members
from scanwarden.policy.exempt import Allowlist, ProtectedSet
from scanwarden.policy.memory import Memory
from scanwarden.policy.rules import Override, Rules
from tests.unit.policy.samples import OTHER_SCAN, SCAN, START, after, detection, group

RULES = Rules(
    allowlist=Allowlist(
        [(Prefix.parse("198.51.100.0/24"), None), (Prefix.parse("192.0.2.8"), Ports.parse("1-1000,53,161"))]
    ),
    protected=ProtectedSet({Prefix.parse("10.77.1.1"): "gateway of eth0", Prefix.parse("2001:db8::1"): "resolver"}),
    on_link=(Prefix.parse("fd77:1::/64"),),
)

FLOODED = Target(address=Address.parse("10.77.1.10"), tcp=Ports.parse("80"))


def ban(decision: Decision | None) -> BanSource:
    assert isinstance(decision, BanSource)
    return decision


def flood(memory: Memory, now: Timestamp) -> None:
    memory.note(Notice(time=now, kind="flood", targets=(FLOODED,), text="", sensor="x"))


@pytest.mark.parametrize(
    ("sample", "kind", "words"),
    [
        (detection("198.51.100.7", verified=True), Spare, "allowlisted by 198.51.100.0/24"),
        (detection("192.0.2.8"), Spare, "allowlisted by 192.0.2.8/32 ports 1-1000"),
        (detection("192.0.2.8", targets=[{"address": "10.0.0.1", "tcp": "22,5000"}]), BanSource, "forgeable"),
        (detection("192.0.2.8", targets=[{"address": "10.0.0.1", "icmp": "8"}]), BanSource, "forgeable"),
        (detection("10.77.1.1", verified=True), Spare, "protected: gateway of eth0 (10.77.1.1/32)"),
        (detection("127.0.0.1"), Spare, "loopback"),
        (detection("224.0.0.5"), Spare, "multicast"),
        (detection("fe80::1", prefix="fe80::1/128"), BanSource, "forgeable"),
        (detection(techniques=["tcp_rst"]), Notify, "only tcp_rst"),
        (detection(techniques=["idle"]), Notify, "only idle"),
        (detection(techniques=["tcp_rst", "tcp_syn"]), BanSource, "forgeable"),
        (detection(event="closed"), type(None), ""),
        (detection(part_of=OTHER_SCAN), Notify, OTHER_SCAN),
        (group("203.0.113.1", "203.0.113.2"), Notify, "group (decoys) of 2 sources"),
        (detection(), BanSource, "spares established connections"),
        (detection(verified=True), BanSource, "rung 1 of 4"),
    ],
)  # fmt: skip
def test_the_answer_names_the_rule_that_decided(sample: Detection, kind: type, words: str) -> None:
    decision = decide(sample, RULES, Memory(), START)
    assert isinstance(decision, kind)
    assert decision is None or words in decision.reason


@pytest.mark.parametrize(
    ("severity", "sensor", "kind"),
    [(2, "live", Notify), (3, "live", BanSource), (3, "traps", Notify), (4, "traps:x", BanSource)],
)
def test_severity_below_the_minimum_is_only_told(severity: int, sensor: str, kind: type) -> None:
    rules = Rules(minimum_severity=3, overrides=(Override(sensor="traps", minimum_severity=4),))
    assert isinstance(decide(detection(severity=severity, sensor=sensor), rules, Memory(), START), kind)


def test_a_network_may_have_a_ladder_of_its_own() -> None:
    rules = Rules(overrides=(Override(networks=(Prefix.parse("203.0.113.0/24"),), ladder_s=(5,)),))
    assert ban(decide(detection(verified=True), rules, Memory(), START)).duration_s == 5
    assert ban(decide(detection("192.0.2.7", verified=True), rules, Memory(), START)).duration_s == 600


def test_repeats_on_verified_evidence_climb_the_ladder_and_stay_at_its_end() -> None:
    memory, now, durations = Memory(), START, []
    for number in range(6):
        sample = detection(verified=True, id=f"sw-000000000000001{number}")
        decision = ban(decide(sample, RULES, memory, now))
        memory.remember(decision, now, scan=sample.id)
        durations.append(decision.duration_s)
        now = now.plus(decision.duration_s + 1)
    assert durations == [600, 3600, 86_400, 604_800, 604_800, 604_800]
    assert ban(decide(detection(verified=True), RULES, memory, now.plus(31 * 86_400))).duration_s == 600


def test_forgeable_evidence_never_climbs() -> None:
    memory, now = Memory(), START
    for _ in range(5):
        decision = ban(decide(detection(), RULES, memory, now))
        assert (decision.duration_s, decision.forgeable, decision.spare_established) == (600, True, True)
        memory.remember(decision, now, scan=SCAN)
        now = now.plus(601)
    assert ban(decide(detection(verified=True), RULES, memory, now)).duration_s == 600


def test_while_a_ban_lasts_the_same_scan_is_not_decided_again_and_another_is_told_so() -> None:
    memory = Memory()
    memory.remember(ban(decide(detection(), RULES, memory, START)), START, scan=SCAN)
    assert decide(detection(), RULES, memory, after(599)) is None
    assert isinstance(decide(detection(id=OTHER_SCAN), RULES, memory, after(599)), Notify)
    assert isinstance(decide(detection(), RULES, memory, after(600)), BanSource)


def test_a_forgeable_ban_is_replaced_once_the_source_is_verified_but_not_the_other_way_round() -> None:
    memory = Memory()
    memory.remember(ban(decide(detection(), RULES, memory, START)), START, scan=SCAN)
    stronger = ban(decide(detection(verified=True), RULES, memory, after(1)))
    assert not stronger.spare_established
    memory.remember(stronger, after(1), scan=SCAN)
    assert decide(detection(), RULES, memory, after(2)) is None


def test_forgeable_bans_have_a_budget_and_verified_ones_have_none() -> None:
    rules, memory = Rules(forgeable_per_minute=3), Memory()
    for last in range(1, 6):
        decision = decide(detection(f"203.0.113.{last}"), rules, memory, after(last))
        assert isinstance(decision, BanSource if last <= 3 else Notify)
        memory.remember(decision, after(last))
    assert isinstance(decide(detection("203.0.113.99", verified=True), rules, memory, after(6)), BanSource)
    assert isinstance(decide(detection("203.0.113.99"), rules, memory, after(61.5)), BanSource)


def test_in_a_flood_only_strong_evidence_beside_it_earns_one_of_sixteen_bans() -> None:
    memory = Memory()
    flood(memory, START)
    assert isinstance(decide(detection(nats=27.5), RULES, memory, after(1)), Notify)
    flooded = [{"rule": "x", "contact": "tcp/80 at 10.77.1.10", "outcome": "filtered", "nats": 3.5, "time": str(START)}]
    evidence = {"nats": 30.0, "threshold": 13.8, "parts": flooded, "parts_left_out": 0}
    assert isinstance(decide(detection(evidence=evidence), RULES, memory, after(1)), Notify)
    kinds = []
    for last in range(1, 20):
        decision = decide(detection(f"203.0.113.{last}", nats=28.0), RULES, memory, after(1))
        memory.remember(decision or Notify(reason=""), after(1))
        kinds.append(type(decision))
    assert kinds == [BanSource] * 16 + [Notify] * 3
    assert isinstance(decide(detection("192.0.2.77"), RULES, memory, after(121)), BanSource)


def test_a_flood_is_learnt_from_its_notice() -> None:
    memory = Memory()
    notice = Notice(id=None, time=START, kind="flood", text="", sensor="x")
    memory.note(notice)
    assert memory.flood.is_on(after(59))
    assert not memory.flood.is_on(after(60))


@pytest.mark.parametrize(
    ("address", "prefix", "banned"),
    [
        ("203.0.113.9", None, "203.0.113.9/32"),
        ("2a00:1:2:3::9", None, "2a00:1:2:3::/64"),
        ("2a00:1:2:3::9", "2a00:1:2:3::9/128", "2a00:1:2:3::9/128"),
        ("fd77:1::9", None, "fd77:1::9/128"),
        ("fe80::9", None, "fe80::9/128"),
        ("64:ff9b::cb00:7109", None, "64:ff9b::cb00:7109/128"),
        ("2001:db8::9", None, "2001:db8::9/128"),
    ],
)
def test_a_ban_covers_one_customer_and_never_somebody_protected(address: str, prefix: str | None, banned: str) -> None:
    assert str(ban(decide(detection(address, prefix=prefix), RULES, Memory(), START)).source) == banned


def test_a_verified_source_that_changes_its_network_is_banned_wider_step_by_step() -> None:
    memory, banned = Memory(), []
    for number in range(16):
        sample = detection(
            f"2a00:1:2:{number // 4 * 256 + number % 4:x}::1", verified=True, id=f"sw-00000000000000{number:02x}"
        )
        decision = ban(decide(sample, RULES, memory, START))
        memory.remember(decision, START, scan=sample.id)
        banned.append(decision.source.length)
    assert banned[:4] == [64, 64, 64, 56]
    assert banned[-1] == 48
    forged = decide(detection("2a00:1:3::1"), RULES, memory, START)
    assert ban(forged).source.length == 64


def test_forged_neighbours_never_widen_a_ban() -> None:
    memory = Memory()
    for number in range(8):
        decision = ban(decide(detection(f"2a00:1:2:{number}::1"), RULES, memory, START))
        memory.remember(decision, START)
        assert decision.source.length == 64


def test_members_of_a_distributed_scan_are_spared_if_known_and_get_a_minute_otherwise() -> None:
    members = ("203.0.113.1", "203.0.113.2", "10.77.1.1", "198.51.100.4", "2a00:1:2:3::9")
    sample = group(*members, kind="distributed", acquainted="203.0.113.1")
    judged = [decision for _, decision in decide_members(sample, RULES, Memory(), START)]
    assert [type(decision) for decision in judged] == [Spare, BanSource, Spare, Spare, BanSource]
    assert "acquainted" in judged[0].reason
    for decision, source in ((judged[1], "203.0.113.2/32"), (judged[4], "2a00:1:2:3::/64")):
        assert (str(ban(decision).source), ban(decision).duration_s) == (source, 60)
        assert ban(decision).spare_established


@pytest.mark.parametrize("verified", [False, True])
def test_an_acquaintance_is_banned_for_a_minute_at_most_whatever_is_sent_in_its_name(verified: bool) -> None:
    decision = ban(decide(detection(verified=verified, acquainted=True), RULES, Memory(), START))
    assert (decision.duration_s, decision.forgeable, decision.spare_established) == (60, True, True)
    assert "acquaintance" in decision.reason
    unwilling = Rules(group_ban_s=0)
    assert isinstance(decide(detection(verified=verified, acquainted=True), unwilling, Memory(), START), Notify)


@pytest.mark.parametrize("verified", [False, True])
def test_decoys_are_never_banned_for_the_sake_of_the_group(verified: bool) -> None:
    sample = group("203.0.113.1", "203.0.113.2", "2a00:1:2:3::9", verified=verified)
    judged = [decision for _, decision in decide_members(sample, RULES, Memory(), START)]
    assert [type(decision) for decision in judged] == [Spare, Spare, Spare]


def test_members_share_the_budget_and_their_number_is_bounded() -> None:
    crowd = group(*(f"203.0.{number // 250}.{number % 250 + 1}" for number in range(300)), kind="distributed")
    judged = decide_members(crowd, Rules(forgeable_per_minute=10), Memory(), START)
    assert len(judged) == 256
    assert sum(isinstance(decision, BanSource) for _, decision in judged) == 10
    assert decide_members(detection(), RULES, Memory(), START) == ()


def test_group_bans_can_be_switched_off() -> None:
    judged = decide_members(group("203.0.113.1", kind="distributed"), Rules(group_ban_s=0), Memory(), START)
    assert isinstance(judged[0][1], Notify)


never_banned = [
    Prefix.parse(text) for text in ("198.51.100.0/24", "10.77.1.1", "127.0.0.0/8", "2001:db8::1", "ff00::/8")
]
addresses = st.one_of(
    st.integers(0, 2**32 - 1).map(lambda number: Address(number.to_bytes(4, "big"))),
    st.integers(0, 2**128 - 1).map(lambda number: Address(number.to_bytes(16, "big"))),
    st.tuples(st.sampled_from(never_banned), st.integers(0, 255)).map(
        lambda pick: Address(
            pick[0].packed[:-1] + bytes([pick[0].packed[-1] | (pick[1] if pick[0].length <= 24 else 0)])
        )
    ),
)


@given(st.lists(st.tuples(addresses, st.booleans()), max_size=12))
def test_nobody_protected_or_allowed_is_ever_banned(sources: list[tuple[Address, bool]]) -> None:
    memory = Memory()
    for number, (address, verified) in enumerate(sources):
        sample = detection(
            str(address), prefix=str(address.prefix(64 if address.version == 6 else 32)), verified=verified
        )
        decision = decide(sample, RULES, memory, after(number))
        memory.remember(decision or Notify(reason=""), after(number), scan=SCAN)
        if isinstance(decision, BanSource):
            assert not any(network.overlaps(decision.source) for network in never_banned)
            assert 0 < decision.duration_s <= 7 * 86_400
