use super::super::{LinkType, Malformed, decode};
use super::{decode_frame, patch, v4, v6};
use crate::packet::{Sctp, Tcp, TcpFlags, TcpOptions, Transport, Udp};

#[test]
fn a_tcp_header_is_read() {
    let expected = Tcp {
        source_port: 40000,
        destination_port: 443,
        sequence: 0xdead_beef,
        acknowledgement: 0x0102_0304,
        flags: TcpFlags(TcpFlags::SYN | TcpFlags::ECE | TcpFlags::CWR | TcpFlags::AE),
        window: 64240,
        options: TcpOptions { layout: 0x312, mss: 1460, window_scale_plus_one: 8, timestamp: 0, len: 8 },
        payload_len: 5,
    };
    for packet in [v4(), v6(), v4().ip_options(&[1; 8]), v6().extension(0, &[0; 7])] {
        let packet = packet
            .tcp(40000, 443, expected.flags.0)
            .tcp_numbers(0xdead_beef, 0x0102_0304)
            .tcp_window(64240)
            .tcp_options(&[2, 4, 5, 0xb4, 1, 3, 3, 7])
            .payload(b"hello");
        let frame = packet.ethernet();
        let Ok(packet) = decode_frame(&frame) else { panic!("{packet:?}") };
        assert!(matches!(packet.transport, Transport::Tcp(tcp) if tcp == expected), "{packet:?}");
        assert_eq!((packet.transport_len, packet.transport_bytes.len()), (33, 33));
        assert!(packet.transport_bytes.ends_with(b"hello"));
    }
}

#[test]
fn a_udp_header_is_read() {
    for packet in [v4().udp(53, 4444), v6().udp(53, 4444), v4().udp_lite(53, 4444, 8), v4().udp_lite(53, 4444, 0)] {
        let mut frame = packet.payload(b"answer").ethernet();
        frame.resize(80, 0);
        let Ok(packet) = decode_frame(&frame) else { panic!("{frame:02x?}") };
        let expected = Udp { source_port: 53, destination_port: 4444, payload: b"answer", payload_len: 6 };
        assert!(matches!(packet.transport, Transport::Udp(udp) if udp == expected), "{packet:?}");
    }
}

#[test]
fn udp_payload_ends_where_udp_says() {
    for (claimed, expected) in [(8, b"".as_slice()), (11, b"ans"), (14, b"answer"), (0, b"answer")] {
        let frame = patch(v4().udp(53, 4444).payload(b"answer").ethernet(), 38, &[0, claimed]);
        let transport = decode_frame(&frame).map(|packet| packet.transport);
        assert!(
            matches!(transport, Ok(Transport::Udp(udp)) if udp.payload == expected && udp.payload_len as usize == expected.len()),
            "{claimed}"
        );
    }
}

#[test]
fn an_sctp_packet_tells_its_first_chunk() {
    for packet in [v4(), v6()] {
        let frame = packet.sctp(40000, 3868, 1).ethernet();
        let expected = Sctp { source_port: 40000, destination_port: 3868, verification_tag: 0x0102_0304, chunk: 1 };
        let transport = decode_frame(&frame).map(|packet| packet.transport);
        assert!(matches!(transport, Ok(Transport::Sctp(sctp)) if sctp == expected));
    }
    let without_chunk = v4().protocol(132).payload(&[7; 12]).ethernet();
    let transport = decode_frame(&without_chunk).map(|packet| packet.transport);
    assert!(matches!(transport, Ok(Transport::Sctp(Sctp { chunk: 255, .. }))));
}

#[test]
fn a_snapped_tcp_header_gives_the_options_that_were_captured() {
    let frame = v4().tcp(1, 2, TcpFlags::SYN).tcp_options(&[2, 4, 5, 0xb4, 4, 2, 1, 1]).payload(&[0; 100]).ethernet();
    let snapped = frame.get(..59).unwrap_or_default();
    let Ok(packet) = decode(snapped, LinkType::Ethernet, 0, frame.len() as u32) else { panic!("{snapped:02x?}") };
    let Transport::Tcp(tcp) = packet.transport else { panic!("{packet:?}") };
    assert_eq!((tcp.options.layout, tcp.options.mss, tcp.options.len, tcp.payload_len), (0xf2, 1460, 8, 100));
}

#[test]
fn bad_transport_headers_are_counted_by_reason() {
    let tcp = v4().tcp(1, 2, TcpFlags::SYN).ethernet();
    let udp = v4().udp(1, 2).payload(b"x").ethernet();
    let short = |protocol: u8, len: usize| v4().protocol(protocol).payload(&vec![0x50; len]).ethernet();
    let cases = [
        (short(6, 1), Malformed::TcpTruncated),
        (short(6, 19), Malformed::TcpTruncated),
        (patch(tcp.clone(), 46, &[0x40]), Malformed::TcpDataOffsetBad),
        (patch(tcp, 46, &[0x60]), Malformed::TcpDataOffsetBad),
        (short(17, 7), Malformed::UdpTruncated),
        (short(136, 7), Malformed::UdpTruncated),
        (patch(udp.clone(), 38, &[0, 7]), Malformed::UdpLengthBad),
        (patch(udp, 38, &[0, 10]), Malformed::UdpLengthBad),
        (v4().udp_lite(1, 2, 7).ethernet(), Malformed::UdpLengthBad),
        (short(132, 11), Malformed::SctpTruncated),
        (short(1, 7), Malformed::IcmpTruncated),
        (v6().protocol(58).payload(&[128; 7]).ethernet(), Malformed::Icmpv6Truncated),
        (v6().icmpv6(135, 0, 0, 0).payload(&[0; 15]).ethernet(), Malformed::Icmpv6Truncated),
    ];
    for (bytes, expected) in cases {
        assert_eq!(decode_frame(&bytes).err(), Some(expected), "{bytes:02x?}");
    }
}
