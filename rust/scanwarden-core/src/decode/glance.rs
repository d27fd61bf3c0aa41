//! The few fields that decide over most packets, read in one step.
//!
//! Only Ethernet frames of whole, plain IPv4 TCP segments are read; for every one of them full decoding gives the same
//! numbers. Anything else, and anything malformed, gives nothing and is decoded.

use super::link::{LinkType, ether_type};
use crate::address::Address;
use crate::packet::{RawPacket, TcpFlags};
use crate::predicate::{ACK_ALONE, CONNECTION_FLAGS, FTP_CONTROL};

/// A plain TCP segment, in brief.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Glance {
    source: u32,
    destination: u32,
    pub(crate) source_port: u16,
    pub(crate) destination_port: u16,
    pub(crate) flags: TcpFlags,
    pub(crate) source_mac: [u8; 6],
    /// Whether the frame went to one station.
    pub(crate) is_unicast: bool,
}

impl Glance {
    /// Say whether the one predicate lets the segment pass; `None` when that depends on its payload.
    #[inline]
    pub(crate) const fn passes(&self) -> Option<bool> {
        if self.flags.0 as u8 & CONNECTION_FLAGS != ACK_ALONE {
            Some(true)
        } else if self.source_port == FTP_CONTROL || self.destination_port == FTP_CONTROL {
            None
        } else {
            Some(false)
        }
    }

    #[inline]
    pub(crate) const fn source(&self) -> Address {
        Address::from_v4(self.source)
    }

    #[inline]
    pub(crate) const fn destination(&self) -> Address {
        Address::from_v4(self.destination)
    }
}

const ETHERNET_LEN: usize = 14;
const IP_LEN: u32 = 20;
const TCP_LEN: u32 = 20;
const TCP: u8 = 6;

/// Glance at a captured packet.
#[inline]
pub(crate) fn glance(raw: &RawPacket<'_>) -> Option<Glance> {
    let (head, _) = raw.bytes.split_first_chunk::<54>()?;
    let (ethernet, rest) = head.split_first_chunk::<ETHERNET_LEN>()?;
    let (ip, rest) = rest.split_first_chunk::<20>()?;
    let (tcp, _) = rest.split_first_chunk::<20>()?;
    let [d0, _, _, _, _, _, m0, m1, m2, m3, m4, m5, t0, t1] = *ethernet;
    let [version, _, l0, l1, _, _, f0, f1, _, protocol, _, _, s0, s1, s2, s3, a0, a1, a2, a3] = *ip;
    let [p0, p1, q0, q1, _, _, _, _, _, _, _, _, offset, flags, ..] = *tcp;
    let is_whole = u16::from_be_bytes([f0 & 0x3f, f1]) == 0;
    let is_plain = raw.link == LinkType::Ethernet
        && u16::from_be_bytes([t0, t1]) == ether_type::IPV4
        && version == 0x45
        && protocol == TCP
        && is_whole;
    let total_len = u32::from(u16::from_be_bytes([l0, l1]));
    let wire_len = raw.original_len.max(raw.bytes.len() as u32) - ETHERNET_LEN as u32;
    let header_len = u32::from(offset >> 4) * 4;
    let has_right_lengths = header_len >= TCP_LEN && total_len >= IP_LEN + header_len && total_len <= wire_len;
    if !is_plain || !has_right_lengths {
        return None;
    }
    Some(Glance {
        source: u32::from_be_bytes([s0, s1, s2, s3]),
        destination: u32::from_be_bytes([a0, a1, a2, a3]),
        source_port: u16::from_be_bytes([p0, p1]),
        destination_port: u16::from_be_bytes([q0, q1]),
        flags: TcpFlags(u16::from_be_bytes([offset & 1, flags])),
        source_mac: [m0, m1, m2, m3, m4, m5],
        is_unicast: d0 & 1 == 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::decode;
    use crate::packet::Transport;
    use crate::predicate::passes;
    use crate::testing::PacketBuilder;
    use proptest::prelude::*;

    fn v4() -> PacketBuilder {
        PacketBuilder::new("192.0.2.1", "198.51.100.2")
    }

    /// Plain segments, and packets that look almost like one.
    fn frames() -> Vec<Vec<u8>> {
        vec![
            v4().tcp(40_000, 80, TcpFlags::SYN).tcp_options(&[2, 4, 5, 0xb4]).ethernet(),
            v4().tcp(40_000, 80, TcpFlags::ACK).payload(b"more").ethernet(),
            v4().tcp(40_000, 21, TcpFlags::ACK).ethernet(),
            v4().tcp(40_000, 21, TcpFlags::ACK).payload(b"PORT").ethernet(),
            v4().ip_options(&[1; 4]).tcp(1, 2, TcpFlags::SYN).ethernet(),
            v4().vlan(0x8100).tcp(1, 2, TcpFlags::SYN).ethernet(),
            v4().udp(1, 2).payload(&[0; 40]).ethernet(),
            PacketBuilder::new("2001:db8::1", "2001:db8::2").tcp(1, 2, TcpFlags::SYN).ethernet(),
        ]
    }

    fn raw(bytes: &[u8], original_len: u32) -> RawPacket<'_> {
        RawPacket { time_ns: 1, link: LinkType::Ethernet, original_len, bytes }
    }

    /// What a glance gives is what decoding gives; what the predicate says, it says.
    fn agrees(raw: &RawPacket<'_>) -> bool {
        let Some(brief) = glance(raw) else { return true };
        let Ok(packet) = decode(raw.bytes, raw.link, raw.time_ns, raw.original_len) else { return false };
        let Transport::Tcp(tcp) = packet.transport else { return false };
        let is_same = brief.source() == packet.source
            && brief.destination() == packet.destination
            && (brief.source_port, brief.destination_port) == (tcp.source_port, tcp.destination_port)
            && brief.flags == tcp.flags
            && brief.source_mac == packet.link.source_mac
            && brief.is_unicast == (packet.link.cast == crate::packet::LinkCast::Unicast);
        is_same && brief.passes().is_none_or(|is_passing| is_passing == passes(raw.bytes, raw.link))
    }

    #[test]
    fn plain_segments_are_read_and_others_are_left_to_decoding() {
        let read: Vec<bool> = frames().iter().map(|frame| glance(&raw(frame, frame.len() as u32)).is_some()).collect();
        assert_eq!(read, [true, true, true, true, false, false, false, false]);
    }

    proptest! {
        #[test]
        fn damaged_packets_are_read_as_decoding_reads_them(
            number in 0_usize..8,
            damage in prop::collection::vec((0_usize..60, any::<u8>()), 0..3),
            len in 0_usize..80,
            longer in 0_u32..100,
        ) {
            let mut frame = frames().swap_remove(number);
            for (place, value) in damage {
                if let Some(byte) = frame.get_mut(place) {
                    *byte = value;
                }
            }
            frame.truncate(len.max(40));
            let original_len = frame.len() as u32 + longer;
            prop_assert!(agrees(&raw(&frame, original_len)));
        }
    }
}
