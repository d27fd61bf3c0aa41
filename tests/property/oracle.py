"""The evidence model once more, as short as it can be said: contacts, weights, outcomes, deadlines.

Written from the model's description, not from the core: a source's first touch of (target, port, class) is a contact;
its outcome is known when the answer comes, or a second later; the weights of a source add up and halve in a day.
"""

import math
from collections.abc import Sequence

from tests.property.attempts import CLOSED, NS_PER_MS, OPEN, STEP_NS, TCP_FLAGS, Attempt

THRESHOLD_NATS = math.log(1e6)
HALF_LIFE_NS = 24 * 3600 * 10**9
MINUTE_NS = 60 * 10**9
ANSWER_WITHIN_NS = 1000 * NS_PER_MS
IMPOSSIBLE, CLOSED_SOON, CLOSED_LATER, UDP_SILENT, LONE_ECHO = 5.0, 3.5, 2.0, 2.0, 0.5


def highest_evidence(attempts: Sequence[Attempt]) -> dict[str, float]:
    """Give for each source the most evidence it ever had, in nats."""
    weighed: list[tuple[int, str, float, tuple[str, int] | None]] = []  # when, who, nats, unless this port was open
    open_since: dict[tuple[str, int], int] = {}
    contacts: set[tuple[object, ...]] = set()
    latest: dict[str, int] = {}
    for attempt in attempts:
        when, source, target, port, kind = attempt
        if kind in {"syn", "half_open"} and attempt.state == OPEN:
            open_since.setdefault((target, port), when + STEP_NS)
            if kind == "half_open" and _is_new(contacts, source, target, port, "abort"):
                weighed.append((when + 2 * STEP_NS, source, CLOSED_SOON, None))
        if not _is_new(contacts, source, target, *_class(attempt)):
            continue
        is_soon = when - latest.get(source, when) <= MINUTE_NS
        latest[source] = when
        answered = when + STEP_NS if attempt.state == CLOSED else when + ANSWER_WITHIN_NS
        if kind in {"syn", "half_open"} and attempt.state != OPEN:
            weighed.append((answered, source, CLOSED_SOON if is_soon else CLOSED_LATER, None))
        elif kind == "fin":
            weighed.append((answered, source, IMPOSSIBLE, (target, port)))
        elif kind in {"null", "xmas"}:
            weighed.append((when, source, IMPOSSIBLE, None))
        elif kind == "udp":
            weighed.append((answered, source, CLOSED_SOON if attempt.state == CLOSED else UDP_SILENT, None))
        elif kind in {"empty_echo", "timestamp", "echo"}:
            weighed.append((when, source, LONE_ECHO if kind == "echo" else CLOSED_SOON, None))
    return _sum_up(weighed, open_since)


def _class(attempt: Attempt) -> tuple[int, str]:
    """Name port and class: a handshake that is broken off begins like any other, and ICMP has no ports."""
    if attempt.kind in TCP_FLAGS or attempt.kind == "udp":
        return attempt.port, "syn" if attempt.kind == "half_open" else attempt.kind
    return 0, "timestamp" if attempt.kind == "timestamp" else "echo"


def _is_new(contacts: set[tuple[object, ...]], *contact: object) -> bool:
    is_new = contact not in contacts
    contacts.add(contact)
    return is_new


def _sum_up(
    weighed: list[tuple[int, str, float, tuple[str, int] | None]], open_since: dict[tuple[str, int], int]
) -> dict[str, float]:
    evidence: dict[str, tuple[int, float]] = {}
    highest: dict[str, float] = {}
    for when, source, nats, port in sorted(weighed, key=lambda one: one[0]):
        if port is not None and open_since.get(port, when) < when:
            continue
        before_ns, before = evidence.get(source, (when, 0.0))
        now = before * 2 ** (-(when - before_ns) / HALF_LIFE_NS) + nats
        evidence[source] = (when, now)
        highest[source] = max(highest.get(source, 0.0), now)
    return highest
