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
    let is_whole = u16::from_be_bytes([f0, f1]) << 2 == 0;
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
