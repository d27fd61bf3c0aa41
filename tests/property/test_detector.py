"""The detector does what the model says, whatever the order inside a burst and however it is fed."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from scanwarden.lab.pcap import TimedFrame
from tests.property.attempts import NS_PER_MS, Attempt, Told, attempts, detect, frames_of
from tests.property.oracle import THRESHOLD_NATS, highest_evidence

TOO_CLOSE_NATS = 0.03  # the core sums in 32 bits and lets a second pass before it counts decay
ORDERLY = ("syn", "half_open", "null", "xmas", "udp", "empty_echo", "echo", "timestamp")
BURST_NS = 25 * NS_PER_MS


def frames(drawn: Sequence[Attempt]) -> list[TimedFrame]:
    return sorted(frame for number, attempt in enumerate(drawn) for frame in frames_of(attempt, number))


@examples(max_examples=300)
@given(attempts())
def test_the_sources_that_open_are_those_of_the_model(drawn: list[Attempt]) -> None:
    highest = highest_evidence(drawn)
    opened = detect(frames(drawn)).opened
    for source, nats in highest.items():
        if abs(nats - THRESHOLD_NATS) > TOO_CLOSE_NATS:
            assert (source in opened) == (nats >= THRESHOLD_NATS), f"{source} had {nats:.2f} nats"
    assert opened <= highest.keys()


@examples(max_examples=150)
@given(attempts(kinds=ORDERLY), st.randoms(use_true_random=False))
def test_order_inside_a_burst_does_not_matter(drawn: list[Attempt], chance: random.Random) -> None:
    told = [(attempt.source, frames_of(attempt, number)) for number, attempt in enumerate(drawn)]
    in_order = [(time_ns, source, frame) for source, those in told for time_ns, frame in those]
    assert detect(shuffled(in_order, chance)).opened == detect(frames(drawn)).opened


def shuffled(packets: list[tuple[int, str, bytes]], chance: random.Random) -> list[TimedFrame]:
    """Change the order of packets of different sources within each burst; each source keeps its own order."""
    result: list[TimedFrame] = []
    burst: list[tuple[int, str, bytes]] = []
    for one in [*packets, (1 << 63, "", b"")]:
        if burst and one[0] - burst[0][0] > BURST_NS:
            streams = {source: [frame for _, whose, frame in burst if whose == source] for _, source, _ in burst}
            order = [source for _, source, _ in burst]
            chance.shuffle(order)
            times = (time_ns for time_ns, _, _ in burst)
            result += [(time_ns, streams[source].pop(0)) for time_ns, source in zip(times, order, strict=True)]
            burst = []
        burst.append(one)
    return result


@examples(max_examples=60)
@given(attempts(), st.integers(1, 9))
def test_the_size_of_the_bites_does_not_matter(drawn: list[Attempt], max_packets: int) -> None:
    assert detect(frames(drawn), max_packets=max_packets) == detect(frames(drawn))


@examples(max_examples=60)
@given(attempts())
def test_the_same_capture_gives_the_same_events_twice(drawn: list[Attempt]) -> None:
    assert detect(frames(drawn)) == detect(frames(drawn))


@examples(max_examples=60)
@given(attempts(), st.sampled_from([1 << 20, 1 << 21, 1 << 24, 32 << 20]))
def test_every_packet_is_accounted_for_and_the_budget_holds(drawn: list[Attempt], memory_bytes: int) -> None:
    sent = frames(drawn)
    told = detect(sent, memory_bytes=memory_bytes)
    counters = told.counters
    assert counters["captured"] == len(sent)
    assert counters["passed"] == counters["packets"] + counters["fragments_pending"] + malformed(told)
    assert counters["scans_opened"] == counters["scans_closed"] == kinds(told).count("opened")
    assert kinds(told).count("closed") == kinds(told).count("opened")
    assert told.table_bytes <= memory_bytes


def malformed(told: Told) -> int:
    return sum(count for name, count in told.counters.items() if name.startswith("malformed."))


def kinds(told: Told) -> list[str]:
    return [event["event"] for event in told.events]


@pytest.mark.parametrize("excess", [-1, 0])
def test_the_oracle_knows_where_the_threshold_is(excess: int) -> None:
    ports = [port for port in range(600, 620) if port % 3 == 1][: 4 + excess]
    drawn = [Attempt(10**18 + port * NS_PER_MS, "192.0.2.7", "198.51.100.10", port, "syn") for port in ports]
    assert (highest_evidence(drawn)["192.0.2.7"] >= THRESHOLD_NATS) is (excess == 0)
