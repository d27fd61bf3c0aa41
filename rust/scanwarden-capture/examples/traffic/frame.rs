//! Ethernet frames of IPv4 packets with right lengths and checksums; payloads are zeros and are not kept.

/// Bytes kept of each frame.
pub(crate) const SNAP_LEN: usize = 96;
const ETHERNET_LEN: u16 = 14;
const ICMP: u8 = 1;
const TCP: u8 = 6;
const UDP: u8 = 17;

pub(crate) const FIN: u8 = 1;
pub(crate) const SYN: u8 = 2;
pub(crate) const RST: u8 = 4;
pub(crate) const PSH: u8 = 8;
pub(crate) const ACK: u8 = 16;
pub(crate) const URG: u8 = 32;

/// Options of a Linux SYN: MSS 1460, SACK permitted, timestamps, window scale 7.
pub(crate) const LINUX_SYN: [u8; 20] = [2, 4, 5, 180, 4, 2, 8, 10, 0, 1, 2, 3, 0, 0, 0, 0, 1, 3, 3, 7];
/// Options of a later segment: timestamps.
pub(crate) const LINUX_LATER: [u8; 12] = [1, 1, 8, 10, 0, 1, 2, 9, 0, 4, 5, 6];
/// Options of a crafted SYN: MSS 1460.
pub(crate) const CRAFTED_SYN: [u8; 4] = [2, 4, 5, 180];

/// One end of a packet.
#[derive(Clone, Copy)]
pub(crate) struct End {
    pub(crate) address: u32,
    pub(crate) port: u16,
}

/// A TCP segment.
#[derive(Clone, Copy)]
pub(crate) struct Segment<'a> {
    pub(crate) flags: u8,
    pub(crate) sequence: u32,
    pub(crate) acknowledgement: u32,
    pub(crate) window: u16,
    pub(crate) options: &'a [u8],
    pub(crate) payload_len: u16,
}

impl Segment<'_> {
    /// A segment without acknowledgement, options and payload, as scanners craft them.
    pub(crate) const fn bare(flags: u8, sequence: u32) -> Self {
        Self { flags, sequence, acknowledgement: 0, window: 1024, options: &[], payload_len: 0 }
    }
}

/// A frame: what is kept of it, and how long it was.
pub(crate) struct Frame {
    bytes: Vec<u8>,
    original_len: u16,
    macs: [[u8; 6]; 2],
    ident: u16,
}

impl Frame {
    pub(crate) fn new(to: [u8; 6], from: [u8; 6]) -> Self {
        let macs = [to, from];
        Self { bytes: Vec::with_capacity(2 * SNAP_LEN), original_len: 0, macs, ident: 0 }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.get(..SNAP_LEN).unwrap_or(&self.bytes)
    }

    pub(crate) const fn original_len(&self) -> u16 {
        self.original_len
    }

    pub(crate) fn tcp(&mut self, from: End, to: End, segment: &Segment<'_>) {
        let header_len = 20 + segment.options.len() as u16;
        let start = self.ip(from.address, to.address, TCP, header_len + segment.payload_len, 64);
        let bytes = &mut self.bytes;
        bytes.extend(from.port.to_be_bytes());
        bytes.extend(to.port.to_be_bytes());
        bytes.extend(segment.sequence.to_be_bytes());
        bytes.extend(segment.acknowledgement.to_be_bytes());
        bytes.extend([(header_len / 4 * 16) as u8, segment.flags]);
        bytes.extend(segment.window.to_be_bytes());
        bytes.extend([0; 4]);
        bytes.extend(segment.options);
        let pseudo = pseudo_header(from.address, to.address, TCP, header_len + segment.payload_len);
        self.put_checksum(start, 16, pseudo);
        self.fill(segment.payload_len);
    }

    pub(crate) fn udp(&mut self, from: End, to: End, payload_len: u16) {
        let start = self.ip(from.address, to.address, UDP, 8 + payload_len, 64);
        self.bytes.extend(from.port.to_be_bytes());
        self.bytes.extend(to.port.to_be_bytes());
        self.bytes.extend((8 + payload_len).to_be_bytes());
        self.bytes.extend([0; 2]);
        let pseudo = pseudo_header(from.address, to.address, UDP, 8 + payload_len);
        self.put_checksum(start, 6, pseudo);
        self.fill(payload_len);
    }

    /// An echo request (8) or reply (0) with the 56 bytes that ping sends.
    pub(crate) fn echo(&mut self, from: u32, to: u32, kind: u8, number: u16) {
        let start = self.ip(from, to, ICMP, 8 + 56, 64);
        self.bytes.extend([kind, 0, 0, 0, 0x12, 0x34]);
        self.bytes.extend(number.to_be_bytes());
        self.put_checksum(start, 2, 0);
        self.fill(56);
    }

    /// Begin a frame: Ethernet and IPv4 header; returns where the transport header begins.
    fn ip(&mut self, from: u32, to: u32, protocol: u8, payload_len: u16, ttl: u8) -> usize {
        self.ident = self.ident.wrapping_add(1);
        self.original_len = ETHERNET_LEN + 20 + payload_len;
        self.bytes.clear();
        self.bytes.extend(self.macs.as_flattened());
        self.bytes.extend([0x08, 0x00]);
        let start = self.bytes.len();
        self.bytes.extend([0x45, 0]);
        self.bytes.extend((20 + payload_len).to_be_bytes());
        self.bytes.extend(self.ident.to_be_bytes());
        self.bytes.extend([0x40, 0, ttl, protocol, 0, 0]);
        self.bytes.extend(from.to_be_bytes());
        self.bytes.extend(to.to_be_bytes());
        self.put_checksum(start, 10, 0);
        self.bytes.len()
    }

    /// Put the checksum of everything from `start` on, and of a pseudo header's sum, `offset` bytes behind `start`.
    fn put_checksum(&mut self, start: usize, offset: usize, pseudo: u32) {
        let header = self.bytes.get(start..).unwrap_or_default();
        let sum = header.chunks(2).map(|pair| match *pair {
            [high, low] => u32::from(u16::from_be_bytes([high, low])),
            [high] => u32::from(high) << 8,
            _ => 0,
        });
        let mut sum = pseudo + sum.sum::<u32>();
        while sum > 0xffff {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        if let Some(place) = self.bytes.get_mut(start + offset..start + offset + 2) {
            place.copy_from_slice(&(!sum as u16).to_be_bytes());
        }
    }

    /// Add as much of a payload of zeros as is kept.
    fn fill(&mut self, payload_len: u16) {
        let len = (self.bytes.len() + usize::from(payload_len)).min(SNAP_LEN.max(self.bytes.len()));
        self.bytes.resize(len, 0);
    }
}

/// The sum over RFC 9293's pseudo header.
const fn pseudo_header(from: u32, to: u32, protocol: u8, len: u16) -> u32 {
    (from >> 16) + (from & 0xffff) + (to >> 16) + (to & 0xffff) + protocol as u32 + len as u32
}
