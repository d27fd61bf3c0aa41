//! The few fields that decide over most packets, read in one step.
//!
//! Only Ethernet frames of whole, plain IPv4 TCP segments are read; for every one of them full decoding gives the same
//! numbers. Anything else, and anything malformed, gives nothing and is decoded.

use super::link::{LinkType, ether_type};
use crate::packet::{RawPacket, TcpFlags};
use crate::predicate::{ACK_ALONE, CONNECTION_FLAGS, FTP_CONTROL};

/// A plain TCP segment, in brief.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Glance {
    pub(crate) source: u32,
    pub(crate) destination: u32,
    pub(crate) source_port: u16,
    pub(crate) destination_port: u16,
    pub(crate) flags: TcpFlags,
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
}

const ETHERNET_LEN: usize = 14;
const IP_LEN: u32 = 20;
const TCP_LEN: u32 = 20;
/// `EtherType` IPv4, version 4, header of five words; the last octet, type of service, may be anything.
const PLAIN_IP: u32 = (ether_type::IPV4 as u32) << 16 | 0x45 << 8;
/// Neither more fragments nor an offset, and TCP; don't fragment and the time to live may be anything.
const WHOLE_TCP: u32 = 6;
const WHOLE_TCP_MASK: u32 = 0x3fff_00ff;

/// The headers looked at: Ethernet, IPv4, TCP.
type Head = [u8; 54];

#[inline]
fn word<const N: usize>(head: &Head, at: usize) -> [u8; N] {
    // Places are constants within the head, so the look-up cannot fail and costs nothing.
    head.get(at..).and_then(<[u8]>::first_chunk).copied().unwrap_or([0; N])
}

/// The sender's hardware address, of a packet that a glance was enough for.
#[inline]
pub(crate) fn source_mac(raw: &RawPacket<'_>) -> [u8; 6] {
    raw.bytes.first_chunk::<54>().map_or([0; 6], |head| word(head, 6))
}

/// Glance at a captured packet.
#[inline]
pub(crate) fn glance(raw: &RawPacket<'_>) -> Option<Glance> {
    let head = raw.bytes.first_chunk::<54>()?;
    let is_plain = u32::from_be_bytes(word(head, 12)) & !0xff == PLAIN_IP
        && u32::from_be_bytes(word(head, 20)) & WHOLE_TCP_MASK == WHOLE_TCP
        && raw.link == LinkType::Ethernet;
    let total_len = u32::from(u16::from_be_bytes(word(head, 16)));
    let wire_len = raw.original_len.max(raw.bytes.len() as u32) - ETHERNET_LEN as u32;
    let [offset, flags] = word(head, 46);
    let header_len = u32::from(offset >> 4) * 4;
    let has_right_lengths = header_len >= TCP_LEN && total_len >= IP_LEN + header_len && total_len <= wire_len;
    if !is_plain || !has_right_lengths {
        return None;
    }
    let [first, ..] = head;
    Some(Glance {
        source: u32::from_be_bytes(word(head, 26)),
        destination: u32::from_be_bytes(word(head, 30)),
        source_port: u16::from_be_bytes(word(head, 34)),
        destination_port: u16::from_be_bytes(word(head, 36)),
        flags: TcpFlags(u16::from_be_bytes([offset & 1, flags])),
        is_unicast: first & 1 == 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::Address;
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
        let is_same = Address::from_v4(brief.source) == packet.source
            && Address::from_v4(brief.destination) == packet.destination
            && (brief.source_port, brief.destination_port) == (tcp.source_port, tcp.destination_port)
            && brief.flags == tcp.flags
            && source_mac(raw) == packet.link.source_mac
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
