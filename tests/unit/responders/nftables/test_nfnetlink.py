import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanwarden import netlink
from scanwarden.responders.nftables import nfnetlink


def test_an_element_is_laid_out_as_the_kernel_header_says() -> None:
    body = nfnetlink.element_list("t", "s", [(bytes([192, 0, 2, 1]), 600_000)])
    assert body == (
        struct.pack("=HH", 6, 1) + b"t\0\0\0"
        + struct.pack("=HH", 6, 2) + b"s\0\0\0"
        + struct.pack("=HH", 32, 3 | 0x8000)
        + struct.pack("=HH", 28, 1 | 0x8000)
        + struct.pack("=HH", 12, 1 | 0x8000)
        + struct.pack("=HH", 8, 1) + bytes([192, 0, 2, 1])
        + struct.pack("=HH", 12, 4) + (600_000).to_bytes(8, "big")
    )  # fmt: skip


def test_a_batch_is_framed_by_begin_and_end_for_nf_tables() -> None:
    inner = nfnetlink.message(nfnetlink.NFT_MSG_NEWSETELEM, netlink.REQUEST, 7)
    framed = nfnetlink.batch([inner], 6)
    assert framed[:20] == struct.pack("=IHHII", 20, 0x10, 1, 6, 0) + b"\0\0\0\x0a"
    assert framed[20:40] == struct.pack("=IHHII", 20, 0x0A0C, 1, 7, 0) + b"\x01\0\0\0"
    assert framed[40:] == struct.pack("=IHHII", 20, 0x11, 1, 6, 0) + b"\0\0\0\x0a"


@pytest.mark.parametrize("number", [0, 2, 17])
def test_acknowledgements_give_the_errno(number: int) -> None:
    datagram = struct.pack("=IHHIIi", 36, 2, 0, 9, 0, -number) + bytes(16)
    assert list(nfnetlink.replies(datagram)) == [nfnetlink.Reply(9, 2, number, b"")]


def test_the_time_to_live_of_an_element_is_read_back() -> None:
    element = netlink.nested(1, netlink.attribute(5, (1234).to_bytes(8, "big")))
    body = nfnetlink.text(1, "t") + netlink.nested(3, element)
    assert nfnetlink.remaining_ms(body) == 1234


@given(st.binary(max_size=200))
def test_damaged_answers_never_raise(damaged: bytes) -> None:
    for reply in nfnetlink.replies(damaged):
        nfnetlink.remaining_ms(reply.body)
    nfnetlink.remaining_ms(damaged)
    nfnetlink.table_flags(damaged)
    nfnetlink.rule_chain(damaged)
