"""Compare every frame the lab builds with scapy, which computes lengths and checksums on its own."""

import pytest

from scanwarden.lab import frames
from scanwarden.lab.frames import Icmp, Icmp6, Raw, Sctp, Tcp, Transport, Udp

scapy = pytest.importorskip("scapy.all", reason="needs scapy, the oracle for packets")

V4, V6 = ("10.77.1.50", "10.77.1.10"), ("fd77:1::50", "fd77:1::10")

TRANSPORTS = [
    Tcp(40000, 80, "S", sequence=7, options=b"\x02\x04\x05\xb4"),
    Tcp(40000, 80, "FPU", payload=b"odd", urgent=3),
    Tcp(40000, 80, "SAEC", acknowledgement=2**32 - 1, window=0),
    Udp(5353, 53, b"question"),
    Udp(40000, 33434, b""),
    Sctp(40000, 80, 1, value=bytes(16)),
    Raw(47, b"\0\0\x08\0"),
]


@pytest.mark.parametrize("transport", TRANSPORTS, ids=repr)
@pytest.mark.parametrize(("source", "destination"), [V4, V6])
def test_packet_is_what_scapy_would_send(transport: Transport, source: str, destination: str) -> None:
    ours = frames.packet(source, destination, transport, ttl=61, ident=9)
    assert _recomputed(ours) == ours


@pytest.mark.parametrize(
    ("message", "addresses"),
    [
        (Icmp(8, 0, b"\0\1\0\2", bytes(56)), V4),
        (Icmp(13, 0, b"\0\1\0\2", bytes(12)), V4),
        (Icmp6(128, 0, b"\0\1\0\2", bytes(56)), V6),
    ],
)
def test_icmp_checksum_is_what_scapy_computes(message: Transport, addresses: tuple[str, str]) -> None:
    ours = frames.packet(*addresses, message)
    assert _recomputed(ours) == ours


@pytest.mark.parametrize(("source", "destination"), [V4, V6])
def test_unreachable_error_quotes_the_packet_and_goes_back_to_its_sender(source: str, destination: str) -> None:
    original = frames.packet(source, destination, Udp(40000, 161, b"x"))
    error = frames.unreachable(destination, original)
    parsed = scapy.IPv6(error) if ":" in source else scapy.IP(error)
    assert (parsed.src, parsed.dst) == (destination, source)
    assert original in error
    assert _recomputed(error) == error


def test_fragments_carry_the_transport_header_in_pieces_of_eight_bytes() -> None:
    segment = Tcp(40000, 80, "S", options=b"\x02\x04\x05\xb4")
    pieces = [scapy.IP(piece) for piece in frames.fragments(*V4, segment)]
    assert [(piece.frag, int(piece.flags.MF)) for piece in pieces] == [(0, 1), (1, 1), (2, 0)]
    assert b"".join(bytes(piece.payload) for piece in pieces) == segment.pack(*V4)


def test_bad_checksum_differs_from_the_good_one_and_in_nothing_else() -> None:
    good, bad = (Tcp(1, 2, has_good_checksum=is_good).pack(*V4) for is_good in (True, False))
    assert good[16:18] != bad[16:18]
    assert good[:16] + good[18:] == bad[:16] + bad[18:]


def test_ipv6_extension_headers_are_chained_in_order() -> None:
    segment = Tcp(40000, 80)
    chain = [(0, b"\0\0\x01\x04\0\0\0\0"), (60, b"\0\0\x01\x04\0\0\0\0")]
    ours = frames.ipv6(*V6, 6, segment.pack(*V6), extensions=chain)
    parsed = scapy.IPv6(ours)
    assert [layer.__name__ for layer in parsed.layers()][:4] == [
        "IPv6",
        "IPv6ExtHdrHopByHop",
        "IPv6ExtHdrDestOpt",
        "TCP",
    ]


def test_arp_request_asks_everybody() -> None:
    frame = frames.arp(1, b"\2" * 6, V4[0], target_mac=bytes(6), target=V4[1])
    parsed = scapy.Ether(frame)
    assert parsed.dst == "ff:ff:ff:ff:ff:ff"
    assert (parsed.op, parsed.psrc, parsed.pdst) == (1, *V4)


def test_neighbour_solicitation_goes_to_the_solicited_node_group() -> None:
    parsed = scapy.Ether(frames.neighbour_solicitation(b"\2" * 6, *V6))
    assert (parsed.dst, parsed["IPv6"].dst) == ("33:33:ff:00:00:10", "ff02::1:ff00:10")
    assert parsed["ICMPv6ND_NS"].tgt == V6[1]


def test_vlan_tag_comes_before_the_ethertype() -> None:
    inner = frames.ethernet(b"\1" * 6, b"\2" * 6, frames.packet(*V4, Udp(1, 2)))
    parsed = scapy.Ether(frames.tagged(inner, 42))
    assert (parsed["Dot1Q"].vlan, parsed["IP"].dst) == (42, V4[1])


def _recomputed(octets: bytes) -> bytes:
    """Let scapy fill in every length and checksum of an IP packet again."""
    parsed = scapy.IPv6(octets) if octets[0] >> 4 == 6 else scapy.IP(octets)
    layer = parsed
    while layer and not isinstance(layer, scapy.NoPayload):
        for field in ("chksum", "cksum", "len", "plen"):
            if field in layer.fields:
                del layer.fields[field]
        if layer.name.startswith("SCTPChunk") or layer.name == "Raw":
            break
        layer = layer.payload
    return bytes(scapy.raw(parsed))
