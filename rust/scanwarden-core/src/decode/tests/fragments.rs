use proptest::prelude::*;

use super::super::{Decoded, Decoder, LinkType, Malformed};
use super::{patch, v4, v6};
use crate::packet::{Packet, Tcp, TcpFlags, Transport};
use crate::testing::PacketBuilder;
use crate::tricks::Tricks;

const LINK: LinkType = LinkType::Ethernet;
const SECOND: u64 = 1_000_000_000;
const SYN_OPTIONS: [u8; 20] = [2, 4, 5, 0xb4, 4, 2, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 1, 3, 3, 10];

fn feed<'a>(decoder: &mut Decoder, frame: &'a [u8], time_ns: u64) -> Decoded<'a> {
    decoder.decode(frame, LINK, time_ns, frame.len() as u32)
}

/// Feed all frames; return the packets that come out, each with the number of the frame that gave it, and the reasons.
fn feed_all<'a>(decoder: &mut Decoder, frames: &'a [Vec<u8>]) -> (Vec<(usize, Packet<'a>)>, Vec<Malformed>) {
    let (mut packets, mut reasons) = (Vec::new(), Vec::new());
    for (number, frame) in frames.iter().enumerate() {
        match feed(decoder, frame, number as u64) {
            Decoded::Packet(packet) => packets.push((number, packet)),
            Decoded::Malformed(reason) => reasons.push(reason),
            Decoded::Pending => {}
        }
    }
    (packets, reasons)
}

fn tcp_of(packet: &Packet<'_>) -> Tcp {
    match packet.transport {
        Transport::Tcp(tcp) => tcp,
        other => panic!("{other:?}"),
    }
}

fn syn(base: PacketBuilder) -> PacketBuilder {
    base.tcp(40000, 443, TcpFlags::SYN).tcp_numbers(0xdead_beef, 0).tcp_options(&SYN_OPTIONS)
}

#[test]
fn tiny_fragments_give_the_header_once_it_is_complete() {
    // 40 bytes of header: five fragments of 8 bytes (`nmap -f`), or three of 16 (`nmap -ff`).
    for (base, size, count) in [(v4(), 8, 5), (v4(), 16, 3), (v6(), 8, 5), (v6(), 16, 3)] {
        let whole = syn(base.clone()).ethernet();
        let Decoded::Packet(expected) = feed(&mut Decoder::new(), &whole, 0) else { panic!("a whole SYN must decode") };
        let frames = syn(base).fragments(LINK, size);
        assert_eq!(frames.len(), count);
        let mut decoder = Decoder::new();
        let (packets, reasons) = feed_all(&mut decoder, &frames);
        let [(number, packet)] = packets.as_slice() else { panic!("{packets:?} {reasons:?}") };
        assert_eq!((*number, reasons), (count - 1, vec![]));
        assert_eq!(tcp_of(packet), tcp_of(&expected));
        assert_eq!((packet.source, packet.destination), (expected.source, expected.destination));
        assert!(packet.ip.is_fragment);
        assert_eq!((packet.ip.ttl, packet.transport_len, packet.transport_bytes.len()), (57, 40, 0));
        assert_eq!(decoder.reassembler.counters().assembled, 1);
    }
}

#[test]
fn the_order_of_fragments_does_not_matter() {
    for base in [v4(), v6()] {
        let frames = syn(base).fragments(LINK, 16);
        let [a, b, c] = frames.as_slice() else { panic!("{frames:?}") };
        for order in [[a, b, c], [a, c, b], [b, a, c], [b, c, a], [c, a, b], [c, b, a]] {
            let frames = order.map(Clone::clone);
            let (packets, _) = feed_all(&mut Decoder::new(), &frames);
            let [(number, packet)] = packets.as_slice() else { panic!("{packets:?}") };
            assert_eq!(*number, 2);
            assert_eq!(tcp_of(packet).options.layout, 0x3_1842);
        }
    }
}

#[test]
fn a_datagram_is_told_by_its_first_fragment_alone_when_the_header_is_in_it() {
    for base in [v4(), v6()] {
        let frames = base.udp(53, 4000).payload(&[7; 3000]).fragments(LINK, 1480);
        let (packets, reasons) = feed_all(&mut Decoder::new(), &frames);
        let [(0, packet)] = packets.as_slice() else { panic!("{packets:?} {reasons:?}") };
        let Transport::Udp(udp) = packet.transport else { panic!("{packet:?}") };
        assert_eq!((udp.destination_port, udp.payload_len, udp.payload.len()), (4000, 3000, 1472));
        assert!(packet.ip.is_fragment && packet.transport_bytes.is_empty());
    }
}

#[test]
fn the_options_are_awaited_before_a_segment_is_told() {
    let frames = syn(v4()).payload(&[1; 40]).fragments(LINK, 24);
    let mut decoder = Decoder::new();
    let (packets, _) = feed_all(&mut decoder, &frames);
    assert_eq!(packets.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1]);
}

#[test]
fn a_later_datagram_with_the_same_identification_is_told_again() {
    let mut decoder = Decoder::new();
    for base in [v4(), v6()] {
        for _ in 0..3 {
            let frames = syn(base.clone()).fragments(LINK, 8);
            let (packets, _) = feed_all(&mut decoder, &frames);
            assert_eq!(packets.len(), 1);
        }
    }
}

#[test]
fn datagrams_that_differ_in_one_part_of_the_key_do_not_mix() {
    let others = [
        v4().id(2),
        PacketBuilder::new("192.0.2.9", "198.51.100.2"),
        PacketBuilder::new("192.0.2.1", "198.51.100.9"),
        v4().id(1).protocol(17),
    ];
    for other in others {
        let mut decoder = Decoder::new();
        let first = v4().id(1).tcp(1, 2, TcpFlags::SYN).fragments(LINK, 8);
        let second = other.payload(&[0; 24]).fragments(LINK, 8);
        let mixed: Vec<_> = first.iter().take(1).chain(second.get(1..).unwrap_or_default()).cloned().collect();
        let (packets, _) = feed_all(&mut decoder, &mixed);
        assert!(packets.is_empty(), "{packets:?}");
    }
}

#[test]
fn ipv4_keeps_what_came_first_under_an_overlap() {
    let header = v4().tcp(40000, 80, TcpFlags::SYN).payload(&[0; 4]).ip_packet();
    let forged = v4().tcp(40000, 443, TcpFlags::ACK).payload(&[0; 4]).ip_packet();
    let part = |bytes: &[u8], from: usize, to: usize| bytes.get(20 + from..20 + to).unwrap_or_default().to_vec();
    let frames = [
        v4().protocol(6).fragment(LINK, &part(&header, 0, 16), 0, true),
        v4().protocol(6).fragment(LINK, &part(&forged, 0, 16), 0, true),
        v4().protocol(6).fragment(LINK, &part(&header, 16, 24), 16, false),
    ];
    let mut decoder = Decoder::new();
    let (packets, reasons) = feed_all(&mut decoder, &frames);
    let [(2, packet)] = packets.as_slice() else { panic!("{packets:?} {reasons:?}") };
    assert_eq!((tcp_of(packet).destination_port, tcp_of(packet).flags.0), (80, TcpFlags::SYN));
    assert_eq!(decoder.reassembler.counters().overlaps, 1);
}

#[test]
fn ipv6_discards_a_datagram_whose_fragments_overlap() {
    let bytes = v6().tcp(40000, 80, TcpFlags::SYN).payload(&[0; 4]).ip_packet();
    let part = |from: usize, to: usize| bytes.get(40 + from..40 + to).unwrap_or_default().to_vec();
    let base = v6().protocol(6);
    let frames = [
        base.fragment(LINK, &part(0, 16), 0, true),
        base.fragment(LINK, &part(8, 24), 8, false),
        base.fragment(LINK, &part(16, 24), 16, false),
        base.fragment(LINK, &part(0, 16), 0, true),
    ];
    let mut decoder = Decoder::new();
    let (packets, reasons) = feed_all(&mut decoder, &frames);
    assert_eq!((packets.len(), reasons), (0, vec![Malformed::FragmentOverlap]));
}

#[test]
fn a_fragment_delivered_twice_is_no_overlap() {
    for base in [v4(), v6()] {
        let frames = syn(base).fragments(LINK, 16);
        let [a, b, c] = frames.as_slice() else { panic!("{frames:?}") };
        let twice = [a, a, b, b, c].map(Clone::clone);
        let mut decoder = Decoder::new();
        let (packets, _) = feed_all(&mut decoder, &twice);
        assert_eq!(packets.len(), 1);
        let counters = decoder.reassembler.counters();
        assert_eq!((counters.duplicates, counters.overlaps, counters.fragments), (2, 0, 5));
    }
}

#[test]
fn fragments_are_given_up_after_thirty_seconds() {
    let frames = syn(v4()).fragments(LINK, 24);
    let [first, second] = frames.as_slice() else { panic!("{frames:?}") };
    for (later, is_told) in [(30 * SECOND, true), (30 * SECOND + 1, false)] {
        let mut decoder = Decoder::new();
        assert!(matches!(feed(&mut decoder, first, 0), Decoded::Pending));
        let told = matches!(feed(&mut decoder, second, later), Decoded::Packet(_));
        assert_eq!(told, is_told, "{later}");
        assert_eq!(decoder.reassembler.counters().expired, u64::from(!is_told));
    }
}

#[test]
fn a_full_table_lets_the_oldest_go() {
    let mut decoder = Decoder::new();
    let frames: Vec<_> = (0..257).map(|id| syn(v4().id(id)).fragments(LINK, 24)).collect();
    let firsts: Vec<_> = frames.iter().filter_map(|parts| parts.first().cloned()).collect();
    let (packets, _) = feed_all(&mut decoder, &firsts);
    assert!(packets.is_empty());
    assert_eq!(decoder.reassembler.counters().evicted, 1);
    let told: Vec<_> = frames
        .iter()
        .enumerate()
        .rev()
        .filter(|(_, parts)| {
            parts.get(1).is_some_and(|second| matches!(feed(&mut decoder, second, 300), Decoded::Packet(_)))
        })
        .map(|(id, _)| id)
        .collect();
    assert_eq!(told, (1..257).rev().collect::<Vec<_>>(), "only the first was forgotten");
}

#[test]
fn completed_datagrams_do_not_push_out_waiting_ones() {
    let mut decoder = Decoder::new();
    let waiting = syn(v4().id(9999)).fragments(LINK, 24);
    let [first, second] = waiting.as_slice() else { panic!("{waiting:?}") };
    assert!(matches!(feed(&mut decoder, first, 0), Decoded::Pending));
    for id in 0..1000 {
        let frames = v4().id(id).udp(1, 2).payload(&[0; 100]).fragments(LINK, 64);
        assert_eq!(feed_all(&mut decoder, &frames).0.len(), 1);
    }
    assert!(matches!(feed(&mut decoder, second, SECOND), Decoded::Packet(_)));
    assert_eq!(decoder.reassembler.counters().evicted, 0);
}

#[test]
fn extension_headers_inside_the_fragments_are_walked() {
    // Destination options behind the fragment header, then TCP, in fragments of 8 bytes.
    let content =
        [[6, 0, 1, 4, 0, 0, 0, 0].as_slice(), &[0, 1, 1, 187, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 4, 0, 0, 0, 0, 0]]
            .concat();
    let frames = v6().protocol(60).payload(&content).fragments(LINK, 8);
    let (packets, reasons) = feed_all(&mut Decoder::new(), &frames);
    let [(3, packet)] = packets.as_slice() else { panic!("{packets:?} {reasons:?}") };
    assert_eq!((tcp_of(packet).destination_port, packet.transport_len), (443, 20));
    assert!(packet.ip.has_options);
}

#[test]
fn an_authentication_header_inside_ipv4_fragments_is_walked() {
    let whole = v4().extension(51, &[4; 23]).tcp(40000, 443, TcpFlags::SYN).ip_packet();
    let content = whole.get(20..).unwrap_or_default();
    for size in [8, 16, 32] {
        let frames = v4().protocol(51).payload(content).fragments(LINK, size);
        let (packets, reasons) = feed_all(&mut Decoder::new(), &frames);
        let [(number, packet)] = packets.as_slice() else { panic!("{packets:?} {reasons:?}") };
        assert_eq!((tcp_of(packet).destination_port, *number + 1), (443, frames.len()));
        assert!(packet.ip.has_options);
    }
}

#[test]
fn an_error_in_fragments_waits_for_the_ports_it_quotes() {
    let cases = [
        (v4().icmp(3, 3, 0, 0).quoting(&v4().ip_options(&[1; 8]).udp(5, 161).payload(&[0; 40]), 99), 5),
        (v6().icmpv6(1, 4, 0, 0).quoting(&v6().udp(5, 161).payload(&[0; 40]), 99), 7),
    ];
    for (error, expected) in cases {
        let frames = error.fragments(LINK, 8);
        let (packets, reasons) = feed_all(&mut Decoder::new(), &frames);
        let [(number, packet)] = packets.as_slice() else { panic!("{packets:?} {reasons:?}") };
        let (Transport::Icmp(icmp) | Transport::Icmpv6(icmp)) = packet.transport else { panic!("{packet:?}") };
        assert_eq!(icmp.quoted.map(|quoted| quoted.destination_port), Some(161));
        assert_eq!(number + 1, expected);
    }
}

#[test]
fn bad_fragments_are_counted_by_reason() {
    let tcp = v4().protocol(6);
    let truncated = vec![tcp.fragment(LINK, &[0; 8], 0, true), tcp.fragment(LINK, &[0; 4], 8, false)];
    let bad_offset = [[0; 12].as_slice(), &[0x40, 2, 0, 0, 0, 0, 0, 0], &[0; 4]].concat();
    let beyond = [[0; 12].as_slice(), &[0xf0, 2, 0, 0, 0, 0, 0, 0], &[0; 4]].concat();
    let options = [60, 15, 0, 0, 0, 0, 0, 0].repeat(16);
    let cases = [
        (truncated, Malformed::TcpTruncated),
        (tcp.clone().payload(&bad_offset).fragments(LINK, 8), Malformed::TcpDataOffsetBad),
        (tcp.clone().payload(&beyond).fragments(LINK, 8), Malformed::TcpDataOffsetBad),
        (vec![tcp.fragment(LINK, &[], 8, true)], Malformed::FragmentEmpty),
        (vec![tcp.fragment(LINK, &[0; 7], 8, true)], Malformed::FragmentEmpty),
        (vec![tcp.fragment(LINK, &[], 8, false)], Malformed::FragmentEmpty),
        (vec![tcp.fragment(LINK, &[0; 8], 65528, false)], Malformed::FragmentTooLong),
        (vec![v6().protocol(60).fragment(LINK, &options, 0, true)], Malformed::FragmentHeadersTooLong),
        (vec![v6().protocol(44).fragment(LINK, &[6, 0, 0, 1, 0, 0, 0, 1], 0, true)], Malformed::FragmentUnassembled),
    ];
    for (frames, expected) in cases {
        let (packets, reasons) = feed_all(&mut Decoder::new(), &frames);
        assert_eq!((packets.len(), reasons), (0, vec![expected]), "{frames:02x?}");
    }
}

#[test]
fn a_fragment_as_long_as_a_capture_can_claim_is_too_long() {
    for (base, length_at) in [(v4(), 16), (v6(), 18)] {
        let frame = patch(base.protocol(6).fragment(LINK, &[0; 8], 65528, true), length_at, &[0, 0]);
        let decoded = Decoder::new().decode(&frame, LINK, 0, u32::MAX);
        assert!(matches!(decoded, Decoded::Malformed(Malformed::FragmentTooLong)), "{decoded:?}");
    }
}

#[test]
fn protocols_without_a_header_we_know_are_told_by_the_first_fragment() {
    let frames = v4().protocol(47).payload(&[1; 40]).fragments(LINK, 8);
    let (packets, _) = feed_all(&mut Decoder::new(), &frames);
    let [(0, packet)] = packets.as_slice() else { panic!("{packets:?}") };
    assert!(matches!(packet.transport, Transport::Other(47)));
    let reversed: Vec<_> = frames.into_iter().rev().collect();
    let (packets, _) = feed_all(&mut Decoder::new(), &reversed);
    assert!(matches!(packets.as_slice(), [(4, Packet { transport: Transport::Other(47), .. })]), "{packets:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

    #[test]
    fn fragments_of_any_size_in_any_order_give_the_whole_packets_header_once(
        is_v6 in any::<bool>(),
        size in (1..8_usize).prop_map(|blocks| blocks * 8),
        option_words in 0..11_usize,
        payload in proptest::collection::vec(any::<u8>(), 5..300),
        seed in any::<u64>(),
    ) {
        let base = if is_v6 { v6() } else { v4() };
        let packet = base.tcp(40000, 443, TcpFlags::SYN).tcp_options(&vec![1; option_words * 4]).payload(&payload);
        let mut frames = packet.fragments(LINK, size);
        prop_assume!(frames.len() > 1);
        shuffle(&mut frames, seed);
        let whole = packet.ethernet();
        let Decoded::Packet(expected) = feed(&mut Decoder::new(), &whole, 0) else { panic!("a whole packet must decode") };
        let mut decoder = Decoder::new();
        let (packets, reasons) = feed_all(&mut decoder, &frames);
        prop_assert_eq!(reasons, vec![]);
        prop_assert_eq!(packets.len(), 1);
        for (_, told) in packets {
            // The payload's length is known only when the last fragment has come.
            let payload_len = tcp_of(&told).payload_len;
            prop_assert!(payload_len <= tcp_of(&expected).payload_len);
            prop_assert_eq!(Tcp { payload_len, ..tcp_of(&expected) }, tcp_of(&told));
        }
    }
}

/// Shuffle by a linear congruential generator (Knuth's MMIX constants).
fn shuffle(frames: &mut [Vec<u8>], mut state: u64) {
    for last in (1..frames.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        frames.swap(last, (state >> 33) as usize % (last + 1));
    }
}

#[test]
fn needless_and_tiny_fragments_are_named_and_necessary_ones_are_not() {
    let tiny = Tricks::FRAGMENTS.with(Tricks::TINY_FRAGMENTS);
    for (base, size, expected) in [
        (syn(v4()), 8, tiny),
        (syn(v6()), 8, tiny),
        (syn(v4()), 16, Tricks::FRAGMENTS),
        (v4().udp(40000, 53).payload(&[0; 40]), 24, Tricks::FRAGMENTS),
        (v4().udp(40000, 53).payload(&[0; 2000]), 1480, Tricks::NONE),
        (v6().udp(40000, 53).payload(&[0; 2000]), 1232, Tricks::NONE),
    ] {
        let frames = base.fragments(LINK, size);
        let (packets, _) = feed_all(&mut Decoder::new(), &frames);
        let found: Vec<Tricks> = packets.iter().map(|(_, packet)| packet.ip.tricks).collect();
        assert_eq!(found, [expected], "{size}");
    }
}

#[test]
fn overlapping_fragments_are_named_before_and_after_the_packet_is_told() {
    let base = syn(v4());
    let packet = base.ip_packet();
    let segment = packet.get(20..).unwrap_or_default();
    let part = |from: usize, to: usize, more| {
        base.fragment(LINK, segment.get(from..to).unwrap_or_default(), from as u16, more)
    };
    let frames = [part(0, 16, true), part(8, 40, false)];
    let (packets, _) = feed_all(&mut Decoder::new(), &frames);
    let found: Vec<Tricks> = packets.iter().map(|(_, packet)| packet.ip.tricks).collect();
    assert_eq!(found, [Tricks::FRAGMENTS.with(Tricks::OVERLAPPING_FRAGMENTS)]);

    let mut decoder = Decoder::new();
    let whole = part(0, 40, true);
    assert!(matches!(feed(&mut decoder, &whole, 0), Decoded::Packet(_)));
    assert_eq!(decoder.reassembler.take_overlap(), None);
    let late = base.fragment(LINK, &[3; 8], 8, false);
    assert!(matches!(feed(&mut decoder, &late, 1), Decoded::Pending));
    let ends = (super::address("192.0.2.1"), super::address("198.51.100.2"));
    assert_eq!(decoder.reassembler.take_overlap(), Some(ends));
    assert_eq!(decoder.reassembler.take_overlap(), None);
}
