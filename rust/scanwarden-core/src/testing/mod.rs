//! Packets for tests and benchmarks, built from what matters to the case. Not part of the product.
//!
//! ```ignore
//! let frame = PacketBuilder::new("192.0.2.1", "198.51.100.2").tcp(40000, 80, TcpFlags::SYN).ethernet();
//! ```
#![expect(clippy::panic, reason = "a test that misspells an address must fail")]

mod layers;

use std::net::IpAddr;

use crate::decode::LinkType;
use layers::Transport;

/// Builds one packet; lengths and checksums come out right unless told otherwise.
#[derive(Clone, Debug)]
pub struct PacketBuilder {
    source: IpAddr,
    destination: IpAddr,
    source_mac: [u8; 6],
    destination_mac: [u8; 6],
    vlan_types: Vec<u16>,
    ttl: u8,
    id: u32,
    ip_options: Vec<u8>,
    /// Protocol number and bytes behind the next-header octet's place, first the outermost.
    extensions: Vec<(u8, Vec<u8>)>,
    transport: Transport,
    payload: Vec<u8>,
    has_checksum: bool,
}

impl PacketBuilder {
    /// Begin a packet between two addresses of one family, given as text.
    ///
    /// # Panics
    /// When an address cannot be read.
    #[must_use]
    pub fn new(source: &str, destination: &str) -> Self {
        let parse = |text: &str| match text.parse() {
            Ok(address) => address,
            Err(error) => panic!("{text}: {error}"),
        };
        Self::between(parse(source), parse(destination))
    }

    /// Begin a packet between two addresses of one family.
    #[must_use]
    pub fn between(source: IpAddr, destination: IpAddr) -> Self {
        Self {
            source,
            destination,
            source_mac: [0x02, 0, 0, 0, 0, 0x01],
            destination_mac: [0x02, 0, 0, 0, 0, 0x02],
            vlan_types: Vec::new(),
            ttl: 64,
            id: 0x1234,
            ip_options: Vec::new(),
            extensions: Vec::new(),
            transport: Transport::Other { protocol: 255 },
            payload: Vec::new(),
            has_checksum: true,
        }
    }

    /// Set the Ethernet addresses.
    #[must_use]
    pub const fn macs(mut self, source: [u8; 6], destination: [u8; 6]) -> Self {
        (self.source_mac, self.destination_mac) = (source, destination);
        self
    }

    /// Add a VLAN tag with this type (0x8100, 0x88a8, 0x9100) inside those added before.
    #[must_use]
    pub fn vlan(mut self, ether_type: u16) -> Self {
        self.vlan_types.push(ether_type);
        self
    }

    /// Set the TTL or hop limit.
    #[must_use]
    pub const fn ttl(mut self, ttl: u8) -> Self {
        self.ttl = ttl;
        self
    }

    /// Set the identification of IPv4, or of an IPv6 fragment.
    #[must_use]
    pub const fn id(mut self, id: u32) -> Self {
        self.id = id;
        self
    }

    /// Set the IPv4 options; a multiple of four bytes, at most forty.
    #[must_use]
    pub fn ip_options(mut self, options: &[u8]) -> Self {
        self.ip_options = options.to_vec();
        self
    }

    /// Add an IPv6 extension header, or an authentication header, inside those added before: its protocol number and all its
    /// bytes but the first (the next header).
    #[must_use]
    pub fn extension(mut self, protocol: u8, behind_next_header: &[u8]) -> Self {
        self.extensions.push((protocol, behind_next_header.to_vec()));
        self
    }

    /// Make it a TCP segment with sequence number 1, window 1,024 and no options.
    #[must_use]
    pub fn tcp(mut self, source_port: u16, destination_port: u16, flags: u16) -> Self {
        self.transport = Transport::Tcp {
            ports: [source_port, destination_port],
            flags,
            sequence: 1,
            acknowledgement: 0,
            window: 1024,
            options: Vec::new(),
        };
        self
    }

    /// Set the sequence and acknowledgement numbers of a TCP segment.
    #[must_use]
    pub fn tcp_numbers(mut self, sequence_number: u32, acknowledgement_number: u32) -> Self {
        if let Transport::Tcp { sequence, acknowledgement, .. } = &mut self.transport {
            (*sequence, *acknowledgement) = (sequence_number, acknowledgement_number);
        }
        self
    }

    /// Set the window of a TCP segment.
    #[must_use]
    pub fn tcp_window(mut self, size: u16) -> Self {
        if let Transport::Tcp { window, .. } = &mut self.transport {
            *window = size;
        }
        self
    }

    /// Set the options of a TCP segment; a multiple of four bytes, at most forty.
    #[must_use]
    pub fn tcp_options(mut self, bytes: &[u8]) -> Self {
        if let Transport::Tcp { options, .. } = &mut self.transport {
            *options = bytes.to_vec();
        }
        self
    }

    /// Make it a UDP datagram.
    #[must_use]
    pub fn udp(mut self, source_port: u16, destination_port: u16) -> Self {
        self.transport = Transport::Udp { ports: [source_port, destination_port], coverage: None };
        self
    }

    /// Make it a UDP-Lite datagram whose checksum covers `coverage` bytes.
    #[must_use]
    pub fn udp_lite(mut self, source_port: u16, destination_port: u16, coverage: u16) -> Self {
        self.transport = Transport::Udp { ports: [source_port, destination_port], coverage: Some(coverage) };
        self
    }

    /// Make it an ICMP message; `id` and `sequence` are the last four bytes of its header.
    #[must_use]
    pub fn icmp(mut self, kind: u8, code: u8, id: u16, sequence: u16) -> Self {
        self.transport = Transport::Icmp { protocol: 1, kind, code, id, sequence };
        self
    }

    /// Make it an `ICMPv6` message; `id` and `sequence` are the last four bytes of its header.
    #[must_use]
    pub fn icmpv6(mut self, kind: u8, code: u8, id: u16, sequence: u16) -> Self {
        self.transport = Transport::Icmp { protocol: 58, kind, code, id, sequence };
        self
    }

    /// Set the payload to the first `max_bytes` of another IP packet, as an ICMP error quotes it.
    #[must_use]
    pub fn quoting(self, quoted: &Self, max_bytes: usize) -> Self {
        let bytes = quoted.ip_packet();
        self.payload(bytes.get(..max_bytes).unwrap_or(&bytes))
    }

    /// Make it an SCTP packet with one empty chunk of this type.
    #[must_use]
    pub fn sctp(mut self, source_port: u16, destination_port: u16, chunk: u8) -> Self {
        self.transport =
            Transport::Sctp { ports: [source_port, destination_port], verification_tag: 0x0102_0304, chunk };
        self
    }

    /// Make it a packet of this IP protocol, whose header is the payload.
    #[must_use]
    pub fn protocol(mut self, protocol: u8) -> Self {
        self.transport = Transport::Other { protocol };
        self
    }

    /// Set what follows the transport header.
    #[must_use]
    pub fn payload(mut self, payload: &[u8]) -> Self {
        self.payload = payload.to_vec();
        self
    }

    /// Leave the transport checksum zero.
    #[must_use]
    pub const fn without_checksum(mut self) -> Self {
        self.has_checksum = false;
        self
    }

    /// Return an Ethernet frame.
    #[must_use]
    pub fn ethernet(&self) -> Vec<u8> {
        self.build(LinkType::Ethernet)
    }

    /// Return the packet behind the header of `link`.
    #[must_use]
    pub fn build(&self, link: LinkType) -> Vec<u8> {
        self.behind_link(link, &self.ip_packet())
    }

    /// Return the packet from the IP header on.
    #[must_use]
    pub fn ip_packet(&self) -> Vec<u8> {
        self.behind_ip(&self.transport_bytes(), None)
    }

    /// Return the packet as fragments of `size` bytes each (a multiple of eight), the last one shorter or equal, each with an
    /// IP header and the header of `link`. The IPv6 extension headers come before the fragment header.
    #[must_use]
    pub fn fragments(&self, link: LinkType, size: usize) -> Vec<Vec<u8>> {
        let bytes = self.transport_bytes();
        let count = bytes.len().div_ceil(size);
        let part =
            |(number, part): (usize, &[u8])| self.fragment(link, part, (number * size) as u16, number + 1 < count);
        bytes.chunks(size).enumerate().map(part).collect()
    }

    /// Return one fragment with these bytes, at an offset that is a multiple of eight.
    #[must_use]
    pub fn fragment(&self, link: LinkType, part: &[u8], offset: u16, more: bool) -> Vec<u8> {
        self.behind_link(link, &self.behind_ip(part, Some((offset, more))))
    }
}

/// Return an Ethernet frame with an ARP message: 1 asks who has `target`, 2 answers that `sender` is at `sender_mac`.
#[must_use]
pub fn arp_frame(operation: u16, sender_mac: [u8; 6], sender: [u8; 4], target: [u8; 4]) -> Vec<u8> {
    let mut frame = vec![0xff; 6];
    frame.extend(sender_mac);
    frame.extend([0x08, 0x06, 0, 1, 8, 0, 6, 4]);
    frame.extend(operation.to_be_bytes());
    frame.extend(sender_mac);
    frame.extend(sender);
    frame.extend([0; 6]);
    frame.extend(target);
    frame
}
