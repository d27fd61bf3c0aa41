//! Headers that say another length than what was captured, or than what was on the wire.

use super::super::{LinkType, Malformed, decode};
use super::{decode_frame, patch, v4, v6};
use crate::packet::{TcpFlags, Transport};

#[test]
fn ethernet_padding_is_no_payload() {
    for packet in [v4(), v6()] {
        let mut frame = packet.tcp(1, 2, TcpFlags::ACK).ethernet();
        frame.resize(frame.len() + 9, 0xaa);
        let Ok(packet) = decode_frame(&frame) else { panic!("{frame:02x?}") };
        assert!(matches!(packet.transport, Transport::Tcp(tcp) if tcp.payload_len == 0), "{packet:?}");
        assert_eq!((packet.transport_len, packet.transport_bytes.len()), (20, 20));
    }
}

#[test]
fn a_snapped_packet_keeps_the_length_it_claims() {
    for packet in [v4(), v6()] {
        let frame = packet.tcp(1, 2, TcpFlags::PSH).payload(&[1; 500]).ethernet();
        let snapped = frame.get(..96).unwrap_or_default();
        let Ok(packet) = decode(snapped, LinkType::Ethernet, 0, frame.len() as u32) else { panic!("{frame:02x?}") };
        assert!(matches!(packet.transport, Transport::Tcp(tcp) if tcp.payload_len == 500), "{packet:?}");
        assert_eq!(packet.transport_len, 520);
        assert!(packet.transport_bytes.len() < 96);
    }
}

#[test]
fn more_than_was_on_the_wire_is_a_lie() {
    for (packet, length_at) in [(v4(), 16), (v6(), 18)] {
        let frame = packet.udp(1, 2).payload(&[1; 100]).ethernet();
        let lying = patch(frame.clone(), length_at, &[0x01, 0x00]);
        assert_eq!(decode_frame(&lying).err(), Some(Malformed::IpTotalLengthBad));
        assert!(decode(&lying, LinkType::Ethernet, 0, 400).is_ok(), "snapped, it may be true");
    }
}

#[test]
fn an_original_length_below_the_captured_one_is_not_believed() {
    let frame = v4().udp(1, 2).payload(b"abc").ethernet();
    for original_len in [0, 1, 44] {
        assert!(decode(&frame, LinkType::Ethernet, 0, original_len).is_ok(), "{original_len}");
    }
    assert!(decode(&frame, LinkType::Ethernet, 0, u32::MAX).is_ok());
}

#[test]
fn a_length_left_out_by_segmentation_offload_is_the_one_on_the_wire() {
    for (packet, length_at) in [(v4(), 16), (v6(), 18)] {
        let frame = patch(packet.tcp(1, 2, TcpFlags::PSH).payload(&[1; 100]).ethernet(), length_at, &[0, 0]);
        let Ok(packet) = decode_frame(&frame) else { panic!("{frame:02x?}") };
        assert!(matches!(packet.transport, Transport::Tcp(tcp) if tcp.payload_len == 100), "{packet:?}");
        let snapped = frame.get(..90).unwrap_or_default();
        let large = decode(snapped, LinkType::Ethernet, 0, 70_000).map(|packet| packet.transport_len);
        assert!(matches!(large, Ok(69_946..=69_966)), "{large:?}");
    }
}
