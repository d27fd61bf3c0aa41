"""The first packet of a flow says who wants what; damage gives nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanwarden.lab import frames
from scanwarden.model.time import Timestamp
from scanwarden.sensors.connections.headers import attempt_of

NOW = Timestamp(7)
SYN = frames.packet("192.0.2.7", "198.51.100.1", frames.Tcp(4000, 22, "S"))
SYN6 = frames.packet("2001:db8::7", "2001:db8::1", frames.Tcp(4000, 22, "S"))


def test_a_tcp_attempt_has_both_ports() -> None:
    for packet, source in ((SYN, "192.0.2.7"), (SYN6, "2001:db8::7")):
        attempt = attempt_of(packet, NOW)
        assert attempt is not None
        assert (attempt.protocol, str(attempt.source), attempt.source_port, attempt.target_port) == (
            "tcp",
            source,
            4000,
            22,
        )
        assert attempt.time == NOW


def test_a_datagram_says_how_much_it_carries_even_if_it_was_cut() -> None:
    packet = frames.packet("192.0.2.7", "198.51.100.1", frames.Udp(4000, 53, b"x" * 300))
    attempt = attempt_of(packet[:40], NOW)
    assert attempt is not None
    assert (attempt.protocol, attempt.target_port, attempt.payload_bytes) == ("udp", 53, 300)


def test_extension_headers_are_passed() -> None:
    hop_by_hop = bytes([6, 0]) + bytes(6)
    packet = SYN6[:4] + (len(SYN6) - 32).to_bytes(2, "big") + bytes([0]) + SYN6[7:40] + hop_by_hop + SYN6[40:]
    attempt = attempt_of(packet, NOW)
    assert attempt is not None
    assert attempt.target_port == 22


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"\x50" + SYN[1:],
        SYN[:21],
        SYN6[:41],
        SYN[:6] + b"\x00\x10" + SYN[8:],
        b"\x44" + SYN[1:],
        SYN[:9] + b"\x2f" + SYN[10:],
    ],
)
def test_damage_later_fragments_and_other_protocols_are_nothing(packet: bytes) -> None:
    assert attempt_of(packet, NOW) is None


@given(st.binary(max_size=120), st.sampled_from([b"\x45", b"\x60", b""]))
def test_any_bytes_are_survived(packet: bytes, first: bytes) -> None:
    attempt_of(first + packet, NOW)
