//! UDP (RFC 768) and UDP-Lite (RFC 3828).

use super::malformed::Malformed;
use super::transport::Segment;
use crate::packet::Udp;

const HEADER_LEN: u32 = 8;

/// Read the header. UDP-Lite has the checksum's coverage where UDP has the length; 0 stands for everything in both
/// (RFC 2675 4, RFC 3828 3.1).
#[inline(always)]
pub(super) fn decode(segment: Segment<'_>, is_lite: bool) -> Result<Udp<'_>, Malformed> {
    let Some((header, rest)) = segment.bytes.split_first_chunk::<8>() else { return Err(Malformed::UdpTruncated) };
    let [s0, s1, d0, d1, l0, l1, _, _] = *header;
    let available = segment.len.saturating_sub(HEADER_LEN);
    let payload_len = match u32::from(u16::from_be_bytes([l0, l1])) {
        0 => available,
        1..HEADER_LEN => return Err(Malformed::UdpLengthBad),
        claimed if claimed - HEADER_LEN > available && !segment.is_partial => return Err(Malformed::UdpLengthBad),
        _ if is_lite => available,
        claimed => claimed - HEADER_LEN,
    };
    Ok(Udp {
        source_port: u16::from_be_bytes([s0, s1]),
        destination_port: u16::from_be_bytes([d0, d1]),
        payload: rest.get(..payload_len as usize).unwrap_or(rest),
        payload_len,
    })
}
