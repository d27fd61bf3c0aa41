//! The one predicate that says which packets are looked at, in two forms that agree byte for byte.
//!
//! [`passes`] judges captured bytes, [`bpf::program`] is the same for the kernel. It passes
//! - TCP with SYN, FIN or RST, or without ACK, and segments with payload to or from port 21;
//! - SCTP whose first chunk opens or refuses an association;
//! - ARP requests and replies;
//! - UDP, ICMP, every other IP protocol, every fragment, and IPv6 with any extension header.
//!
//! What ends before it can be judged, or contradicts itself, passes too: decoding counts it under its reason. So a
//! packet that was snapped passes whenever the whole one did.

mod assembler;
pub mod bpf;
#[cfg(any(test, feature = "testing"))]
pub mod interpreter;

use crate::decode::LinkType;
use crate::decode::datagram::ip_protocol;
use crate::decode::link::{MAX_VLAN_TAGS, Protocol, is_vlan, loopback_protocol, protocol_of};
use crate::packet::TcpFlags;

/// The flags that tell an established connection's segments: of these, only ACK is set.
pub(crate) const CONNECTION_FLAGS: u8 = (TcpFlags::FIN | TcpFlags::SYN | TcpFlags::RST | TcpFlags::ACK) as u8;
pub(crate) const ACK_ALONE: u8 = TcpFlags::ACK as u8;
/// The port on which FTP's PORT and EPRT commands travel (RFC 959).
pub(crate) const FTP_CONTROL: u16 = 21;
/// INIT, INIT-ACK, ABORT, ERROR, COOKIE-ECHO, COOKIE-ACK (RFC 9260 3.2).
pub(crate) const SCTP_CHUNKS: [u8; 6] = [1, 2, 6, 9, 10, 11];
/// Request and reply (RFC 826).
pub(crate) const ARP_OPERATIONS: [u16; 2] = [1, 2];

/// Say whether a captured packet is one the detector looks at.
#[inline]
pub fn passes(bytes: &[u8], link: LinkType) -> bool {
    match link {
        LinkType::Ethernet => match bytes.split_first_chunk::<14>() {
            Some(([.., t0, t1], payload)) => passes_typed(u16::from_be_bytes([*t0, *t1]), payload),
            None => true,
        },
        LinkType::LinuxCooked => match bytes.split_first_chunk::<16>() {
            Some(([.., t0, t1], payload)) => passes_typed(u16::from_be_bytes([*t0, *t1]), payload),
            None => true,
        },
        LinkType::LinuxCooked2 => match bytes.split_first_chunk::<20>() {
            Some(([t0, t1, ..], payload)) => passes_typed(u16::from_be_bytes([*t0, *t1]), payload),
            None => true,
        },
        LinkType::Raw => match bytes.first() {
            Some(0x40..=0x4f) => passes_ipv4(bytes),
            Some(0x60..=0x6f) => passes_ipv6(bytes),
            _ => true,
        },
        LinkType::RawIpv4 => passes_ipv4(bytes),
        LinkType::RawIpv6 => passes_ipv6(bytes),
        LinkType::Loopback => match bytes.split_first_chunk::<4>() {
            Some((family, payload)) => passes_protocol(loopback_protocol(u32::from_be_bytes(*family)), payload),
            None => true,
        },
    }
}

#[inline]
fn passes_typed(ether_type: u16, payload: &[u8]) -> bool {
    match protocol_of(ether_type) {
        Protocol::Unsupported if is_vlan(ether_type) => passes_tagged(payload),
        protocol => passes_protocol(protocol, payload),
    }
}

fn passes_tagged(mut payload: &[u8]) -> bool {
    for _ in 0..MAX_VLAN_TAGS {
        let Some(([_, _, t0, t1], rest)) = payload.split_first_chunk::<4>() else { return true };
        let ether_type = u16::from_be_bytes([*t0, *t1]);
        if !is_vlan(ether_type) {
            return passes_protocol(protocol_of(ether_type), rest);
        }
        payload = rest;
    }
    true
}

#[inline]
fn passes_protocol(protocol: Protocol, payload: &[u8]) -> bool {
    match protocol {
        Protocol::Ipv4 => passes_ipv4(payload),
        Protocol::Ipv6 => passes_ipv6(payload),
        Protocol::Arp => passes_arp(payload),
        Protocol::Unsupported => false,
    }
}

#[inline]
fn passes_ipv4(packet: &[u8]) -> bool {
    let Some((header, _)) = packet.split_first_chunk::<20>() else { return true };
    let [v, _, l0, l1, _, _, f0, f1, _, protocol, ..] = *header;
    if !matches!(v, 0x45..=0x4f) || u16::from_be_bytes([f0 & 0x3f, f1]) != 0 {
        return true;
    }
    let header_len = u16::from(v & 0xf) * 4;
    let Some(transport) = packet.get(usize::from(header_len)..) else { return true };
    match protocol {
        ip_protocol::TCP => passes_tcp(transport, u16::from_be_bytes([l0, l1]), header_len),
        ip_protocol::SCTP => passes_sctp(transport),
        _ => true,
    }
}

#[inline]
fn passes_ipv6(packet: &[u8]) -> bool {
    let Some((header, transport)) = packet.split_first_chunk::<40>() else { return true };
    let [v, _, _, _, l0, l1, protocol, ..] = *header;
    if v >> 4 != 6 {
        return true;
    }
    match protocol {
        ip_protocol::TCP => passes_tcp(transport, u16::from_be_bytes([l0, l1]), 0),
        ip_protocol::SCTP => passes_sctp(transport),
        _ => true,
    }
}

/// Judge a TCP segment; `claimed_len` is the length field of the IP header, which counts `headers_len` bytes before it.
#[inline]
fn passes_tcp(segment: &[u8], claimed_len: u16, headers_len: u16) -> bool {
    let Some((header, _)) = segment.split_first_chunk::<14>() else { return true };
    let [s0, s1, d0, d1, _, _, _, _, _, _, _, _, offset, flags] = *header;
    if flags & CONNECTION_FLAGS != ACK_ALONE {
        return true;
    }
    let (source, destination) = (u16::from_be_bytes([s0, s1]), u16::from_be_bytes([d0, d1]));
    if source != FTP_CONTROL && destination != FTP_CONTROL {
        return false;
    }
    // Segmentation offload leaves the length 0.
    claimed_len == 0 || claimed_len > headers_len + u16::from(offset >> 4) * 4
}

#[inline]
fn passes_sctp(packet: &[u8]) -> bool {
    packet.get(12).is_none_or(|chunk| SCTP_CHUNKS.contains(chunk))
}

#[inline]
fn passes_arp(message: &[u8]) -> bool {
    match message.split_first_chunk::<8>() {
        Some(([.., o0, o1], _)) => ARP_OPERATIONS.contains(&u16::from_be_bytes([*o0, *o1])),
        None => true,
    }
}

#[cfg(test)]
mod tests;
