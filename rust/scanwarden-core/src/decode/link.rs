//! The link layer: which header the capture begins with, and what lies behind it.

use super::malformed::Malformed;
use crate::packet::{Link, LinkCast};

/// The link-layer header a capture's packets begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LinkType {
    /// Ethernet II, with any 802.1Q or 802.1ad tags.
    Ethernet,
    /// Linux cooked capture, version 1 (16-byte header).
    LinuxCooked,
    /// Linux cooked capture, version 2 (20-byte header).
    LinuxCooked2,
    /// No link-layer header: IPv4 or IPv6 by the version field.
    Raw,
    /// No link-layer header, IPv4 only.
    RawIpv4,
    /// No link-layer header, IPv6 only.
    RawIpv6,
    /// BSD loopback: a four-byte address family, in either byte order.
    Loopback,
}

impl LinkType {
    /// Every link type, for tests and tables.
    pub const ALL: [Self; 7] = [
        Self::Ethernet,
        Self::LinuxCooked,
        Self::LinuxCooked2,
        Self::Raw,
        Self::RawIpv4,
        Self::RawIpv6,
        Self::Loopback,
    ];

    /// Translate the link type of a capture file's header (tcpdump.org/linktypes.html), `None` when it cannot be read.
    pub const fn from_dlt(number: u32) -> Option<Self> {
        Some(match number {
            0 | 108 => Self::Loopback,
            1 => Self::Ethernet,
            // 12 and 14 are DLT_RAW of FreeBSD and OpenBSD, written to files by old programs; 101 is the file's own number.
            12 | 14 | 101 => Self::Raw,
            113 => Self::LinuxCooked,
            228 => Self::RawIpv4,
            229 => Self::RawIpv6,
            276 => Self::LinuxCooked2,
            _ => return None,
        })
    }

    /// Return the link type number to write into a capture file's header.
    pub const fn dlt(self) -> u32 {
        match self {
            Self::Loopback => 0,
            Self::Ethernet => 1,
            Self::Raw => 101,
            Self::LinuxCooked => 113,
            Self::RawIpv4 => 228,
            Self::RawIpv6 => 229,
            Self::LinuxCooked2 => 276,
        }
    }

    /// Translate an interface's `ARPHRD_` number (`linux/if_arp.h`) to what an `AF_PACKET` socket of type `SOCK_RAW`
    /// delivers from it; `None` when its header is another one.
    pub const fn from_arphrd(number: u16) -> Option<Self> {
        match number {
            // ARPHRD_ETHER, ARPHRD_LOOPBACK.
            1 | 772 => Some(Self::Ethernet),
            // ARPHRD_RAWIP, ARPHRD_TUNNEL, ARPHRD_TUNNEL6, ARPHRD_SIT, ARPHRD_NONE.
            519 | 768 | 769 | 776 | 0xfffe => Some(Self::Raw),
            _ => None,
        }
    }

    /// Bytes of header before the network layer, VLAN tags not counted.
    pub const fn header_len(self) -> u32 {
        match self {
            Self::Ethernet => 14,
            Self::LinuxCooked => 16,
            Self::LinuxCooked2 => 20,
            Self::Raw | Self::RawIpv4 | Self::RawIpv6 => 0,
            Self::Loopback => 4,
        }
    }
}

/// VLAN tags that may be stacked before a frame is given up.
pub(crate) const MAX_VLAN_TAGS: u32 = 4;
/// Bytes of one VLAN tag together with the type that follows it.
pub(crate) const VLAN_TAG_LEN: u32 = 4;

/// The link layers' protocol numbers that are told apart (IEEE 802 numbers, IANA).
pub(crate) mod ether_type {
    pub(crate) const IPV4: u16 = 0x0800;
    pub(crate) const ARP: u16 = 0x0806;
    pub(crate) const IPV6: u16 = 0x86dd;
    /// 802.1Q customer tag, 802.1ad service tag, and the number used for stacked tags before 802.1ad.
    pub(crate) const VLAN: [u16; 3] = [0x8100, 0x88a8, 0x9100];
}

/// Values of a BSD loopback header's address family (tcpdump.org, `LINKTYPE_NULL`).
pub(crate) mod loopback_family {
    pub(crate) const IPV4: u32 = 2;
    /// NetBSD and OpenBSD, FreeBSD, macOS.
    pub(crate) const IPV6: [u32; 3] = [24, 28, 30];
}

/// Say whether `ether_type` announces a VLAN tag.
#[inline(always)]
pub(crate) const fn is_vlan(ether_type: u16) -> bool {
    let [customer, service, stacked] = ether_type::VLAN;
    ether_type == customer || ether_type == service || ether_type == stacked
}

/// The network-layer protocol of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Ipv4,
    Ipv6,
    Arp,
    /// One that is not decoded, such as LLDP.
    Unsupported,
}

/// A frame without its link-layer header.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame<'a> {
    pub(crate) link: Link,
    pub(crate) protocol: Protocol,
    /// Captured bytes from the network layer on, with the link layer's padding.
    pub(crate) payload: &'a [u8],
}

/// Take the link-layer header and VLAN tags off.
#[inline(always)]
pub(crate) fn strip(bytes: &[u8], link: LinkType) -> Result<Frame<'_>, Malformed> {
    match link {
        LinkType::Ethernet => strip_ethernet(bytes),
        LinkType::LinuxCooked => strip_cooked(bytes),
        LinkType::LinuxCooked2 => strip_cooked2(bytes),
        LinkType::Raw => strip_raw(bytes),
        LinkType::RawIpv4 => Ok(without_link(Protocol::Ipv4, bytes)),
        LinkType::RawIpv6 => Ok(without_link(Protocol::Ipv6, bytes)),
        LinkType::Loopback => strip_loopback(bytes),
    }
}

#[inline(always)]
fn strip_ethernet(bytes: &[u8]) -> Result<Frame<'_>, Malformed> {
    let Some((header, rest)) = bytes.split_first_chunk::<14>() else { return Err(Malformed::LinkTruncated) };
    let [d0, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5, t0, t1] = *header;
    let link = Link { source_mac: [s0, s1, s2, s3, s4, s5], cast: cast_of([d0, d1, d2, d3, d4, d5]) };
    behind_tags(link, u16::from_be_bytes([t0, t1]), rest)
}

#[inline(always)]
pub(crate) const fn cast_of(destination: [u8; 6]) -> LinkCast {
    let [d0, d1, d2, d3, d4, d5] = destination;
    if d0 & 1 == 0 {
        LinkCast::Unicast
    } else if d0 & d1 & d2 & d3 & d4 & d5 == 0xff {
        LinkCast::Broadcast
    } else {
        LinkCast::Multicast
    }
}

#[inline(always)]
fn strip_cooked(bytes: &[u8]) -> Result<Frame<'_>, Malformed> {
    let Some((header, rest)) = bytes.split_first_chunk::<16>() else { return Err(Malformed::LinkTruncated) };
    let [k0, k1, _, _, n0, n1, s0, s1, s2, s3, s4, s5, _, _, t0, t1] = *header;
    let link = cooked_link(u16::from_be_bytes([k0, k1]), u16::from_be_bytes([n0, n1]), [s0, s1, s2, s3, s4, s5]);
    behind_tags(link, u16::from_be_bytes([t0, t1]), rest)
}

#[inline(always)]
fn strip_cooked2(bytes: &[u8]) -> Result<Frame<'_>, Malformed> {
    let Some((header, rest)) = bytes.split_first_chunk::<20>() else { return Err(Malformed::LinkTruncated) };
    let [t0, t1, _, _, _, _, _, _, _, _, kind, len, s0, s1, s2, s3, s4, s5, _, _] = *header;
    let link = cooked_link(u16::from(kind), u16::from(len), [s0, s1, s2, s3, s4, s5]);
    behind_tags(link, u16::from_be_bytes([t0, t1]), rest)
}

/// Read a cooked header's packet type (`linux/if_packet.h`: `PACKET_BROADCAST`, `PACKET_MULTICAST`) and sender.
#[inline(always)]
const fn cooked_link(kind: u16, address_len: u16, address: [u8; 6]) -> Link {
    let cast = match kind {
        1 => LinkCast::Broadcast,
        2 => LinkCast::Multicast,
        _ => LinkCast::Unicast,
    };
    Link { source_mac: if address_len == 6 { address } else { [0; 6] }, cast }
}

#[inline(always)]
fn strip_raw(bytes: &[u8]) -> Result<Frame<'_>, Malformed> {
    match bytes.first().map(|first| first >> 4) {
        Some(4) => Ok(without_link(Protocol::Ipv4, bytes)),
        Some(6) => Ok(without_link(Protocol::Ipv6, bytes)),
        Some(_) => Err(Malformed::IpVersionBad),
        None => Err(Malformed::LinkTruncated),
    }
}

#[inline(always)]
fn strip_loopback(bytes: &[u8]) -> Result<Frame<'_>, Malformed> {
    let Some((family, rest)) = bytes.split_first_chunk::<4>() else { return Err(Malformed::LinkTruncated) };
    Ok(without_link(loopback_protocol(u32::from_be_bytes(*family)), rest))
}

/// Tell the protocol of a loopback header read as a big-endian number, in whichever order it was written.
#[inline(always)]
pub(crate) fn loopback_protocol(family: u32) -> Protocol {
    // Families are small numbers: one that is not was written in the other byte order.
    let family = if family > 0xffff { family.swap_bytes() } else { family };
    if family == loopback_family::IPV4 {
        Protocol::Ipv4
    } else if loopback_family::IPV6.contains(&family) {
        Protocol::Ipv6
    } else {
        Protocol::Unsupported
    }
}

#[inline(always)]
fn without_link(protocol: Protocol, payload: &[u8]) -> Frame<'_> {
    Frame { link: Link::default(), protocol, payload }
}

/// Skip VLAN tags; `payload` begins behind the type field that said `ether_type`.
#[inline(always)]
fn behind_tags(link: Link, ether_type: u16, payload: &[u8]) -> Result<Frame<'_>, Malformed> {
    match protocol_of(ether_type) {
        Protocol::Unsupported if is_vlan(ether_type) => behind_vlan(link, payload),
        protocol => Ok(Frame { link, protocol, payload }),
    }
}

fn behind_vlan(link: Link, mut payload: &[u8]) -> Result<Frame<'_>, Malformed> {
    for _ in 0..MAX_VLAN_TAGS {
        let Some((tag, rest)) = payload.split_first_chunk::<4>() else { return Err(Malformed::VlanTruncated) };
        let [_, _, t0, t1] = *tag;
        let ether_type = u16::from_be_bytes([t0, t1]);
        payload = rest;
        if !is_vlan(ether_type) {
            return Ok(Frame { link, protocol: protocol_of(ether_type), payload });
        }
    }
    Err(Malformed::VlanTagsTooMany)
}

#[inline(always)]
pub(crate) const fn protocol_of(ether_type: u16) -> Protocol {
    match ether_type {
        ether_type::IPV4 => Protocol::Ipv4,
        ether_type::IPV6 => Protocol::Ipv6,
        ether_type::ARP => Protocol::Arp,
        _ => Protocol::Unsupported,
    }
}
