use super::{address, decode_frame, v4, v6};
use crate::packet::{Icmp, Quoted, TcpFlags, Transport};
use crate::testing::PacketBuilder;

fn icmp_of(packet: &PacketBuilder) -> Icmp {
    let mut frame = packet.ethernet();
    // Trailing padding must not matter.
    frame.resize(frame.len().max(60), 0xff);
    match decode_frame(&frame).map(|packet| packet.transport) {
        Ok(Transport::Icmp(icmp) | Transport::Icmpv6(icmp)) => icmp,
        other => panic!("{packet:?}: {other:?}"),
    }
}

#[test]
fn echoes_and_their_kin_have_an_identifier_and_a_sequence() {
    for packet in [
        v4().icmp(8, 0, 0x1234, 7),
        v4().icmp(0, 0, 0x1234, 7),
        v4().icmp(13, 0, 0x1234, 7),
        v4().icmp(14, 0, 0x1234, 7),
        v4().icmp(17, 0, 0x1234, 7),
        v4().icmp(18, 0, 0x1234, 7),
        v6().icmpv6(128, 0, 0x1234, 7),
        v6().icmpv6(129, 0, 0x1234, 7),
    ] {
        let icmp = icmp_of(&packet);
        assert_eq!((icmp.id, icmp.sequence, icmp.payload_len), (0x1234, 7, 0), "{packet:?}");
    }
    for packet in [v4().icmp(3, 1, 1, 2), v4().icmp(10, 0, 1, 2), v6().icmpv6(1, 0, 1, 2), v6().icmpv6(133, 0, 1, 2)] {
        let icmp = icmp_of(&packet);
        assert_eq!((icmp.id, icmp.sequence), (0, 0), "{packet:?}");
    }
}

#[test]
fn an_echo_tells_whether_it_carries_anything() {
    for (payload, is_zero) in [(b"".as_slice(), true), (&[0; 32], true), (&[0, 0, 1], false), (b"abcdefgh", false)] {
        let icmp = icmp_of(&v4().icmp(8, 0, 1, 1).payload(payload));
        assert_eq!((icmp.payload_len as usize, icmp.is_payload_zero), (payload.len(), is_zero), "{payload:?}");
    }
}

#[test]
fn neighbour_messages_tell_whom_they_are_about() {
    let target = address("2001:db8::77");
    for kind in [135, 136] {
        let icmp = icmp_of(&v6().icmpv6(kind, 0, 0, 0).payload(&target.0.to_be_bytes()));
        assert_eq!((icmp.kind, icmp.neighbour), (kind, Some(target)));
    }
    assert_eq!(icmp_of(&v6().icmpv6(128, 0, 0, 0).payload(&[1; 16])).neighbour, None);
}

#[test]
fn an_error_tells_the_packet_it_quotes() {
    let back4 = PacketBuilder::new("198.51.100.2", "192.0.2.1");
    let back6 = PacketBuilder::new("2001:db8::2", "2001:db8::1");
    let (from4, to4) = (address("198.51.100.2"), address("192.0.2.1"));
    let (from6, to6) = (address("2001:db8::2"), address("2001:db8::1"));
    let quote = |source, destination, protocol, ports: (u16, u16)| {
        let (source_port, destination_port) = ports;
        Some(Quoted { source, destination, protocol, source_port, destination_port, ..Quoted::default() })
    };
    let quoted4 = |ports, protocol| quote(from4, to4, protocol, ports);
    let quoted6 = |ports, protocol| quote(from6, to6, protocol, ports);
    let fragmented = back6.clone().extension(44, &[0, 0x05, 0xb8, 0, 0, 0, 1]).udp(5, 6);
    let cases = [
        (v4().icmp(3, 3, 0, 0), back4.clone().udp(40000, 161), 28, quoted4((40000, 161), 17)),
        (
            v4().icmp(11, 0, 0, 0),
            back4.clone().ip_options(&[1; 8]).tcp(5, 6, TcpFlags::SYN),
            99,
            quoted4((5, 6), 6).map(|quoted| Quoted { tcp_flags: TcpFlags(TcpFlags::SYN), ..quoted }),
        ),
        // Eight bytes behind the IP header do not reach the flags.
        (v4().icmp(3, 10, 0, 0), back4.clone().tcp(5, 6, TcpFlags::ACK), 28, quoted4((5, 6), 6)),
        (v4().icmp(3, 2, 0, 0), back4.clone().sctp(5, 6, 1), 28, quoted4((5, 6), 132)),
        (v4().icmp(3, 1, 0, 0), back4.clone().icmp(8, 0, 9, 9), 28, quoted4((0, 8), 1)),
        (v4().icmp(3, 2, 0, 0), back4.clone().protocol(47), 28, quoted4((0, 0), 47)),
        // Cut off inside the ports, and inside the IP header.
        (v4().icmp(3, 3, 0, 0), back4.clone().udp(40000, 161), 23, quoted4((0, 0), 17)),
        (v4().icmp(3, 3, 0, 0), back4.clone().udp(40000, 161), 19, None),
        (v4().icmp(3, 3, 0, 0), back6.clone().udp(40000, 161), 99, None),
        // Not an error: nothing is quoted.
        (v4().icmp(8, 0, 0, 0), back4.udp(40000, 161), 28, None),
        (v6().icmpv6(1, 4, 0, 0), back6.clone().udp(40000, 161), 99, quoted6((40000, 161), 17)),
        (v6().icmpv6(1, 4, 0, 0), back6.clone().extension(60, &[0; 7]).tcp(5, 6, 0), 99, quoted6((5, 6), 6)),
        (v6().icmpv6(3, 0, 0, 0), back6.clone().icmpv6(128, 0, 0, 0), 99, quoted6((0, 128), 58)),
        // A later fragment has no ports; an extension header that was cut off hides what follows.
        (v6().icmpv6(3, 1, 0, 0), fragmented, 99, quoted6((0, 0), 17)),
        (v6().icmpv6(1, 4, 0, 0), back6.clone().extension(60, &[0; 7]).tcp(5, 6, 0), 47, quoted6((0, 0), 60)),
        (v6().icmpv6(1, 4, 0, 0), back6.udp(40000, 161), 39, None),
    ];
    for (error, quoted, max_bytes, expected) in cases {
        let icmp = icmp_of(&error.clone().quoting(&quoted, max_bytes));
        assert_eq!(icmp.quoted, expected, "{error:?} {quoted:?} {max_bytes}");
    }
}

#[test]
fn a_quoted_later_ipv4_fragment_has_no_ports() {
    use crate::decode::LinkType;
    let parts = v4().udp(40000, 161).payload(&[1; 24]).fragments(LinkType::Raw, 8);
    for (number, part) in parts.iter().enumerate() {
        let quoted = icmp_of(&v4().icmp(11, 1, 0, 0).payload(part)).quoted;
        let read = quoted.map(|quoted| (quoted.source_port, quoted.destination_port));
        assert_eq!(read, Some(if number == 0 { (40000, 161) } else { (0, 0) }));
    }
}
