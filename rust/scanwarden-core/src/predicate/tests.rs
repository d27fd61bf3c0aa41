use super::interpreter::run;
use super::{bpf, passes};
use crate::decode::LinkType;
use crate::packet::TcpFlags;
use crate::testing::{PacketBuilder, arp_frame};

const SNAP_LEN: u32 = 256;
const ACK: u16 = TcpFlags::ACK;

fn v4() -> PacketBuilder {
    PacketBuilder::new("192.0.2.1", "198.51.100.2")
}

fn v6() -> PacketBuilder {
    PacketBuilder::new("2001:db8::1", "2001:db8::2")
}

/// Run both forms; they must agree.
fn judge(bytes: &[u8], link: LinkType) -> bool {
    let kept = run(&bpf::program(link, SNAP_LEN), bytes);
    let passed = passes(bytes, link);
    assert_eq!(kept, Ok(if passed { SNAP_LEN } else { 0 }), "the forms disagree on {link:?} {bytes:02x?}");
    passed
}

#[test]
fn tcp_is_passed_by_its_flags() {
    for flags in 0..0x200_u16 {
        let expected = flags & ACK == 0 || flags & (TcpFlags::SYN | TcpFlags::FIN | TcpFlags::RST) != 0;
        for packet in [v4(), v6(), v4().ip_options(&[1; 40]), v4().vlan(0x8100)] {
            let packet = packet.tcp(40000, 443, flags).payload(b"x");
            assert_eq!(judge(&packet.ethernet(), LinkType::Ethernet), expected, "{packet:?}");
        }
    }
}

#[test]
fn ftp_commands_pass_and_their_bare_acknowledgements_do_not() {
    for (source, destination, payload, expected) in [
        (40000, 21, "PORT 1,2,3,4,5,6\r\n", true),
        (21, 40000, "x", true),
        (40000, 21, "", false),
        (21, 40000, "", false),
        (40000, 22, "x", false),
        (40000, 21 << 8, "x", false),
    ] {
        for packet in [v4(), v6(), v4().ip_options(&[1; 8])] {
            let packet = packet.tcp(source, destination, ACK).tcp_options(&[1, 1, 1, 1]).payload(payload.as_bytes());
            let mut frame = packet.ethernet();
            frame.resize(frame.len().max(90), 0);
            assert_eq!(judge(&frame, LinkType::Ethernet), expected, "{packet:?}");
        }
    }
}

#[test]
fn ftp_segments_of_unknown_length_pass() {
    for (packet, length_at) in [(v4(), 16), (v6(), 18)] {
        let mut frame = packet.tcp(40000, 21, ACK).ethernet();
        if let Some(length) = frame.get_mut(length_at..length_at + 2) {
            length.fill(0);
        }
        assert!(judge(&frame, LinkType::Ethernet));
    }
}

#[test]
fn sctp_is_passed_by_its_first_chunk() {
    for chunk in 0..=255 {
        for packet in [v4(), v6(), v4().ip_options(&[1; 4])] {
            let frame = packet.sctp(1, 2, chunk).ethernet();
            assert_eq!(judge(&frame, LinkType::Ethernet), [1, 2, 6, 9, 10, 11].contains(&chunk), "{chunk}");
        }
    }
}

#[test]
fn every_other_ip_protocol_passes() {
    for protocol in (0..=255).filter(|protocol| ![6, 132].contains(protocol)) {
        for packet in [v4(), v6()] {
            assert!(
                judge(&packet.protocol(protocol).payload(&[0x10; 40]).ethernet(), LinkType::Ethernet),
                "{protocol}"
            );
        }
    }
}

#[test]
fn fragments_pass_whatever_they_hold() {
    for packet in [v4(), v6()] {
        let packet = packet.tcp(40000, 443, ACK).payload(&[0x10; 40]);
        for frame in packet.fragments(LinkType::Ethernet, 8) {
            assert!(judge(&frame, LinkType::Ethernet));
        }
    }
}

#[test]
fn dont_fragment_and_the_reserved_bit_are_no_fragment() {
    for bits in [0x40, 0x80, 0xc0] {
        let mut frame = v4().tcp(40000, 443, ACK).ethernet();
        if let Some(flags) = frame.get_mut(20) {
            *flags = bits;
        }
        assert!(!judge(&frame, LinkType::Ethernet), "{bits:#x}");
    }
}

#[test]
fn extension_headers_pass_whatever_they_hold() {
    for protocol in [0, 43, 44, 51, 60] {
        let packet = v6().extension(protocol, &[0; 7]).tcp(40000, 443, ACK);
        assert!(judge(&packet.ethernet(), LinkType::Ethernet), "{protocol}");
    }
}

#[test]
fn arp_requests_and_replies_pass() {
    for (operation, expected) in [(0, false), (1, true), (2, true), (3, false), (0x100, false), (0x201, false)] {
        let frame = arp_frame(operation, [2; 6], [192, 0, 2, 1], [192, 0, 2, 2]);
        assert_eq!(judge(&frame, LinkType::Ethernet), expected, "{operation}");
    }
}

#[test]
fn other_link_protocols_are_dropped() {
    // LLDP, PPPoE, an 802.3 length field.
    for ether_type in [0x88cc_u16, 0x8864, 0x0040] {
        let mut frame = v4().tcp(40000, 443, TcpFlags::SYN).ethernet();
        if let Some(field) = frame.get_mut(12..14) {
            field.copy_from_slice(&ether_type.to_be_bytes());
        }
        assert!(!judge(&frame, LinkType::Ethernet), "{ether_type:#x}");
    }
}

#[test]
fn vlan_tags_are_seen_through_up_to_four() {
    for link in [LinkType::Ethernet, LinkType::LinuxCooked, LinkType::LinuxCooked2] {
        for tags in 0..=6 {
            for (packet, is_looked_at) in [
                (v4().tcp(1, 2, TcpFlags::SYN), true),
                (v4().tcp(1, 2, ACK), false),
                (v6().tcp(1, 2, ACK), false),
                (v6().sctp(1, 2, 0), false),
            ] {
                let tag_types = [0x88a8, 0x8100, 0x9100, 0x8100, 0x8100, 0x8100];
                let tagged = tag_types.into_iter().take(tags).fold(packet, PacketBuilder::vlan);
                assert_eq!(judge(&tagged.build(link), link), is_looked_at || tags > 4, "{link:?} {tagged:?}");
            }
        }
    }
}

#[test]
fn every_link_type_sees_the_same_packets() {
    for link in LinkType::ALL {
        for (packet, is_v6) in [(v4(), false), (v6(), true)] {
            let mismatch = matches!((link, is_v6), (LinkType::RawIpv4, true) | (LinkType::RawIpv6, false));
            let established = packet.clone().tcp(40000, 443, ACK).payload(&[7; 30]);
            assert_eq!(judge(&established.build(link), link), mismatch, "{link:?}");
            assert!(judge(&packet.tcp(40000, 443, TcpFlags::SYN).build(link), link), "{link:?}");
        }
    }
}

#[test]
fn loopback_families_are_read_in_both_byte_orders() {
    for (family, packet, expected) in [
        ([2, 0, 0, 0], v4(), false),
        ([0, 0, 0, 2], v4(), false),
        ([24, 0, 0, 0], v6(), false),
        ([0, 0, 0, 28], v6(), false),
        ([30, 0, 0, 0], v6(), false),
        ([0, 0, 0, 30], v6(), false),
        // No IP at all: dropped for another reason than the flags, so a SYN is dropped too.
        ([7, 0, 0, 0], v4(), false),
    ] {
        let established = [family.as_slice(), &packet.clone().tcp(1, 2, ACK).ip_packet()].concat();
        assert_eq!(judge(&established, LinkType::Loopback), expected, "{family:?}");
        let opening = [family.as_slice(), &packet.tcp(1, 2, TcpFlags::SYN).ip_packet()].concat();
        assert_eq!(judge(&opening, LinkType::Loopback), family != [7, 0, 0, 0], "{family:?}");
    }
}

#[test]
fn headers_that_contradict_themselves_pass_to_be_counted() {
    for first in (0..=0xff_u8).filter(|first| !(0x45..=0x4f).contains(first)) {
        let mut frame = v4().tcp(1, 2, ACK).payload(&[0; 40]).ethernet();
        if let Some(version) = frame.get_mut(14) {
            *version = first;
        }
        assert!(judge(&frame, LinkType::Ethernet), "{first:#x}");
    }
    let mut frame = v6().tcp(1, 2, ACK).ethernet();
    if let Some(version) = frame.get_mut(14) {
        *version = 0x40;
    }
    assert!(judge(&frame, LinkType::Ethernet));
}

#[test]
fn a_packet_that_ends_before_it_can_be_judged_passes() {
    for link in LinkType::ALL {
        for packet in [v4().ip_options(&[1; 4]), v6()] {
            let whole = packet.tcp(40000, 443, ACK).build(link);
            let judged_at = whole.len() - 6;
            for len in 0..judged_at {
                assert!(judge(whole.get(..len).unwrap_or_default(), link), "{link:?} {len}");
            }
        }
    }
}

/// The kernel refuses a filter with a jump beyond the end, a path without return, or an unknown operation
/// (`bpf_check_classic` in `net/core/filter.c`).
#[test]
fn the_kernel_would_accept_every_program() {
    for link in LinkType::ALL {
        let program = bpf::program(link, SNAP_LEN);
        assert!(program.len() <= 4096);
        for (at, instruction) in program.iter().enumerate() {
            let (jt, jf) = (usize::from(instruction.jt), usize::from(instruction.jf));
            let farthest = match instruction.code {
                0x06 => 0,
                0x05 => instruction.k as usize + 1,
                code if code & 7 == 5 => jt.max(jf) + 1,
                _ => 1,
            };
            assert!(at + farthest < program.len(), "{link:?} {at} {instruction:?}");
        }
        assert_eq!(program.last().map(|last| last.code), Some(0x06));
    }
}

#[test]
fn the_program_keeps_the_snap_length() {
    let frame = v4().udp(1, 2).ethernet();
    for snap_len in [64, 256, 0x4_0000] {
        assert_eq!(run(&bpf::program(LinkType::Ethernet, snap_len), &frame), Ok(snap_len));
    }
}

mod generated {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// Frames whose deciding bytes take deciding values often, cut anywhere.
    fn frames() -> impl Strategy<Value = (LinkType, Vec<u8>)> {
        let link = prop::sample::select(LinkType::ALL.to_vec());
        let edits =
            vec((0..100_usize, prop::sample::select(vec![0, 1, 2, 4, 5, 6, 0x10, 0x11, 0x15, 0x45, 0x60, 0x81])), 0..6);
        let port = prop::sample::select(vec![21_u16, 80, 5376]);
        let payload = vec(any::<u8>(), 0..40);
        let shape = (0..6_u8, 0..0x200_u16, port.clone(), port, 0..3_usize, 0..11_usize);
        (link, shape, payload, edits, any::<prop::sample::Index>()).prop_map(|(link, shape, payload, edits, end)| {
            let (kind, flags, source, destination, tags, option_words) = shape;
            let packet = if kind & 1 == 0 { v4().ip_options(&vec![1; option_words * 4]) } else { v6() };
            let packet = (0..tags).fold(packet, |packet, _| packet.vlan(0x8100)).payload(&payload);
            let packet = match kind {
                0 | 1 => packet.tcp(source, destination, flags),
                2 | 3 => packet.sctp(source, destination, flags as u8 & 15),
                _ => packet.protocol(flags as u8),
            };
            let mut bytes = packet.build(link);
            for (at, value) in edits {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = value;
                }
            }
            let len = bytes.len();
            bytes.truncate(if len % 3 == 0 { end.index(len + 1) } else { len });
            (link, bytes)
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4000) })]

        #[test]
        fn both_forms_agree_on_any_bytes(link in prop::sample::select(LinkType::ALL.to_vec()), bytes in vec(any::<u8>(), 0..120)) {
            judge(&bytes, link);
        }

        #[test]
        fn both_forms_agree_on_nearly_valid_frames((link, bytes) in frames()) {
            judge(&bytes, link);
        }

        #[test]
        fn a_snapped_packet_passes_whenever_the_whole_one_does((link, bytes) in frames(), end in any::<prop::sample::Index>()) {
            let snapped = bytes.get(..end.index(bytes.len() + 1)).unwrap_or_default();
            prop_assert!(!passes(&bytes, link) || passes(snapped, link));
        }
    }
}
