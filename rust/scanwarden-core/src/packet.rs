//! One packet's headers, decoded: the type between decoding and the detector.

use crate::address::Address;
use crate::decode::LinkType;
use crate::tricks::Tricks;

/// Nanoseconds since 1970-01-01T00:00:00Z, as the capture says.
pub type Nanoseconds = u64;

/// One captured packet, not yet decoded. Borrows the reader's buffer or the kernel's ring; nothing is copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawPacket<'a> {
    /// When it was captured.
    pub time_ns: Nanoseconds,
    /// Which header `bytes` begins with.
    pub link: LinkType,
    /// Length in bytes on the wire; at least `bytes.len()` unless the file lies.
    pub original_len: u32,
    /// What was captured of it.
    pub bytes: &'a [u8],
}

impl RawPacket<'_> {
    /// A packet without bytes, to fill arrays with.
    pub const EMPTY: Self = Self { time_ns: 0, link: LinkType::Ethernet, original_len: 0, bytes: &[] };
}

/// The headers of one packet that the detector may look at. Borrows the captured bytes; nothing is copied.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    /// When the packet was captured.
    pub time_ns: Nanoseconds,
    /// Source address; for ARP the sender's protocol address.
    pub source: Address,
    /// Destination address; for ARP the address asked for.
    pub destination: Address,
    /// Link-layer facts; all zero where the link layer has none.
    pub link: Link,
    /// Network-layer facts.
    pub ip: IpHeader,
    /// The transport header, or what stands in its place.
    pub transport: Transport<'a>,
    /// Captured bytes from the transport header on; empty when the packet came in several fragments.
    pub transport_bytes: &'a [u8],
    /// Length in bytes from the transport header on, as the IP header claims; more than was captured when snapped.
    pub transport_len: u32,
}

/// Link-layer facts of a packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// The sender's MAC address; zero when the link layer has none.
    pub source_mac: [u8; 6],
    /// To whom the link layer delivered it.
    pub cast: LinkCast,
}

/// To whom the link layer delivered a packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LinkCast {
    /// To one station, or unknown (raw IP).
    #[default]
    Unicast,
    /// To all stations.
    Broadcast,
    /// To a group of stations.
    Multicast,
}

/// Network-layer facts of a packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IpHeader {
    /// TTL or hop limit as received.
    pub ttl: u8,
    /// IPv4 identification; 0 for IPv6.
    pub id: u16,
    /// IPv4 DF bit.
    pub dont_fragment: bool,
    /// Whether the packet carried IPv4 options, an authentication header, or IPv6 extension headers other than a fragment
    /// header.
    pub has_options: bool,
    /// Whether the transport header came in a fragment (put together, or an atomic fragment).
    pub is_fragment: bool,
    /// What in the headers helps past filters.
    pub tricks: Tricks,
    /// Length of the whole IP packet in bytes, as its header claims.
    pub total_len: u32,
}

/// The transport header of a packet.
#[derive(Clone, Copy, Debug)]
pub enum Transport<'a> {
    /// TCP (RFC 9293).
    Tcp(Tcp),
    /// UDP or UDP-Lite (RFC 768, RFC 3828).
    Udp(Udp<'a>),
    /// ICMP (RFC 792).
    Icmp(Icmp),
    /// `ICMPv6` (RFC 4443, RFC 4861).
    Icmpv6(Icmp),
    /// SCTP's first chunk (RFC 9260).
    Sctp(Sctp),
    /// ARP for IPv4 over Ethernet (RFC 826).
    Arp(Arp),
    /// Any other IP protocol, by its IANA number.
    Other(u8),
}

/// A TCP header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tcp {
    /// Source port.
    pub source_port: u16,
    /// Destination port.
    pub destination_port: u16,
    /// Sequence number.
    pub sequence: u32,
    /// Acknowledgement number, also when the ACK flag is not set.
    pub acknowledgement: u32,
    /// The nine flag bits.
    pub flags: TcpFlags,
    /// Window as sent, unscaled.
    pub window: u16,
    /// The options, in brief.
    pub options: TcpOptions,
    /// Bytes of payload, as the IP header claims.
    pub payload_len: u32,
}

impl Tcp {
    /// Tools that craft SYN-ACKs claim windows up to this (nmap 1,024, hping3 512, unicornscan 4,096); systems claim more.
    const CRAFTED_WINDOW: u16 = 4096;

    /// Say whether this SYN-ACK is none that a system sends: every one of those names its segment size (RFC 9293 3.7.1) and
    /// offers more than a few segments of window.
    pub(crate) const fn is_crafted_answer(&self) -> bool {
        self.options.mss == 0 || self.window <= Self::CRAFTED_WINDOW
    }
}

/// What of a segment tells its connection, and how far that is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment {
    pub(crate) source: Address,
    pub(crate) destination: Address,
    pub(crate) source_port: u16,
    pub(crate) destination_port: u16,
    pub(crate) sequence: u32,
    pub(crate) acknowledgement: u32,
    pub(crate) flags: TcpFlags,
    /// Bytes of payload, as the IP header claims.
    pub(crate) payload_len: u32,
}

impl Segment {
    /// The segment that a packet carries.
    #[inline]
    pub(crate) const fn of(packet: &Packet<'_>, tcp: &Tcp) -> Self {
        Self {
            source: packet.source,
            destination: packet.destination,
            source_port: tcp.source_port,
            destination_port: tcp.destination_port,
            sequence: tcp.sequence,
            acknowledgement: tcp.acknowledgement,
            flags: tcp.flags,
            payload_len: tcp.payload_len,
        }
    }
}

/// TCP flags: the low eight bits of header byte 13, and AE (formerly NS) as bit 8.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct TcpFlags(pub u16);

impl TcpFlags {
    /// FIN: no more data from the sender.
    pub const FIN: u16 = 0x01;
    /// SYN: synchronise sequence numbers.
    pub const SYN: u16 = 0x02;
    /// RST: reset the connection.
    pub const RST: u16 = 0x04;
    /// PSH: push.
    pub const PSH: u16 = 0x08;
    /// ACK: the acknowledgement number is valid.
    pub const ACK: u16 = 0x10;
    /// URG: the urgent pointer is valid.
    pub const URG: u16 = 0x20;
    /// ECE (RFC 3168).
    pub const ECE: u16 = 0x40;
    /// CWR (RFC 3168).
    pub const CWR: u16 = 0x80;
    /// AE (formerly NS, RFC 9768).
    pub const AE: u16 = 0x100;

    /// Say whether all bits of `mask` are set.
    #[inline]
    pub const fn has(self, mask: u16) -> bool {
        self.0 & mask == mask
    }

    /// The six classic flags, without the ECN bits.
    #[inline]
    pub const fn classic(self) -> u16 {
        self.0 & 0x3f
    }
}

/// TCP options in brief: which kinds in which order, and the values that tell stacks apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct TcpOptions {
    /// The kinds in order, four bits each from the lowest bits up, at most sixteen; a kind above 14, and whatever was not
    /// captured, is written as 15, and a trailing end-of-list (kind 0) is not written. MSS alone is `0x2`; MSS, NOP, WS is `0x312`.
    pub layout: u64,
    /// Maximum segment size (RFC 9293 3.7.1), 0 when absent.
    pub mss: u16,
    /// Window scale shift (RFC 7323) plus one, 0 when absent.
    pub window_scale_plus_one: u8,
    /// Timestamp value (RFC 7323), 0 when absent.
    pub timestamp: u32,
    /// Length of the options in bytes, padding included.
    pub len: u8,
}

/// A UDP header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Udp<'a> {
    /// Source port.
    pub source_port: u16,
    /// Destination port.
    pub destination_port: u16,
    /// Captured payload, up to the snap length.
    pub payload: &'a [u8],
    /// Bytes of payload, as the headers claim.
    pub payload_len: u32,
}

/// An ICMP or `ICMPv6` header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Icmp {
    /// Type.
    pub kind: u8,
    /// Code.
    pub code: u8,
    /// Identifier of an echo, timestamp or mask message.
    pub id: u16,
    /// Sequence number of an echo, timestamp or mask message.
    pub sequence: u16,
    /// Bytes after the 8-byte header.
    pub payload_len: u32,
    /// Whether every captured payload byte is zero (true for an empty payload).
    pub is_payload_zero: bool,
    /// The address a neighbour solicitation or advertisement is about.
    pub neighbour: Option<Address>,
    /// The packet an error message quotes.
    pub quoted: Option<Quoted>,
}

/// The packet quoted inside an ICMP error: never the sender's own ports, always the receiver's earlier packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quoted {
    /// Source of the quoted packet.
    pub source: Address,
    /// Destination of the quoted packet.
    pub destination: Address,
    /// IP protocol number after any IPv6 extension headers.
    pub protocol: u8,
    /// Source port (TCP, UDP, SCTP), else 0.
    pub source_port: u16,
    /// Destination port (TCP, UDP, SCTP), else 0. For quoted ICMP: the quoted type.
    pub destination_port: u16,
    /// TCP flags, where the quote reaches that far (RFC 1812 4.3.2.3 asks for it; RFC 792 quotes eight bytes only), else none.
    pub tcp_flags: TcpFlags,
}

/// SCTP's common header and first chunk type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sctp {
    /// Source port.
    pub source_port: u16,
    /// Destination port.
    pub destination_port: u16,
    /// Verification tag.
    pub verification_tag: u32,
    /// First chunk's type: 1 INIT, 2 INIT-ACK, 6 ABORT, 9 ERROR, 10 COOKIE-ECHO, 11 COOKIE-ACK …; 255 when there is none.
    pub chunk: u8,
}

/// An ARP message for IPv4.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Arp {
    /// Operation: 1 request, 2 reply.
    pub operation: u16,
    /// The sender's hardware address.
    pub sender_mac: [u8; 6],
}
