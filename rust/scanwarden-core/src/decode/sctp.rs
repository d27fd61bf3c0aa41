//! SCTP's common header and first chunk (RFC 9260 3).

use super::malformed::Malformed;
use super::transport::Segment;
use crate::packet::Sctp;

/// Written where a packet has no chunk; IETF-defined extensions use 255 for nothing (RFC 9260 3.2).
const NO_CHUNK: u8 = 255;

/// Read the common header and the type of the first chunk.
pub(super) fn decode(segment: Segment<'_>) -> Result<Sctp, Malformed> {
    let Some((header, chunks)) = segment.bytes.split_first_chunk::<12>() else { return Err(Malformed::SctpTruncated) };
    if segment.is_partial && chunks.is_empty() {
        return Err(Malformed::SctpTruncated);
    }
    let [s0, s1, d0, d1, v0, v1, v2, v3, ..] = *header;
    Ok(Sctp {
        source_port: u16::from_be_bytes([s0, s1]),
        destination_port: u16::from_be_bytes([d0, d1]),
        verification_tag: u32::from_be_bytes([v0, v1, v2, v3]),
        chunk: chunks.first().copied().unwrap_or(NO_CHUNK),
    })
}
