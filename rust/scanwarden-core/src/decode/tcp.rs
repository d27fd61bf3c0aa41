//! TCP (RFC 9293).

use super::malformed::Malformed;
use super::tcp_options;
use super::transport::Segment;
use crate::packet::{Tcp, TcpFlags};

const HEADER_LEN: u32 = 20;

/// Read the header and its options; options that were not captured are left out.
#[inline(always)]
pub(super) fn decode(segment: Segment<'_>) -> Result<Tcp, Malformed> {
    let Some((header, rest)) = segment.bytes.split_first_chunk::<20>() else { return Err(Malformed::TcpTruncated) };
    let [s0, s1, d0, d1, q0, q1, q2, q3, a0, a1, a2, a3, offset, flags, w0, w1, ..] = *header;
    let header_len = u32::from(offset >> 4) * 4;
    if header_len < HEADER_LEN {
        return Err(Malformed::TcpDataOffsetBad);
    }
    if segment.is_partial && segment.bytes.len() < header_len as usize {
        return Err(Malformed::TcpTruncated);
    }
    let Some(payload_len) = segment.len.checked_sub(header_len) else { return Err(Malformed::TcpDataOffsetBad) };
    let options_len = header_len - HEADER_LEN;
    Ok(Tcp {
        source_port: u16::from_be_bytes([s0, s1]),
        destination_port: u16::from_be_bytes([d0, d1]),
        sequence: u32::from_be_bytes([q0, q1, q2, q3]),
        acknowledgement: u32::from_be_bytes([a0, a1, a2, a3]),
        flags: TcpFlags(u16::from_be_bytes([offset & 1, flags])),
        window: u16::from_be_bytes([w0, w1]),
        options: tcp_options::decode(rest, options_len as u8),
        payload_len,
    })
}
