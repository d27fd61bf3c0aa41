//! IPv6 (RFC 8200).

use super::datagram::{Datagram, IpVersion};
use super::malformed::Malformed;
use crate::address::Address;
use crate::packet::IpHeader;

const HEADER_LEN: u32 = 40;
/// The most that Ethernet pads an empty IPv6 packet with (46 bytes is its least payload).
const MAX_PADDING: u32 = 6;

/// Read the header, not its extension headers; `wire_len` is the length from it on as it was on the wire.
#[inline(always)]
pub(super) fn decode(bytes: &[u8], wire_len: u32) -> Result<Datagram<'_>, Malformed> {
    let Some((header, rest)) = bytes.split_first_chunk::<40>() else { return Err(Malformed::Ipv6HeaderTruncated) };
    let [v, _, _, _, l0, l1, protocol, ttl, addresses @ ..] = *header;
    if v >> 4 != 6 {
        return Err(Malformed::IpVersionBad);
    }
    let behind = wire_len.saturating_sub(HEADER_LEN);
    let payload_len = match u16::from_be_bytes([l0, l1]) {
        0 => len_left_out(behind),
        claimed => u32::from(claimed),
    };
    if payload_len > behind {
        return Err(Malformed::IpTotalLengthBad);
    }
    let (source, destination) = split_addresses(addresses);
    Ok(Datagram {
        version: IpVersion::V6,
        source,
        destination,
        ip: IpHeader { ttl, total_len: HEADER_LEN + payload_len, ..IpHeader::default() },
        protocol,
        payload: rest.get(..payload_len as usize).unwrap_or(rest),
        payload_len,
        fragment: None,
    })
}

/// Say how long the payload is when the header claims nothing: segmentation offload and jumbograms leave the length 0
/// (RFC 2675), but so does a packet that is truly empty and perhaps padded.
const fn len_left_out(behind: u32) -> u32 {
    if behind <= MAX_PADDING { 0 } else { behind }
}

#[inline(always)]
fn split_addresses(octets: [u8; 32]) -> (Address, Address) {
    let (source, rest) = octets.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
    let (destination, _) = rest.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
    (Address::from_v6(u128::from_be_bytes(*source)), Address::from_v6(u128::from_be_bytes(*destination)))
}
