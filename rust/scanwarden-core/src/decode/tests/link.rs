use super::super::{LinkType, Malformed, decode};
use super::{address, decode_frame, patch, v4, v6};
use crate::packet::{LinkCast, TcpFlags, Transport};
use crate::testing::{PacketBuilder, arp_frame};

#[test]
fn every_link_type_gives_the_same_packet() {
    for link in LinkType::ALL {
        for (packet, is_v6) in [(v4(), false), (v6(), true)] {
            let bytes = packet.tcp(40000, 80, TcpFlags::SYN).build(link);
            let decoded = decode(&bytes, link, 7, bytes.len() as u32);
            if matches!((link, is_v6), (LinkType::RawIpv4, true) | (LinkType::RawIpv6, false)) {
                assert_eq!(decoded.err(), Some(Malformed::IpVersionBad), "{link:?}");
                continue;
            }
            let Ok(packet) = decoded else { panic!("{link:?}: {decoded:?}") };
            assert_eq!(packet.destination, address(if is_v6 { "2001:db8::2" } else { "198.51.100.2" }));
            assert!(matches!(packet.transport, Transport::Tcp(tcp) if tcp.destination_port == 80), "{link:?}");
            assert_eq!((packet.time_ns, packet.ip.ttl, packet.transport_len), (7, 57, 20), "{link:?}");
        }
    }
}

#[test]
fn capture_files_numbers_are_known() {
    for link in LinkType::ALL {
        assert_eq!(LinkType::from_dlt(link.dlt()), Some(link));
    }
    for (number, expected) in [
        (108, Some(LinkType::Loopback)),
        (12, Some(LinkType::Raw)),
        (14, Some(LinkType::Raw)),
        (105, None),
        (u32::MAX, None),
    ] {
        assert_eq!(LinkType::from_dlt(number), expected, "{number}");
    }
    for (number, expected) in
        [(1, Some(LinkType::Ethernet)), (772, Some(LinkType::Ethernet)), (0xfffe, Some(LinkType::Raw)), (801, None)]
    {
        assert_eq!(LinkType::from_arphrd(number), expected, "{number}");
    }
}

#[test]
fn the_destination_mac_says_to_whom_it_was_sent() {
    for (mac, cast) in [
        ([0x02, 0, 0, 0, 0, 9], LinkCast::Unicast),
        ([0xff; 6], LinkCast::Broadcast),
        ([0x01, 0, 0x5e, 0, 0, 1], LinkCast::Multicast),
        ([0xff, 0xff, 0xff, 0xff, 0xff, 0xfe], LinkCast::Multicast),
    ] {
        let frame = v4().macs([2, 1, 2, 3, 4, 5], mac).udp(1, 2).ethernet();
        let link = decode_frame(&frame).map(|packet| packet.link);
        assert_eq!(link.map(|link| (link.source_mac, link.cast)), Ok(([2, 1, 2, 3, 4, 5], cast)));
    }
}

#[test]
fn a_cooked_header_says_the_sender_and_to_whom() {
    for (kind, cast) in
        [(0, LinkCast::Unicast), (1, LinkCast::Broadcast), (2, LinkCast::Multicast), (4, LinkCast::Unicast)]
    {
        for (link, kind_at, len_at) in [(LinkType::LinuxCooked, 1, 5), (LinkType::LinuxCooked2, 10, 11)] {
            let bytes = patch(v4().macs([2, 1, 2, 3, 4, 5], [0; 6]).udp(1, 2).build(link), kind_at, &[kind]);
            let decoded = decode(&bytes, link, 0, bytes.len() as u32).map(|packet| packet.link);
            assert_eq!(decoded.map(|link| (link.source_mac, link.cast)), Ok(([2, 1, 2, 3, 4, 5], cast)), "{link:?}");
            let without_address = patch(bytes, len_at, &[0]);
            let decoded = decode(&without_address, link, 0, 1500).map(|packet| packet.link.source_mac);
            assert_eq!(decoded, Ok([0; 6]), "{link:?}");
        }
    }
}

#[test]
fn up_to_four_vlan_tags_are_taken_off() {
    let tag_types = [0x88a8, 0x8100, 0x9100, 0x8100, 0x8100];
    for tags in 0..=5 {
        for link in [LinkType::Ethernet, LinkType::LinuxCooked, LinkType::LinuxCooked2] {
            let packet = tag_types.into_iter().take(tags).fold(v6(), PacketBuilder::vlan).udp(5, 6);
            let bytes = packet.build(link);
            let decoded = decode(&bytes, link, 0, bytes.len() as u32);
            match tags {
                5 => assert_eq!(decoded.err(), Some(Malformed::VlanTagsTooMany)),
                _ => assert!(
                    matches!(decoded.map(|packet| packet.transport), Ok(Transport::Udp(udp)) if udp.destination_port == 6)
                ),
            }
        }
    }
}

#[test]
fn arp_gives_who_asks_for_whom() {
    for operation in [1, 2] {
        let mut frame = arp_frame(operation, [2, 0, 0, 0, 0, 7], [192, 0, 2, 1], [192, 0, 2, 9]);
        frame.resize(60, 0);
        let Ok(packet) = decode_frame(&frame) else { panic!("an ARP message must decode") };
        assert_eq!((packet.source, packet.destination), (address("192.0.2.1"), address("192.0.2.9")));
        assert_eq!((packet.link.cast, packet.transport_bytes.len()), (LinkCast::Broadcast, 28));
        let Transport::Arp(arp) = packet.transport else { panic!("{packet:?}") };
        assert_eq!((arp.operation, arp.sender_mac), (operation, [2, 0, 0, 0, 0, 7]));
    }
}

#[test]
fn bad_link_layers_are_counted_by_reason() {
    let udp = v4().udp(1, 2);
    let arp = arp_frame(1, [2; 6], [192, 0, 2, 1], [192, 0, 2, 2]);
    let cases = [
        (LinkType::Ethernet, vec![0; 13], Malformed::LinkTruncated),
        (LinkType::LinuxCooked, vec![0; 15], Malformed::LinkTruncated),
        (LinkType::LinuxCooked2, vec![0; 19], Malformed::LinkTruncated),
        (LinkType::Loopback, vec![2, 0, 0], Malformed::LinkTruncated),
        (LinkType::Raw, vec![], Malformed::LinkTruncated),
        (LinkType::Raw, vec![0x55; 40], Malformed::IpVersionBad),
        (LinkType::Ethernet, patch(udp.ethernet(), 12, &[0x88, 0xcc]), Malformed::LinkProtocolUnsupported),
        (LinkType::Loopback, patch(udp.build(LinkType::Loopback), 0, &[7]), Malformed::LinkProtocolUnsupported),
        (LinkType::Ethernet, patch(udp.ethernet(), 12, &[0x86, 0xdd]), Malformed::Ipv6HeaderTruncated),
        (
            LinkType::Ethernet,
            patch(v4().udp(1, 2).payload(&[0; 40]).ethernet(), 12, &[0x86, 0xdd]),
            Malformed::IpVersionBad,
        ),
        (LinkType::Ethernet, patch(v6().udp(1, 2).ethernet(), 12, &[0x08, 0x00]), Malformed::IpVersionBad),
        (
            LinkType::Ethernet,
            udp.clone().vlan(0x8100).ethernet().into_iter().take(17).collect(),
            Malformed::VlanTruncated,
        ),
        (LinkType::Ethernet, arp.iter().copied().take(41).collect(), Malformed::ArpTruncated),
        (LinkType::Ethernet, arp.iter().copied().take(21).collect(), Malformed::ArpTruncated),
        (LinkType::Ethernet, patch(arp.clone(), 15, &[6]), Malformed::ArpNotIpv4Ethernet),
        (LinkType::Ethernet, patch(arp, 16, &[0x86, 0xdd]), Malformed::ArpNotIpv4Ethernet),
    ];
    for (link, bytes, expected) in cases {
        assert_eq!(decode(&bytes, link, 0, bytes.len() as u32).err(), Some(expected), "{link:?} {bytes:02x?}");
    }
}
