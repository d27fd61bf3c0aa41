//! Transport checksums (RFC 1071) of packets that were captured whole.

use crate::address::Address;
use crate::packet::{Packet, Transport};

/// What a packet's transport checksum says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Checksum {
    /// It fits the bytes.
    Good,
    /// It does not fit, so the receiver drops the packet.
    Bad,
    /// The packet has none, was not captured whole, its checksum cannot be judged from it alone, or was left to the network
    /// card: then the field holds nothing, or the pseudo header's sum.
    Unknown,
}

const TCP: u8 = 6;
const UDP: u8 = 17;
const ICMPV6: u8 = 58;
const UDP_LITE: u8 = 136;

/// Judge the checksum of a TCP, UDP, UDP-Lite, ICMP or `ICMPv6` packet.
pub fn verify(packet: &Packet<'_>) -> Checksum {
    let Some(bytes) = packet.transport_bytes.get(..packet.transport_len as usize) else { return Checksum::Unknown };
    let judged = match packet.transport {
        Transport::Tcp(_) => judge_or_offloaded(pseudo_header(packet, TCP, bytes.len()), bytes, 16),
        Transport::Icmpv6(_) => judge_or_offloaded(pseudo_header(packet, ICMPV6, bytes.len()), bytes, 2),
        Transport::Icmp(_) => return judge(sum(bytes)),
        Transport::Udp(_) => verify_udp(packet, bytes),
        Transport::Sctp(_) | Transport::Arp(_) | Transport::Other(_) => return Checksum::Unknown,
    };
    // With a source route or routing header the sender summed another destination (RFC 8200 8.1).
    if judged == Checksum::Bad && packet.ip.has_options { Checksum::Unknown } else { judged }
}

fn verify_udp(packet: &Packet<'_>, bytes: &[u8]) -> Checksum {
    let [_, _, _, _, l0, l1, c0, c1, ..] = *bytes else { return Checksum::Unknown };
    if [c0, c1] == [0, 0] {
        // RFC 768: not computed. RFC 8200 8.1: must be, in IPv6.
        return if packet.source.is_v4() { Checksum::Unknown } else { Checksum::Bad };
    }
    let covered = match u16::from_be_bytes([l0, l1]) {
        0 => bytes,
        claimed => match bytes.get(..usize::from(claimed)) {
            Some(covered) => covered,
            None => return Checksum::Unknown,
        },
    };
    // The two protocols share a decoded form: UDP's pseudo header has the covered length, UDP-Lite's (RFC 3828 3.1) the
    // whole one.
    let as_udp = judge_or_offloaded(pseudo_header(packet, UDP, covered.len()), covered, 6);
    let as_udp_lite = judge(pseudo_header(packet, UDP_LITE, bytes.len()) + sum(covered));
    if as_udp == Checksum::Bad { as_udp_lite } else { as_udp }
}

/// Judge a segment whose checksum field stands at `offset`. A sender that leaves the sum to its network card writes the
/// pseudo header's sum there (Linux: `CHECKSUM_PARTIAL`), or nothing; so do virtual links, where no card ever adds the rest.
fn judge_or_offloaded(pseudo_header: u64, bytes: &[u8], offset: usize) -> Checksum {
    let field = bytes.get(offset..offset + 2).map(|field| fold(sum(field)));
    match judge(pseudo_header + sum(bytes)) {
        Checksum::Bad if field == Some(0) || field == Some(fold(pseudo_header)) => Checksum::Unknown,
        judged => judged,
    }
}

/// Add up the pseudo header of RFC 9293 3.1 or RFC 8200 8.1; both are sums of the same 16-bit words.
fn pseudo_header(packet: &Packet<'_>, protocol: u8, len: usize) -> u64 {
    sum_of_address(packet.source) + sum_of_address(packet.destination) + u64::from(protocol) + len as u64
}

fn sum_of_address(address: Address) -> u64 {
    match address.as_v4() {
        Some(v4) => sum(&v4.to_be_bytes()),
        None => sum(&address.0.to_be_bytes()),
    }
}

/// Add up 16-bit big-endian words, an odd last byte padded with zero; carries are not folded in yet.
pub(crate) fn sum(bytes: &[u8]) -> u64 {
    let words = bytes.chunks(2).map(|word| match *word {
        [high, low] => u64::from(u16::from_be_bytes([high, low])),
        [high] => u64::from(high) << 8,
        _ => 0,
    });
    words.sum()
}

/// Fold the carries of a sum into 16 bits.
pub(crate) const fn fold(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
}

const fn judge(sum: u64) -> Checksum {
    if fold(sum) == 0xffff { Checksum::Good } else { Checksum::Bad }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{LinkType, decode};
    use crate::packet::TcpFlags;
    use crate::testing::PacketBuilder;

    fn verify_frame(frame: &[u8]) -> Option<Checksum> {
        decode(frame, LinkType::Ethernet, 0, frame.len() as u32).ok().map(|packet| verify(&packet))
    }

    #[test]
    fn the_example_of_rfc_1071_adds_up() {
        assert_eq!(fold(sum(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7])), 0xddf2);
        assert_eq!(sum(&[0x01]), 0x0100);
    }

    #[test]
    fn every_flipped_transport_bit_shows() {
        let v4 = PacketBuilder::new("192.0.2.1", "198.51.100.2");
        let v6 = PacketBuilder::new("2001:db8::1", "2001:db8::2");
        let packets = [
            v4.clone().tcp(40000, 80, TcpFlags::SYN).tcp_options(&[2, 4, 5, 0xb4]).payload(b"odd"),
            v6.clone().tcp(40000, 80, TcpFlags::SYN).payload(b"even"),
            v4.clone().udp(53, 53).payload(b"query"),
            v6.clone().udp(53, 53).payload(b"query"),
            v4.clone().icmp(8, 0, 7, 1).payload(b"abcdefg"),
            v6.clone().icmpv6(128, 0, 7, 1).payload(b"abcdefg"),
        ];
        for packet in packets {
            let mut frame = packet.ethernet();
            assert_eq!(verify_frame(&frame), Some(Checksum::Good), "{packet:?}");
            if let Some(last) = frame.last_mut() {
                *last ^= 1;
            }
            assert_eq!(verify_frame(&frame), Some(Checksum::Bad), "{packet:?}");
        }
    }

    #[test]
    fn a_sum_that_was_left_to_the_card_is_unknown() {
        for (source, destination) in [("192.0.2.1", "198.51.100.2"), ("2001:db8::1", "2001:db8::2")] {
            let segment = PacketBuilder::new(source, destination).tcp(40000, 80, TcpFlags::SYN);
            let frame = segment.ethernet();
            let Ok(packet) = decode(&frame, LinkType::Ethernet, 0, frame.len() as u32) else { return };
            let partial = fold(pseudo_header(&packet, TCP, 20));
            for (field, expected) in
                [(partial, Checksum::Unknown), (0, Checksum::Unknown), (partial.wrapping_add(1), Checksum::Bad)]
            {
                let mut frame = frame.clone();
                let place = frame.len() - 4;
                if let Some(bytes) = frame.get_mut(place..place + 2) {
                    bytes.copy_from_slice(&field.to_be_bytes());
                }
                assert_eq!(verify_frame(&frame), Some(expected), "{source} {field:04x}");
            }
        }
    }

    #[test]
    fn trailing_padding_does_not_count() {
        let mut frame = PacketBuilder::new("192.0.2.1", "198.51.100.2").udp(1, 2).payload(b"x").ethernet();
        frame.resize(60, 0xaa);
        assert_eq!(verify_frame(&frame), Some(Checksum::Good));
    }

    #[test]
    fn a_snapped_packet_cannot_be_judged() {
        let frame = PacketBuilder::new("192.0.2.1", "198.51.100.2").udp(1, 2).payload(&[1; 100]).ethernet();
        let snapped = frame.get(..100).unwrap_or_default();
        let packet = decode(snapped, LinkType::Ethernet, 0, frame.len() as u32);
        assert_eq!(packet.ok().map(|packet| verify(&packet)), Some(Checksum::Unknown));
    }

    #[test]
    fn a_udp_packet_without_checksum_is_unknown_in_ipv4_and_bad_in_ipv6() {
        for (source, destination, expected) in
            [("192.0.2.1", "192.0.2.2", Checksum::Unknown), ("2001:db8::1", "2001:db8::2", Checksum::Bad)]
        {
            let frame = PacketBuilder::new(source, destination).udp(1, 2).without_checksum().ethernet();
            assert_eq!(verify_frame(&frame), Some(expected), "{source}");
        }
    }

    #[test]
    fn udp_lite_is_judged_over_its_coverage() {
        let covered_header = PacketBuilder::new("192.0.2.1", "192.0.2.2").udp_lite(1, 2, 8).payload(b"may be damaged");
        let mut frame = covered_header.ethernet();
        if let Some(last) = frame.last_mut() {
            *last ^= 0xff;
        }
        assert_eq!(verify_frame(&frame), Some(Checksum::Good));
        if let Some(port) = frame.get_mut(34) {
            *port ^= 1;
        }
        assert_eq!(verify_frame(&frame), Some(Checksum::Bad));
    }

    #[test]
    fn a_bad_sum_behind_a_routing_header_is_unknown() {
        let routed = PacketBuilder::new("2001:db8::1", "2001:db8::2").extension(43, &[0, 4, 0, 0, 0, 0, 0]);
        let mut frame = routed.tcp(1, 2, TcpFlags::SYN).payload(b"x").ethernet();
        assert_eq!(verify_frame(&frame), Some(Checksum::Good));
        if let Some(last) = frame.last_mut() {
            *last ^= 1;
        }
        assert_eq!(verify_frame(&frame), Some(Checksum::Unknown));
    }
}
