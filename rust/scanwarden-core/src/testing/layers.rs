//! The headers that [`PacketBuilder`] writes.

use std::net::IpAddr;

use super::PacketBuilder;
use crate::checksum::{fold, sum};
use crate::decode::LinkType;

#[derive(Clone, Debug)]
pub(super) enum Transport {
    Tcp { ports: [u16; 2], flags: u16, sequence: u32, acknowledgement: u32, window: u16, options: Vec<u8> },
    Udp { ports: [u16; 2], coverage: Option<u16> },
    Icmp { protocol: u8, kind: u8, code: u8, id: u16, sequence: u16 },
    Sctp { ports: [u16; 2], verification_tag: u32, chunk: u8 },
    Other { protocol: u8 },
}

impl Transport {
    const fn protocol(&self) -> u8 {
        match self {
            Self::Tcp { .. } => 6,
            Self::Udp { coverage: None, .. } => 17,
            Self::Udp { coverage: Some(_), .. } => 136,
            Self::Sctp { .. } => 132,
            Self::Icmp { protocol, .. } | Self::Other { protocol } => *protocol,
        }
    }

    /// Write the header with a zero checksum; returns where the checksum goes and how many bytes it covers.
    fn write(&self, payload: &[u8]) -> (Vec<u8>, Option<(usize, usize)>) {
        let mut bytes = Vec::new();
        let checksum_at = match self {
            Self::Tcp { ports, flags, sequence, acknowledgement, window, options } => {
                bytes.extend(ports.iter().flat_map(|port| port.to_be_bytes()));
                bytes.extend(sequence.to_be_bytes());
                bytes.extend(acknowledgement.to_be_bytes());
                let words = (20 + options.len()) / 4;
                bytes.extend([((words as u8) << 4) | (flags >> 8) as u8, *flags as u8]);
                bytes.extend(window.to_be_bytes());
                bytes.extend([0; 4]);
                bytes.extend(options);
                Some(16)
            }
            Self::Udp { ports, coverage } => {
                bytes.extend(ports.iter().flat_map(|port| port.to_be_bytes()));
                bytes.extend(coverage.unwrap_or(8 + payload.len() as u16).to_be_bytes());
                bytes.extend([0; 2]);
                Some(6)
            }
            Self::Icmp { kind, code, id, sequence, .. } => {
                bytes.extend([*kind, *code, 0, 0]);
                bytes.extend([id.to_be_bytes(), sequence.to_be_bytes()].concat());
                Some(2)
            }
            Self::Sctp { ports, verification_tag, chunk } => {
                bytes.extend(ports.iter().flat_map(|port| port.to_be_bytes()));
                bytes.extend(verification_tag.to_be_bytes());
                bytes.extend([0; 4]);
                bytes.extend([*chunk, 0, 0, 4]);
                None
            }
            Self::Other { .. } => None,
        };
        bytes.extend(payload);
        let covered = match self {
            Self::Udp { coverage: Some(coverage), .. } => usize::from(*coverage),
            _ => bytes.len(),
        };
        (bytes, checksum_at.map(|at| (at, covered)))
    }
}

const fn is_v6(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(_))
}

fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(v4) => v4.octets().to_vec(),
        IpAddr::V6(v6) => v6.octets().to_vec(),
    }
}

fn put_u16(bytes: &mut [u8], at: usize, value: u16) {
    if let Some(field) = bytes.get_mut(at..at + 2) {
        field.copy_from_slice(&value.to_be_bytes());
    }
}

impl PacketBuilder {
    pub(super) fn transport_bytes(&self) -> Vec<u8> {
        let (mut bytes, checksum) = self.transport.write(&self.payload);
        if let (true, Some((at, covered))) = (self.has_checksum, checksum) {
            let total = self.pseudo_header(bytes.len()) + sum(bytes.get(..covered).unwrap_or(&bytes));
            let is_udp = matches!(self.transport, Transport::Udp { .. });
            put_u16(
                &mut bytes,
                at,
                match !fold(total) {
                    0 if is_udp => 0xffff,
                    checksum => checksum,
                },
            );
        }
        bytes
    }

    fn pseudo_header(&self, len: usize) -> u64 {
        let protocol = self.transport.protocol();
        if protocol == 1 {
            return 0;
        }
        sum(&octets(self.source)) + sum(&octets(self.destination)) + u64::from(protocol) + len as u64
    }

    /// Put the IP header, extension headers and, for a fragment, its offset and whether more follow, before `content`.
    pub(super) fn behind_ip(&self, content: &[u8], fragment: Option<(u16, bool)>) -> Vec<u8> {
        let mut headers = self.extensions.clone();
        if let (true, Some((offset, more))) = (is_v6(self.source), fragment) {
            let mut header = vec![0];
            header.extend((offset | u16::from(more)).to_be_bytes());
            header.extend(self.id.to_be_bytes());
            headers.push((44, header));
        }
        let mut next = self.transport.protocol();
        let mut behind = content.to_vec();
        for (protocol, bytes) in headers.into_iter().rev() {
            behind = [[next].as_slice(), &bytes, &behind].concat();
            next = protocol;
        }
        if is_v6(self.source) { self.behind_ipv6(next, &behind) } else { self.behind_ipv4(next, &behind, fragment) }
    }

    fn behind_ipv6(&self, next: u8, behind: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0x60, 0, 0, 0];
        bytes.extend((behind.len() as u16).to_be_bytes());
        bytes.extend([next, self.ttl]);
        bytes.extend(octets(self.source));
        bytes.extend(octets(self.destination));
        bytes.extend(behind);
        bytes
    }

    fn behind_ipv4(&self, protocol: u8, behind: &[u8], fragment: Option<(u16, bool)>) -> Vec<u8> {
        let header_len = 20 + self.ip_options.len();
        let (offset, more) = fragment.unwrap_or((0, false));
        let mut bytes = vec![0x40 | (header_len / 4) as u8, 0];
        bytes.extend(((header_len + behind.len()) as u16).to_be_bytes());
        bytes.extend((self.id as u16).to_be_bytes());
        bytes.extend(((offset / 8) | (u16::from(more) << 13)).to_be_bytes());
        bytes.extend([self.ttl, protocol, 0, 0]);
        bytes.extend(octets(self.source));
        bytes.extend(octets(self.destination));
        bytes.extend(&self.ip_options);
        let checksum = !fold(sum(&bytes));
        put_u16(&mut bytes, 10, checksum);
        bytes.extend(behind);
        bytes
    }

    pub(super) fn behind_link(&self, link: LinkType, packet: &[u8]) -> Vec<u8> {
        let ether_type = if is_v6(self.source) { 0x86dd } else { 0x0800 };
        let mut types: Vec<u16> = self.vlan_types.clone();
        types.push(ether_type);
        // Each tag is its type, two bytes of priority and identifier, and the next type.
        let tagged: Vec<u8> =
            types.iter().flat_map(|kind| kind.to_be_bytes().into_iter().chain([0x20, 0x2a])).collect();
        let tagged = tagged.get(..tagged.len() - 2).unwrap_or_default();
        let (outer, inner) = tagged.split_at(2);
        let header = match link {
            LinkType::Ethernet => [&self.destination_mac, &self.source_mac, tagged].concat(),
            LinkType::LinuxCooked => [&[0, 0, 0, 1, 0, 6], self.source_mac.as_slice(), &[0, 0], tagged].concat(),
            LinkType::LinuxCooked2 => {
                let fixed = [0, 0, 0, 0, 0, 2, 0, 1, 0, 6];
                [outer, &fixed, &self.source_mac, &[0, 0], inner].concat()
            }
            LinkType::Raw | LinkType::RawIpv4 | LinkType::RawIpv6 => Vec::new(),
            LinkType::Loopback => vec![if is_v6(self.source) { 30 } else { 2 }, 0, 0, 0],
        };
        [header.as_slice(), packet].concat()
    }
}
