//! Bytes become packets: link layer, network layer, transport header, and fragments put together.
//!
//! One file per layer. Malformed input is a [`Malformed`] reason, never a panic; nothing is allocated per packet.

mod arp;
pub(crate) mod datagram;
mod extension;
mod fragment_slot;
mod fragments;
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
        match read_network(bytes, link, original_len) {
            Ok(Network::Ip(link, datagram)) => {
                if datagram.fragment.is_some() {
                    return self.reassembler.add(link, &datagram, time_ns);
                }
                match packet_of(link, &datagram, time_ns) {
                    Ok(packet) => Decoded::Packet(packet),
                    Err(reason) => Decoded::Malformed(reason),
                }
            }
            Ok(Network::Arp(link, message)) => match arp_packet(link, message, time_ns) {
                Ok(packet) => Decoded::Packet(packet),
                Err(reason) => Decoded::Malformed(reason),
            },
            Err(reason) => Decoded::Malformed(reason),
        }
    }
}

/// Decode one packet by itself; a fragment gives [`Malformed::FragmentUnassembled`].
#[inline]
pub fn decode(bytes: &[u8], link: LinkType, time_ns: Nanoseconds, original_len: u32) -> Result<Packet<'_>, Malformed> {
    match read_network(bytes, link, original_len)? {
        Network::Ip(_, Datagram { fragment: Some(_), .. }) => Err(Malformed::FragmentUnassembled),
        Network::Ip(link, datagram) => packet_of(link, &datagram, time_ns),
        Network::Arp(link, message) => arp_packet(link, message, time_ns),
    }
}

/// A packet with its network-layer header read.
enum Network<'a> {
    Ip(Link, Datagram<'a>),
    Arp(Link, &'a [u8]),
}

#[inline]
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

#[inline]
fn packet_of<'a>(link: Link, datagram: &Datagram<'a>, time_ns: Nanoseconds) -> Result<Packet<'a>, Malformed> {
    let segment = Segment { bytes: datagram.payload, len: datagram.payload_len, is_partial: false };
    Ok(Packet {
        time_ns,
        source: datagram.source,
        destination: datagram.destination,
        link,
        ip: datagram.ip,
        transport: transport::decode(datagram.version, datagram.protocol, segment)?,
        transport_bytes: datagram.payload,
        transport_len: datagram.payload_len,
    })
}

fn arp_packet(link: Link, bytes: &[u8], time_ns: Nanoseconds) -> Result<Packet<'_>, Malformed> {
    let message = arp::decode(bytes)?;
    Ok(Packet {
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
