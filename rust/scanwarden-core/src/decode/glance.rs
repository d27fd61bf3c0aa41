//! The few fields that decide over most packets, read in one step.
//!
//! Only Ethernet frames of whole, plain IPv4 TCP segments are read; for every one of them full decoding gives the same
//! numbers. Anything else, and anything malformed, gives nothing and is decoded.

use super::link::{LinkType, cast_of, ether_type};
use super::tcp_options;
use crate::address::Address;
use crate::packet::{IpHeader, Link, Packet, RawPacket, Segment, Tcp, TcpFlags, Transport};
use crate::predicate::{ACK_ALONE, CONNECTION_FLAGS, FTP_CONTROL};

/// The headers looked at: Ethernet, IPv4, TCP.
type Head = [u8; 54];

/// A plain TCP segment, of which every field is read where it lies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Glance<'a>(&'a Head);

impl<'a> Glance<'a> {
    /// Glance at a captured packet; `None` when it is no plain segment, or malformed.
    #[inline(always)]
    pub(crate) fn at(raw: &RawPacket<'a>) -> Option<Self> {
        let glance = Self(raw.bytes.first_chunk()?);
        let (ip, network) = (u64::from_ne_bytes(glance.read(12)), u64::from_ne_bytes(glance.read(20)));
        // Without branches between: nearly every packet is plain.
        let is_plain =
            (ip & PLAIN_IP_MASK.to_be() ^ PLAIN_IP.to_be()) | (network & WHOLE_MASK.to_be() ^ WHOLE_TCP.to_be()) == 0;
        let total_len = u32::from(u16::from_be_bytes(glance.read(16)));
        let wire_len = raw.original_len.max(raw.bytes.len() as u32) - ETHERNET_LEN as u32;
        let header_len = u32::from(glance.offset_and_flags() >> 12) * 4;
        let has_right_lengths = header_len >= TCP_LEN && total_len >= IP_LEN + header_len && total_len <= wire_len;
        (is_plain && has_right_lengths && raw.link == LinkType::Ethernet).then_some(glance)
    }

    #[inline(always)]
    fn read<const N: usize>(self, at: usize) -> [u8; N] {
        // Places are constants within the head, so the look-up cannot fail and costs nothing.
        self.0.get(at..).and_then(<[u8]>::first_chunk).copied().unwrap_or([0; N])
    }

    /// The sender's hardware address.
    #[inline(always)]
    pub(crate) fn source_mac(self) -> [u8; 6] {
        self.read(6)
    }

    /// The source's and the destination's address, one behind the other.
    #[inline(always)]
    pub(crate) fn addresses(self) -> u64 {
        u64::from_be_bytes(self.read(26))
    }

    #[inline(always)]
    pub(crate) fn source(self) -> u32 {
        u32::from_be_bytes(self.read(26))
    }

    #[inline(always)]
    pub(crate) fn destination(self) -> u32 {
        u32::from_be_bytes(self.read(30))
    }

    #[inline(always)]
    pub(crate) fn source_port(self) -> u16 {
        u16::from_be_bytes(self.read(34))
    }

    #[inline(always)]
    pub(crate) fn destination_port(self) -> u16 {
        u16::from_be_bytes(self.read(36))
    }

    #[inline(always)]
    fn offset_and_flags(self) -> u16 {
        u16::from_be_bytes(self.read(46))
    }

    #[inline(always)]
    pub(crate) fn flags(self) -> TcpFlags {
        TcpFlags(self.offset_and_flags() & ALL_FLAGS)
    }

    /// Whether the frame went to one station.
    #[inline(always)]
    pub(crate) fn is_unicast(self) -> bool {
        let [first, ..] = self.0;
        first & 1 == 0
    }

    /// Decode the whole packet it was taken of: what [`decode`](super::decode) gives, but that nothing needs to be checked
    /// again.
    #[inline(always)]
    pub(crate) fn decode(self, raw: &RawPacket<'a>) -> Packet<'a> {
        let [d0, d1, d2, d3, d4, d5] = self.read(0);
        let total_len = u32::from(u16::from_be_bytes(self.read(16)));
        let header_len = u32::from(self.offset_and_flags() >> 12) * 4;
        let [ttl] = self.read(22);
        let datagram = raw.bytes.get(ETHERNET_LEN..).unwrap_or_default();
        let datagram = datagram.get(..total_len as usize).unwrap_or(datagram);
        let segment = datagram.get(IP_LEN as usize..).unwrap_or_default();
        let options = segment.get(TCP_LEN as usize..).unwrap_or_default();
        let segment_len = total_len - IP_LEN;
        Packet {
            time_ns: raw.time_ns,
            source: Address::from_v4(self.source()),
            destination: Address::from_v4(self.destination()),
            link: Link { source_mac: self.source_mac(), cast: cast_of([d0, d1, d2, d3, d4, d5]) },
            ip: IpHeader {
                ttl,
                id: u16::from_be_bytes(self.read(18)),
                dont_fragment: u16::from_be_bytes(self.read(20)) & 0x4000 != 0,
                total_len,
                ..IpHeader::default()
            },
            transport: Transport::Tcp(Tcp {
                source_port: self.source_port(),
                destination_port: self.destination_port(),
                sequence: u32::from_be_bytes(self.read(38)),
                acknowledgement: u32::from_be_bytes(self.read(42)),
                flags: self.flags(),
                window: u16::from_be_bytes(self.read(48)),
                options: tcp_options::decode(options, (header_len - TCP_LEN) as u8),
                payload_len: segment_len - header_len,
            }),
            transport_bytes: segment,
            transport_len: segment_len,
        }
    }

    /// What tells its connection, and how far that is.
    #[inline(always)]
    pub(crate) fn segment(self) -> Segment {
        let header_len = u32::from(self.offset_and_flags() >> 12) * 4;
        Segment {
            source: Address::from_v4(self.source()),
            destination: Address::from_v4(self.destination()),
            source_port: self.source_port(),
            destination_port: self.destination_port(),
            sequence: u32::from_be_bytes(self.read(38)),
            acknowledgement: u32::from_be_bytes(self.read(42)),
            flags: self.flags(),
            payload_len: u32::from(u16::from_be_bytes(self.read(16))) - IP_LEN - header_len,
        }
    }

    /// Say whether it is a SYN and nothing else, to one station, and no data connection of FTP.
    #[inline(always)]
    pub(crate) fn is_lone_syn(self) -> bool {
        self.flags().classic() == TcpFlags::SYN && self.is_unicast() && self.source_port() != FTP_DATA
    }

    /// Say whether the one predicate lets the segment pass; `None` when that depends on its payload.
    #[inline(always)]
    pub(crate) fn passes(self) -> Option<bool> {
        if self.flags().0 as u8 & CONNECTION_FLAGS != ACK_ALONE {
            Some(true)
        } else if self.source_port() == FTP_CONTROL || self.destination_port() == FTP_CONTROL {
            None
        } else {
            Some(false)
        }
    }
}

/// Where a UDP datagram most likely comes from and goes to; decoding tells whether it is well-formed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DatagramGlance {
    /// Address and port.
    pub(crate) source: (u32, u16),
    pub(crate) destination: (u32, u16),
}

impl DatagramGlance {
    /// Glance at a captured packet; `None` when it is no Ethernet frame of a whole, plain IPv4 datagram.
    #[inline]
    pub(crate) fn at(raw: &RawPacket<'_>) -> Option<Self> {
        let glance = Glance(raw.bytes.first_chunk()?);
        let (ip, network) = (u64::from_be_bytes(glance.read(12)), u64::from_be_bytes(glance.read(20)));
        let is_plain = ip & PLAIN_IP_MASK == PLAIN_IP && network & WHOLE_MASK == WHOLE_UDP;
        (is_plain && raw.link == LinkType::Ethernet).then(|| Self {
            source: (glance.source(), glance.source_port()),
            destination: (glance.destination(), glance.destination_port()),
        })
    }
}

/// The port that data connections of FTP come from (RFC 959).
const FTP_DATA: u16 = 20;
const ETHERNET_LEN: usize = 14;
const IP_LEN: u32 = 20;
const TCP_LEN: u32 = 20;
const ALL_FLAGS: u16 = 0x1ff;
/// Octets 12 to 19: `EtherType` IPv4, version 4 and a header of five words; type of service, length and identification may
/// be anything.
const PLAIN_IP: u64 = (ether_type::IPV4 as u64) << 48 | 0x45 << 40;
const PLAIN_IP_MASK: u64 = 0xffff_ff00 << 32;
/// Octets 20 to 27: neither more fragments nor an offset, and TCP; don't fragment, the time to live, the checksum and the
/// source may be anything.
const WHOLE_TCP: u64 = 6 << 32;
/// The same of UDP.
const WHOLE_UDP: u64 = 17 << 32;
const WHOLE_MASK: u64 = 0x3fff_00ff << 32;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::decode;
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
        let Some(brief) = Glance::at(raw) else { return true };
        let Ok(packet) = decode(raw.bytes, raw.link, raw.time_ns, raw.original_len) else { return false };
        let Transport::Tcp(tcp) = packet.transport else { return false };
        let is_decoded_alike = format!("{:?}", brief.decode(raw)) == format!("{packet:?}");
        let is_same = Address::from_v4(brief.source()) == packet.source
            && Address::from_v4(brief.destination()) == packet.destination
            && brief.addresses() == u64::from(brief.source()) << 32 | u64::from(brief.destination())
            && (brief.source_port(), brief.destination_port()) == (tcp.source_port, tcp.destination_port)
            && brief.flags() == tcp.flags
            && brief.source_mac() == packet.link.source_mac
            && brief.is_unicast() == (packet.link.cast == crate::packet::LinkCast::Unicast);
        is_same && is_decoded_alike && brief.passes().is_none_or(|is_passing| is_passing == passes(raw.bytes, raw.link))
    }

    #[test]
    fn plain_segments_are_read_and_others_are_left_to_decoding() {
        let read: Vec<bool> =
            frames().iter().map(|frame| Glance::at(&raw(frame, frame.len() as u32)).is_some()).collect();
        assert_eq!(read, [true, true, true, true, false, false, false, false]);
    }

    #[test]
    fn the_ends_of_datagrams_are_read_and_those_of_others_are_not() {
        let ends: Vec<_> = frames().iter().map(|frame| DatagramGlance::at(&raw(frame, frame.len() as u32))).collect();
        let read = DatagramGlance { source: (0xc000_0201, 1), destination: (0xc633_6402, 2) };
        assert_eq!(ends, [None, None, None, None, None, None, Some(read), None]);
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
