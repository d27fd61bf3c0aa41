use super::super::Malformed;
use super::{address, decode_frame, patch, v4, v6};
use crate::packet::{IpHeader, TcpFlags, Transport};
use crate::tricks::Tricks;

/// Headers and the bytes behind their next-header octet, each well formed and eight bytes long.
const EXTENSIONS: [(u8, [u8; 7]); 4] =
    [(0, [0, 1, 4, 0, 0, 0, 0]), (43, [0, 4, 0, 0, 0, 0, 0]), (60, [0, 1, 4, 0, 0, 0, 0]), (44, [0; 7])];

#[test]
fn the_ip_header_is_read() {
    let plain = IpHeader { ttl: 57, total_len: 40, ..IpHeader::default() };
    for (packet, expected) in [
        (v4().id(0x4321), IpHeader { id: 0x4321, ..plain }),
        (
            v4().id(1).ip_options(&[1; 40]),
            IpHeader { id: 1, has_options: true, tricks: Tricks::IP_OPTIONS, total_len: 80, ..plain },
        ),
        (v6(), IpHeader { total_len: 60, ..plain }),
        (
            v6().extension(60, &[0; 7]),
            IpHeader { has_options: true, tricks: Tricks::EXTENSION_HEADERS, total_len: 68, ..plain },
        ),
        (
            v6().extension(44, &[0; 7]),
            IpHeader { is_fragment: true, tricks: Tricks::EXTENSION_HEADERS, total_len: 68, ..plain },
        ),
        (v4().id(0).extension(51, &[1; 11]), IpHeader { has_options: true, total_len: 52, ..plain }),
    ] {
        let frame = packet.clone().tcp(1, 2, TcpFlags::SYN).ethernet();
        assert_eq!(decode_frame(&frame).map(|packet| packet.ip), Ok(expected), "{packet:?}");
    }
    let frame = patch(v4().tcp(1, 2, TcpFlags::SYN).ethernet(), 20, &[0x40]);
    assert_eq!(decode_frame(&frame).map(|packet| packet.ip.dont_fragment), Ok(true));
}

#[test]
fn addresses_are_read() {
    let frame = v4().udp(1, 2).ethernet();
    let decoded = decode_frame(&frame).map(|packet| (packet.source, packet.destination));
    assert_eq!(decoded, Ok((address("192.0.2.1"), address("198.51.100.2"))));
    let frame = v6().udp(1, 2).ethernet();
    let decoded = decode_frame(&frame).map(|packet| (packet.source, packet.destination));
    assert_eq!(decoded, Ok((address("2001:db8::1"), address("2001:db8::2"))));
}

#[test]
fn extension_headers_are_walked_in_any_order() {
    for (first, first_bytes) in EXTENSIONS {
        for (second, second_bytes) in EXTENSIONS {
            let packet = v6().extension(first, &first_bytes).extension(second, &second_bytes);
            let frame = packet.tcp(40000, 80, TcpFlags::SYN).payload(b"abc").ethernet();
            let Ok(packet) = decode_frame(&frame) else { panic!("{first} {second}") };
            assert!(matches!(packet.transport, Transport::Tcp(tcp) if tcp.payload_len == 3), "{packet:?}");
            assert_eq!(packet.transport_len, 23);
        }
    }
}

#[test]
fn the_authentication_header_is_walked_in_both_families() {
    for packet in [v4(), v6()] {
        // Four words beyond the first two: 24 bytes.
        let mut behind = vec![4];
        behind.extend([0; 22]);
        let frame = packet.extension(51, &behind).tcp(40000, 80, TcpFlags::SYN).ethernet();
        let Ok(packet) = decode_frame(&frame) else { panic!("{frame:02x?}") };
        assert!(matches!(packet.transport, Transport::Tcp(tcp) if tcp.destination_port == 80), "{packet:?}");
    }
}

#[test]
fn protocols_that_are_not_decoded_keep_their_number() {
    for protocol in (0..=255).filter(|protocol| ![1, 6, 17, 51, 132, 136].contains(protocol)) {
        let frame = v4().protocol(protocol).payload(&[0; 20]).ethernet();
        let Ok(packet) = decode_frame(&frame) else { panic!("{protocol}") };
        assert!(matches!(packet.transport, Transport::Other(number) if number == protocol), "{packet:?}");
        assert_eq!((packet.transport_len, packet.transport_bytes.len()), (20, 20));
    }
    // ESP ends the chain; ICMP of the other family is nothing known.
    for (packet, protocol) in [(v6(), 50), (v6(), 59), (v6(), 1), (v4(), 58)] {
        let frame = packet.protocol(protocol).payload(&[0; 20]).ethernet();
        let transport = decode_frame(&frame).map(|packet| packet.transport);
        assert!(matches!(transport, Ok(Transport::Other(number)) if number == protocol), "{protocol}");
    }
}

/// An IP protocol scan sends nothing behind the IP header.
#[test]
fn an_empty_packet_names_its_protocol() {
    for protocol in 0..=255 {
        for packet in [v4(), v6()] {
            let mut frame = packet.protocol(protocol).ethernet();
            frame.resize(60, 0);
            let Ok(packet) = decode_frame(&frame) else { panic!("{protocol}") };
            assert!(matches!(packet.transport, Transport::Other(number) if number == protocol), "{packet:?}");
        }
    }
}

#[test]
fn bad_network_layers_are_counted_by_reason() {
    let udp4 = v4().udp(1, 2).ethernet();
    let udp6 = v6().udp(1, 2).ethernet();
    let extended = |protocol: u8, behind: &[u8]| v6().extension(protocol, behind).udp(1, 2).ethernet();
    let many = (0..33).fold(v6(), |packet, _| packet.extension(60, &[0; 7])).udp(1, 2).ethernet();
    let cases = [
        (udp4.iter().copied().take(33).collect(), Malformed::Ipv4HeaderTruncated),
        (patch(udp4.clone(), 14, &[0x44]), Malformed::Ipv4HeaderLengthBad),
        (patch(udp4.clone(), 14, &[0x65]), Malformed::IpVersionBad),
        (patch(udp4.clone(), 14, &[0x4f]), Malformed::IpTotalLengthBad),
        (patch(udp4.clone(), 16, &[0, 19]), Malformed::IpTotalLengthBad),
        (patch(udp4, 16, &[0, 29]), Malformed::IpTotalLengthBad),
        (udp6.iter().copied().take(53).collect(), Malformed::Ipv6HeaderTruncated),
        (patch(udp6.clone(), 14, &[0x50]), Malformed::IpVersionBad),
        (patch(udp6, 18, &[0, 9]), Malformed::IpTotalLengthBad),
        (extended(60, &[9, 0, 0, 0, 0, 0, 0]), Malformed::Ipv6ExtensionTruncated),
        (v6().protocol(60).payload(&[17]).ethernet(), Malformed::Ipv6ExtensionTruncated),
        (v6().protocol(44).payload(&[17, 0, 0, 0]).ethernet(), Malformed::Ipv6ExtensionTruncated),
        (many, Malformed::Ipv6ExtensionsTooMany),
        (extended(51, &[0; 11]), Malformed::AuthenticationLengthBad),
        (extended(51, &[9; 11]), Malformed::AuthenticationTruncated),
        (v4().protocol(51).payload(&[6]).ethernet(), Malformed::AuthenticationTruncated),
        (v6().fragments(super::LinkType::Ethernet, 8).concat(), Malformed::LinkTruncated),
        (
            v4().protocol(17).payload(&[0; 16]).fragments(super::LinkType::Ethernet, 8).swap_remove(0),
            Malformed::FragmentUnassembled,
        ),
    ];
    for (bytes, expected) in cases {
        assert_eq!(decode_frame(&bytes).err(), Some(expected), "{bytes:02x?}");
    }
}

#[test]
fn what_helps_past_filters_is_named() {
    let route = Tricks::IP_OPTIONS.with(Tricks::SOURCE_ROUTE);
    let routed = Tricks::EXTENSION_HEADERS.with(Tricks::SOURCE_ROUTE);
    for (base, expected) in [
        (v4(), Tricks::NONE),
        (v6(), Tricks::NONE),
        (v4().ip_options(&[7, 7, 4, 0, 0, 0, 0, 0]), Tricks::IP_OPTIONS),
        (v4().ip_options(&[1, 131, 7, 4, 192, 0, 2, 9]), route),
        (v4().ip_options(&[137, 7, 4, 192, 0, 2, 9, 0]), route),
        // An option that claims no length is not walked over for ever, and what stands behind the end counts for nothing.
        (v4().ip_options(&[7, 0, 0, 131]), Tricks::IP_OPTIONS),
        (v6().extension(43, &[0, 0, 1, 0, 0, 0, 0]), routed),
        (v6().extension(43, &[0, 4, 1, 0, 0, 0, 0]), Tricks::EXTENSION_HEADERS),
        (v6().extension(0, &[0, 1, 4, 0, 0, 0, 0]), Tricks::EXTENSION_HEADERS),
        (v6().extension(44, &[0; 7]), Tricks::EXTENSION_HEADERS),
        (v4().extension(51, &[1; 11]), Tricks::NONE),
    ] {
        let frame = base.clone().tcp(40000, 80, TcpFlags::SYN).ethernet();
        let found = decode_frame(&frame).map(|packet| packet.ip.tricks);
        assert_eq!(found, Ok(expected), "{base:?}");
    }
}
