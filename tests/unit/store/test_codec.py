"""What is written compactly reads back the same."""

from typing import get_args

import pytest

from scanwarden.errors import StoreError
from scanwarden.model.detection import Technique
from scanwarden.store.codec import TECHNIQUES, pack, technique_bits, techniques_of, unpack_notice, unpack_statement
from tests.unit.store.records import notice, statement


def test_every_technique_has_a_bit_of_its_own() -> None:
    assert set(TECHNIQUES) == set(get_args(Technique))
    assert len({technique_bits((name,)) for name in TECHNIQUES}) == len(TECHNIQUES)


def test_techniques_read_back_from_their_bits() -> None:
    assert techniques_of(technique_bits(("udp", "tcp_syn"))) == ("tcp_syn", "udp")
    assert techniques_of(technique_bits(TECHNIQUES)) == TECHNIQUES


@pytest.mark.parametrize("event", ["opened", "updated", "closed"])
def test_a_statement_reads_back_as_it_was(event: str) -> None:
    made = statement(7, event, udp="53", reason="technique udp", prefix="2001:db8::/64", source="2001:db8::9")
    assert unpack_statement(pack(made)) == made


def test_a_group_and_a_notice_read_back_as_they_were() -> None:
    group = statement(source=None, members=("203.0.113.1", "203.0.113.2"), group="decoys")
    assert unpack_statement(pack(group)) == group
    assert unpack_notice(pack(notice())) == notice()


@pytest.mark.parametrize("body", [b"", b"nonsense", pack(notice())[:-4] + b"abcd", pack(notice())])
def test_a_damaged_body_is_a_store_error(body: bytes) -> None:
    with pytest.raises(StoreError, match="is damaged"):
        unpack_statement(body)
