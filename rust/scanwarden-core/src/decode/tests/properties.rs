use proptest::collection::vec;
use proptest::prelude::*;

use super::super::{Decoded, Decoder, LinkType, decode};
use super::{text, v4, v6};
use crate::checksum::{Checksum, verify};
use crate::packet::{Packet, TcpFlags};
use crate::predicate::passes;
use crate::testing::{PacketBuilder, arp_frame};

/// One packet of every shape that has code of its own.
fn packets() -> Vec<PacketBuilder> {
    let options = [2, 4, 5, 0xb4, 4, 2, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 1, 3, 3, 10];
    let quoted4 = v4().ip_options(&[1; 4]).udp(5, 6).payload(b"quoted");
    let quoted6 = v6().extension(0, &[0; 7]).tcp(5, 6, 2);
    vec![
        v4().tcp(1, 2, TcpFlags::SYN).tcp_options(&options),
        v4().ip_options(&[1; 40]).tcp(1, 2, TcpFlags::ACK).payload(b"payload"),
        v4().udp(1, 2).payload(b"payload"),
        v4().udp_lite(1, 2, 8).payload(b"payload"),
        v4().icmp(8, 0, 1, 2).payload(&[0; 12]),
        v4().icmp(3, 3, 0, 0).quoting(&quoted4, 99),
        v4().sctp(1, 2, 1),
        v4().protocol(47).payload(b"other"),
        v4().extension(51, &[1; 11]).tcp(1, 2, 0),
        v4().vlan(0x88a8).vlan(0x8100).udp(1, 2),
        v6().tcp(1, 2, TcpFlags::SYN).tcp_options(&options),
        v6().extension(0, &[0; 7]).extension(43, &[0; 7]).extension(44, &[0; 7]).extension(51, &[1; 11]).udp(1, 2),
        v6().icmpv6(1, 4, 0, 0).quoting(&quoted6, 99),
        v6().icmpv6(135, 0, 0, 0).payload(&[0xfe; 16]),
    ]
}

/// What must hold for every packet that is given out.
fn check(packet: &Packet<'_>, bytes: &[u8], original_len: u32) {
    assert!(packet.transport_bytes.len() <= bytes.len());
    assert!(packet.transport_bytes.len() as u32 <= packet.transport_len);
    assert!(packet.transport_len <= original_len.max(bytes.len() as u32).max(65_535));
    if packet.transport_bytes.len() as u32 != packet.transport_len {
        assert_eq!(verify(packet), Checksum::Unknown);
    }
}

fn decode_all(decoder: &mut Decoder, bytes: &[u8], link: LinkType, original_len: u32) {
    let _ = passes(bytes, link);
    if let Ok(packet) = decode(bytes, link, 1, original_len) {
        check(&packet, bytes, original_len);
    }
    if let Decoded::Packet(packet) = decoder.decode(bytes, link, 1, original_len) {
        check(&packet, bytes, original_len);
    }
}

#[test]
fn a_packet_cut_off_anywhere_is_decoded_or_counted() {
    let mut decoder = Decoder::new();
    for link in LinkType::ALL {
        let frames = packets().into_iter().map(|packet| packet.build(link));
        for frame in frames.chain([arp_frame(1, [2; 6], [1; 4], [2; 4])]) {
            for len in 0..=frame.len() {
                let cut = frame.get(..len).unwrap_or_default();
                decode_all(&mut decoder, cut, link, len as u32);
                decode_all(&mut decoder, cut, link, frame.len() as u32);
            }
        }
    }
}

#[test]
fn every_packet_is_decoded_whole_and_alike_by_both_doors() {
    for packet in packets() {
        let frame = packet.ethernet();
        let alone = decode(&frame, LinkType::Ethernet, 7, frame.len() as u32);
        assert!(alone.is_ok(), "{packet:?} {alone:?}");
        let Decoded::Packet(decoded) = Decoder::new().decode(&frame, LinkType::Ethernet, 7, frame.len() as u32) else {
            panic!("{packet:?}")
        };
        assert_eq!(text(Ok(decoded)), text(alone));
    }
}

/// A packet of every shape with some bytes overwritten, behind any link header.
fn damaged() -> impl Strategy<Value = (LinkType, Vec<u8>)> {
    let link = prop::sample::select(LinkType::ALL.to_vec());
    let edits = vec((any::<prop::sample::Index>(), any::<u8>()), 1..8);
    (link, prop::sample::select(packets()), edits).prop_map(|(link, packet, edits)| {
        let mut bytes = packet.build(link);
        let len = bytes.len();
        for (at, value) in edits {
            if let Some(byte) = bytes.get_mut(at.index(len)) {
                *byte = value;
            }
        }
        (link, bytes)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn any_bytes_are_decoded_or_counted(
        link in prop::sample::select(LinkType::ALL.to_vec()),
        bytes in vec(any::<u8>(), 0..200),
        original_len in prop_oneof![0..300_u32, any::<u32>()],
    ) {
        decode_all(&mut Decoder::new(), &bytes, link, original_len);
    }

    #[test]
    fn damaged_packets_are_decoded_or_counted(
        packets in vec(damaged(), 1..20),
        extra_len in prop_oneof![Just(0), 0..2000_u32],
    ) {
        let mut decoder = Decoder::new();
        for (link, bytes) in packets {
            decode_all(&mut decoder, &bytes, link, bytes.len() as u32 + extra_len);
        }
    }
}
