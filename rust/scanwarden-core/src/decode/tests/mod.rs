//! Decoding, from whole frames; what one layer does alone is tested in its file.

mod captures;
mod fragments;
mod icmp;
mod lengths;
mod link;
mod network;
mod properties;
mod transport;

use super::{LinkType, Malformed, decode};
use crate::address::Address;
use crate::packet::Packet;
use crate::testing::PacketBuilder;

fn v4() -> PacketBuilder {
    PacketBuilder::new("192.0.2.1", "198.51.100.2").ttl(57)
}

fn v6() -> PacketBuilder {
    PacketBuilder::new("2001:db8::1", "2001:db8::2").ttl(57)
}

fn address(text: &str) -> Address {
    text.parse::<std::net::IpAddr>().map(Address::from).unwrap_or_default()
}

/// Decode a frame that was captured whole.
fn decode_frame(frame: &[u8]) -> Result<Packet<'_>, Malformed> {
    decode(frame, LinkType::Ethernet, 7, frame.len() as u32)
}

/// What tells packets apart, as text: `Debug` covers every field.
fn text(result: Result<Packet<'_>, Malformed>) -> String {
    format!("{result:?}")
}

/// Overwrite the bytes at `at`.
fn patch(mut bytes: Vec<u8>, at: usize, values: &[u8]) -> Vec<u8> {
    if let Some(place) = bytes.get_mut(at..at + values.len()) {
        place.copy_from_slice(values);
    }
    bytes
}
