"""Whoever prepares colliding addresses gains nothing, because nobody knows the key of a run.

Cost is counted, not timed: refusals and displacements in the table of sources. That the addresses do collide for one
who knows the key shows that the test could fail.
"""

import functools
import random
from collections.abc import Sequence

from tests.property.attempts import Told, detect
from tests.property.flood import TARGET, random_sources, syn_frames

SOURCES = 12_000
MEMORY_BYTES = 8 << 20
CROWDED = 16  # the prepared addresses share a sixteenth of the buckets
KNOWN_KEY = "0"
KEYS_DRAWN = 8
_WORD = (1 << 64) - 1
_FINISH = 0x9E37_79B9_7F4A_7C15


def hash_without_key(address: int) -> int:
    """Hash an IPv4 address as the core does when its key is zero (both halves are then made 1)."""
    mapped = 0xFFFF_0000_0000 | address
    product = (mapped ^ 1) * _FINISH
    return (product ^ product >> 64) & _WORD


@functools.cache
def prepared() -> tuple[int, ...]:
    """Find addresses whose hashes agree in the first bits of the bucket's number."""
    found: list[int] = []
    for address in random_sources(40 * CROWDED * SOURCES):
        if hash_without_key(address) * CROWDED >> 64 == 0:
            found.append(address)
            if len(found) == SOURCES:
                return tuple(found)
    raise AssertionError("too few addresses")


@functools.cache
def drawn() -> tuple[int, ...]:
    """Draw as many addresses that nobody prepared."""
    return tuple(random.Random(2).sample(range(0x4000_0000, 0x8000_0000), SOURCES))


def losses(sources: Sequence[int], key: str) -> int:
    """Count how often a source found no place, or took another's."""
    told: Told = detect(list(syn_frames(sources)), home=[TARGET], key_hex=key, memory_bytes=MEMORY_BYTES)
    return told.counters["evictions.visits_refused"] + told.counters["evictions.sources_displaced"]


def test_prepared_addresses_cost_no_more_than_random_ones() -> None:
    chance = random.Random(1)
    for _ in range(KEYS_DRAWN):
        key = f"{chance.getrandbits(128):032x}"
        assert losses(prepared(), key) <= 1.5 * losses(drawn(), key)


def test_prepared_addresses_collide_for_one_who_knows_the_key() -> None:
    assert losses(prepared(), KNOWN_KEY) > 3 * losses(drawn(), KNOWN_KEY)
