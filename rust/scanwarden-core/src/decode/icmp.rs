//! ICMP (RFC 792) and `ICMPv6` (RFC 4443, RFC 4861).

use super::datagram::IpVersion;
use super::malformed::Malformed;
use super::quoted;
use super::transport::Segment;
use crate::address::Address;
use crate::packet::Icmp;

const HEADER_LEN: u32 = 8;
const NEIGHBOUR_SOLICITATION: u8 = 135;
const NEIGHBOUR_ADVERTISEMENT: u8 = 136;

/// Read an ICMP message of IPv4.
pub(super) fn decode_v4(segment: Segment<'_>) -> Result<Icmp, Malformed> {
    let truncated = Malformed::IcmpTruncated;
    let (mut icmp, body) = decode_header(segment).ok_or(truncated)?;
    match icmp.kind {
        // Echo, timestamp, information and mask, each as request and reply (RFC 792, RFC 950).
        0 | 8 | 13..=18 => {}
        // Destination unreachable, source quench, redirect, time exceeded, parameter problem.
        3 | 4 | 5 | 11 | 12 => {
            if segment.is_partial && body.len() < quoted::wanted_len(body, IpVersion::V4) {
                return Err(truncated);
            }
            icmp.quoted = quoted::decode(body, IpVersion::V4);
            forget_echo(&mut icmp);
        }
        _ => forget_echo(&mut icmp),
    }
    Ok(icmp)
}

/// Read an `ICMPv6` message.
pub(super) fn decode_v6(segment: Segment<'_>) -> Result<Icmp, Malformed> {
    let truncated = Malformed::Icmpv6Truncated;
    let (mut icmp, body) = decode_header(segment).ok_or(truncated)?;
    match icmp.kind {
        // Echo request and reply.
        128 | 129 => {}
        // Destination unreachable, packet too big, time exceeded, parameter problem.
        1..=4 => {
            if segment.is_partial && body.len() < quoted::wanted_len(body, IpVersion::V6) {
                return Err(truncated);
            }
            icmp.quoted = quoted::decode(body, IpVersion::V6);
            forget_echo(&mut icmp);
        }
        NEIGHBOUR_SOLICITATION | NEIGHBOUR_ADVERTISEMENT => {
            let (target, _) = body.split_first_chunk::<16>().ok_or(truncated)?;
            icmp.neighbour = Some(Address::from_v6(u128::from_be_bytes(*target)));
            forget_echo(&mut icmp);
        }
        _ => forget_echo(&mut icmp),
    }
    Ok(icmp)
}

/// Read what all messages share, with the identifier and sequence number of an echo.
fn decode_header(segment: Segment<'_>) -> Option<(Icmp, &[u8])> {
    let (header, body) = segment.bytes.split_first_chunk::<8>()?;
    let [kind, code, _, _, i0, i1, s0, s1] = *header;
    let icmp = Icmp {
        kind,
        code,
        id: u16::from_be_bytes([i0, i1]),
        sequence: u16::from_be_bytes([s0, s1]),
        payload_len: segment.len.saturating_sub(HEADER_LEN),
        is_payload_zero: body.iter().all(|byte| *byte == 0),
        neighbour: None,
        quoted: None,
    };
    Some((icmp, body))
}

/// Clear what only an echo, timestamp or mask message has.
const fn forget_echo(icmp: &mut Icmp) {
    icmp.id = 0;
    icmp.sequence = 0;
}
