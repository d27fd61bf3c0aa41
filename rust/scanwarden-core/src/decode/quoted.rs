//! The packet that an ICMP error quotes (RFC 792, RFC 4443 2.4): often only its first bytes, so nothing here fails.

use super::datagram::{Datagram, Fragment, IpVersion, ip_protocol};
use super::extension;
use crate::address::Address;
use crate::packet::{IpHeader, Quoted, TcpFlags};

/// Say how many bytes of a quote hold its IP header and the ports behind it.
pub(super) fn wanted_len(body: &[u8], version: IpVersion) -> usize {
    match version {
        IpVersion::V4 => usize::from(body.first().map_or(5, |first| first & 0xf)) * 4 + 4,
        IpVersion::V6 => 44,
    }
}

/// Read addresses, protocol and ports of a quoted packet; `None` when its IP header is not complete.
pub(super) fn decode(body: &[u8], version: IpVersion) -> Option<Quoted> {
    let datagram = match version {
        IpVersion::V4 => decode_v4(body),
        IpVersion::V6 => decode_v6(body),
    }?;
    // Behind a header that was cut off, the protocol is the last one that could be read.
    let datagram = extension::skip(datagram).unwrap_or(Datagram { payload: &[], ..datagram });
    let is_first = datagram.fragment.is_none_or(|fragment| fragment.offset == 0);
    let (source_port, destination_port) = if is_first { ports(datagram.protocol, datagram.payload) } else { (0, 0) };
    Some(Quoted {
        source: datagram.source,
        destination: datagram.destination,
        protocol: datagram.protocol,
        source_port,
        destination_port,
        tcp_flags: if is_first { tcp_flags(datagram.protocol, datagram.payload) } else { TcpFlags::default() },
    })
}

fn tcp_flags(protocol: u8, transport: &[u8]) -> TcpFlags {
    match (protocol, transport.get(12..14)) {
        (ip_protocol::TCP, Some([offset, flags])) => TcpFlags(u16::from_be_bytes([offset & 1, *flags])),
        _ => TcpFlags::default(),
    }
}

fn ports(protocol: u8, transport: &[u8]) -> (u16, u16) {
    match (protocol, transport) {
        (ip_protocol::TCP | ip_protocol::UDP | ip_protocol::UDP_LITE | ip_protocol::SCTP, [s0, s1, d0, d1, ..]) => {
            (u16::from_be_bytes([*s0, *s1]), u16::from_be_bytes([*d0, *d1]))
        }
        (ip_protocol::ICMP | ip_protocol::ICMPV6, [kind, ..]) => (0, u16::from(*kind)),
        _ => (0, 0),
    }
}

fn decode_v4(body: &[u8]) -> Option<Datagram<'_>> {
    let (header, _) = body.split_first_chunk::<20>()?;
    let [v @ 0x45..=0x4f, _, _, _, i0, i1, f0, f1, _, protocol, _, _, s0, s1, s2, s3, d0, d1, d2, d3] = *header else {
        return None;
    };
    let payload = body.get(usize::from(v & 0xf) * 4..).unwrap_or_default();
    let id = u16::from_be_bytes([i0, i1]);
    Some(Datagram {
        version: IpVersion::V4,
        source: Address::from_v4(u32::from_be_bytes([s0, s1, s2, s3])),
        destination: Address::from_v4(u32::from_be_bytes([d0, d1, d2, d3])),
        ip: IpHeader::default(),
        protocol,
        payload,
        payload_len: payload.len() as u32,
        fragment: Fragment::from_v4(u16::from_be_bytes([f0, f1]), id),
    })
}

fn decode_v6(body: &[u8]) -> Option<Datagram<'_>> {
    let ([v, _, _, _, _, _, protocol, _], rest) = body.split_first_chunk::<8>()?;
    let (source, rest) = rest.split_first_chunk::<16>()?;
    let (destination, payload) = rest.split_first_chunk::<16>()?;
    (v >> 4 == 6).then(|| Datagram {
        version: IpVersion::V6,
        source: Address::from_v6(u128::from_be_bytes(*source)),
        destination: Address::from_v6(u128::from_be_bytes(*destination)),
        ip: IpHeader::default(),
        protocol: *protocol,
        payload,
        payload_len: payload.len() as u32,
        fragment: None,
    })
}
