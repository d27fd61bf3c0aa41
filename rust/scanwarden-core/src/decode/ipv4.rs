//! IPv4 (RFC 791).

use super::datagram::{Datagram, Fragment, IpVersion};
use super::malformed::Malformed;
use crate::address::Address;
use crate::packet::IpHeader;
use crate::tricks::Tricks;

/// Option numbers that choose a route: loose and strict (RFC 791 3.1).
const SOURCE_ROUTES: [u8; 2] = [131, 137];
/// Options without a length octet.
const END_OF_OPTIONS: u8 = 0;
const NO_OPERATION: u8 = 1;

/// Read the header; `wire_len` is the length from it on as it was on the wire, link-layer padding included.
#[inline(always)]
pub(super) fn decode(bytes: &[u8], wire_len: u32) -> Result<Datagram<'_>, Malformed> {
    let Some((header, _)) = bytes.split_first_chunk::<20>() else { return Err(Malformed::Ipv4HeaderTruncated) };
    let [v, _, l0, l1, i0, i1, f0, f1, ttl, protocol, _, _, s0, s1, s2, s3, d0, d1, d2, d3] = *header;
    if v >> 4 != 4 {
        return Err(Malformed::IpVersionBad);
    }
    let header_len = u32::from(v & 0xf) * 4;
    if header_len < 20 {
        return Err(Malformed::Ipv4HeaderLengthBad);
    }
    // Segmentation offload leaves the length 0 on what this host sends.
    let total_len = match u16::from_be_bytes([l0, l1]) {
        0 => wire_len,
        claimed => u32::from(claimed),
    };
    if total_len < header_len || total_len > wire_len {
        return Err(Malformed::IpTotalLengthBad);
    }
    let captured = bytes.len().min(total_len as usize);
    let Some(payload) = bytes.get(header_len as usize..captured) else { return Err(Malformed::Ipv4HeaderTruncated) };
    let id = u16::from_be_bytes([i0, i1]);
    let fragment_field = u16::from_be_bytes([f0, f1]);
    Ok(Datagram {
        version: IpVersion::V4,
        source: Address::from_v4(u32::from_be_bytes([s0, s1, s2, s3])),
        destination: Address::from_v4(u32::from_be_bytes([d0, d1, d2, d3])),
        ip: IpHeader {
            ttl,
            id,
            dont_fragment: fragment_field & 0x4000 != 0,
            has_options: header_len > 20,
            is_fragment: false,
            tricks: if header_len > 20 { tricks_of(bytes.get(20..header_len as usize)) } else { Tricks::NONE },
            total_len,
        },
        protocol,
        payload,
        payload_len: total_len - header_len,
        fragment: Fragment::from_v4(fragment_field, id),
    })
}

/// Say what the options are good for.
#[cold]
#[inline(never)]
fn tricks_of(options: Option<&[u8]>) -> Tricks {
    let mut rest = options.unwrap_or_default();
    let mut tricks = Tricks::IP_OPTIONS;
    while let [kind, behind @ ..] = rest {
        if SOURCE_ROUTES.contains(kind) {
            tricks = tricks.with(Tricks::SOURCE_ROUTE);
        }
        let len = match (*kind, behind.first()) {
            (END_OF_OPTIONS, _) => break,
            (NO_OPERATION, _) => 1,
            (_, Some(len)) => usize::from(*len).max(2),
            (_, None) => break,
        };
        rest = rest.get(len..).unwrap_or_default();
    }
    tricks
}
