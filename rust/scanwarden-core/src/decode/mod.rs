//! Bytes become packets: link layer, network layer, transport header, and fragments put together.
//!
//! One file per layer. Malformed input is a [`Malformed`] reason, never a panic; nothing is allocated per packet.

#![expect(clippy::inline_always, reason = "measured: a plain packet decodes in a third of the time")]

mod arp;
pub(crate) mod datagram;
mod extension;
mod fragment_slot;
mod fragments;
pub(crate) mod glance;
mod icmp;
mod ipv4;
mod ipv6;
pub(crate) mod link;
mod malformed;
mod quoted;
mod sctp;
mod tcp;
mod tcp_options;
mod transport;
mod udp;

pub use fragments::{FragmentCounters, Reassembler};
pub use link::LinkType;
pub use malformed::Malformed;

use crate::packet::{IpHeader, Link, Nanoseconds, Packet, Transport};
use datagram::Datagram;
use link::{Frame, Protocol};
use transport::Segment;

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
pub struct Decoder {
    /// The datagrams of which fragments are awaited.
    pub reassembler: Reassembler,
}

impl Decoder {
    /// Make a decoder that has seen no fragment yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Decode one packet that was captured at `time_ns` and was `original_len` bytes long on the wire.
    ///
    /// A fragmented datagram gives one packet, once its transport header is complete; what else comes of it is pending.
    #[inline]
    pub fn decode<'a>(
        &mut self,
        bytes: &'a [u8],
        link: LinkType,
        time_ns: Nanoseconds,
        original_len: u32,
    ) -> Decoded<'a> {
        read(bytes, link, time_ns, original_len, Some(&mut self.reassembler))
    }
}

/// Decode one packet by itself; a fragment gives [`Malformed::FragmentUnassembled`].
#[inline]
pub fn decode(bytes: &[u8], link: LinkType, time_ns: Nanoseconds, original_len: u32) -> Result<Packet<'_>, Malformed> {
    match read(bytes, link, time_ns, original_len, None) {
        Decoded::Packet(packet) => Ok(packet),
        // Without a table no fragment is kept.
        Decoded::Pending => Err(Malformed::FragmentUnassembled),
        Decoded::Malformed(reason) => Err(reason),
    }
}

/// Read all layers. Everything a common packet goes through is inlined and stays in registers: copying the half-built
/// packet would cost more than decoding it.
#[inline(always)]
fn read<'a>(
    bytes: &'a [u8],
    link: LinkType,
    time_ns: Nanoseconds,
    original_len: u32,
    reassembler: Option<&mut Reassembler>,
) -> Decoded<'a> {
    match read_network(bytes, link, original_len) {
        Ok(Network::Ip(link, datagram)) if datagram.is_plain() => finish(link, &datagram, time_ns),
        Ok(_) => read_rare(bytes, link, time_ns, original_len, reassembler),
        Err(reason) => Decoded::Malformed(reason),
    }
}

/// Read what is not a plain IP packet; it begins anew, so that plain packets need not be kept in memory for it.
#[cold]
#[inline(never)]
fn read_rare<'a>(
    bytes: &'a [u8],
    link: LinkType,
    time_ns: Nanoseconds,
    original_len: u32,
    reassembler: Option<&mut Reassembler>,
) -> Decoded<'a> {
    let (link, datagram) = match read_network(bytes, link, original_len) {
        Ok(Network::Ip(link, datagram)) => (link, extension::skip(datagram)),
        Ok(Network::Arp(link, message)) => return read_arp(link, message, time_ns),
        Err(reason) => return Decoded::Malformed(reason),
    };
    match (datagram, reassembler) {
        (Ok(datagram), _) if datagram.fragment.is_none() => finish(link, &datagram, time_ns),
        (Ok(datagram), Some(reassembler)) => reassembler.add(link, &datagram, time_ns),
        (Ok(_), None) => Decoded::Malformed(Malformed::FragmentUnassembled),
        (Err(reason), _) => Decoded::Malformed(reason),
    }
}

/// A packet with its network-layer header read.
enum Network<'a> {
    Ip(Link, Datagram<'a>),
    Arp(Link, &'a [u8]),
}

#[inline(always)]
fn read_network(bytes: &[u8], link: LinkType, original_len: u32) -> Result<Network<'_>, Malformed> {
    let Frame { link, protocol, payload } = link::strip(bytes, link)?;
    // A capture that claims fewer bytes on the wire than it holds is wrong about the wire.
    let not_captured = original_len.saturating_sub(bytes.len() as u32);
    let wire_len = (payload.len() as u32).saturating_add(not_captured);
    match protocol {
        Protocol::Ipv4 => Ok(Network::Ip(link, ipv4::decode(payload, wire_len)?)),
        Protocol::Ipv6 => Ok(Network::Ip(link, ipv6::decode(payload, wire_len)?)),
        Protocol::Arp => Ok(Network::Arp(link, payload)),
        Protocol::Unsupported => Err(Malformed::LinkProtocolUnsupported),
    }
}

#[inline(always)]
fn finish<'a>(link: Link, datagram: &Datagram<'a>, time_ns: Nanoseconds) -> Decoded<'a> {
    let segment = Segment { bytes: datagram.payload, len: datagram.payload_len, is_partial: false };
    let packet = |transport| match transport {
        Ok(transport) => Decoded::Packet(Packet {
            time_ns,
            source: datagram.source,
            destination: datagram.destination,
            link,
            ip: datagram.ip,
            transport,
            transport_bytes: datagram.payload,
            transport_len: datagram.payload_len,
        }),
        Err(reason) => Decoded::Malformed(reason),
    };
    transport::decode(datagram.version, datagram.protocol, segment, packet)
}

fn read_arp(link: Link, bytes: &[u8], time_ns: Nanoseconds) -> Decoded<'_> {
    let message = match arp::decode(bytes) {
        Ok(message) => message,
        Err(reason) => return Decoded::Malformed(reason),
    };
    Decoded::Packet(Packet {
        time_ns,
        source: message.sender,
        destination: message.target,
        link,
        ip: IpHeader::default(),
        transport: Transport::Arp(message.arp),
        transport_bytes: bytes.get(..arp::MESSAGE_LEN as usize).unwrap_or(bytes),
        transport_len: arp::MESSAGE_LEN,
    })
}

#[cfg(test)]
#[expect(clippy::panic, reason = "a test that meets the wrong shape of packet must fail")]
mod tests;
