//! A small generator of capture files, written from the format drafts and sharing no code with the reader.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test binary uses a part; tests fail by panicking"
)]

use std::fs::File;
use std::io::{Seek, Write};
use std::os::fd::{AsRawFd, FromRawFd};

use scanwarden_capture::{CaptureError, CaptureFile, LinkType, RawPacket};

/// A packet with its bytes owned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    pub time_ns: u64,
    pub link: LinkType,
    pub original_len: u32,
    pub bytes: Vec<u8>,
}

impl From<RawPacket<'_>> for Packet {
    fn from(raw: RawPacket<'_>) -> Self {
        Self { time_ns: raw.time_ns, link: raw.link, original_len: raw.original_len, bytes: raw.bytes.to_vec() }
    }
}

/// A repeatable stream of numbers (Knuth's MMIX constants).
pub struct Numbers(pub u64);

impl Numbers {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    pub fn below(&mut self, limit: usize) -> usize {
        self.next() as usize % limit
    }
}

/// Make `count` Ethernet packets of 0 to `max_bytes` bytes, with times of whole microseconds.
pub fn packets(count: usize, max_bytes: usize) -> Vec<Packet> {
    let mut numbers = Numbers(count as u64);
    let packet = |index: usize| {
        let bytes: Vec<u8> = (0..numbers.below(max_bytes + 1)).map(|_| numbers.next() as u8).collect();
        let time_ns = 1_700_000_000_000_000_000 + index as u64 * 1_234_567_000;
        Packet { time_ns, link: LinkType::Ethernet, original_len: bytes.len() as u32 + 3, bytes }
    };
    (0..count).map(packet).collect()
}

/// How to write a pcap file.
#[derive(Clone, Copy)]
pub struct PcapStyle {
    pub is_big_endian: bool,
    pub is_nanosecond: bool,
    pub has_long_records: bool,
    pub snap_len: u32,
    pub link_field: u32,
}

impl Default for PcapStyle {
    fn default() -> Self {
        Self { is_big_endian: false, is_nanosecond: false, has_long_records: false, snap_len: 262_144, link_field: 1 }
    }
}

/// Write a pcap file.
pub fn pcap(packets: &[Packet], style: PcapStyle) -> Vec<u8> {
    let word = |value: u32| if style.is_big_endian { value.to_be_bytes() } else { value.to_le_bytes() };
    let half = |value: u16| if style.is_big_endian { value.to_be_bytes() } else { value.to_le_bytes() };
    let (magic, unit_ns) = match (style.is_nanosecond, style.has_long_records) {
        (false, false) => (0xa1b2_c3d4, 1_000),
        (true, _) => (0xa1b2_3c4d, 1),
        (false, true) => (0xa1b2_cd34, 1_000),
    };
    let mut file = Vec::new();
    file.extend(word(magic));
    file.extend(half(2));
    file.extend(half(4));
    for value in [0, 0, style.snap_len, style.link_field] {
        file.extend(word(value));
    }
    for packet in packets {
        let fraction = packet.time_ns % 1_000_000_000 / unit_ns;
        for value in [packet.time_ns / 1_000_000_000, fraction, packet.bytes.len() as u64, packet.original_len.into()] {
            file.extend(word(value as u32));
        }
        if style.has_long_records {
            file.extend([0xee; 8]);
        }
        file.extend(&packet.bytes);
    }
    file
}

/// Writes pcapng blocks.
#[derive(Default)]
pub struct PcapngWriter {
    pub file: Vec<u8>,
    is_big_endian: bool,
}

impl PcapngWriter {
    pub fn word(&self, value: u32) -> [u8; 4] {
        if self.is_big_endian { value.to_be_bytes() } else { value.to_le_bytes() }
    }

    pub fn half(&self, value: u16) -> [u8; 2] {
        if self.is_big_endian { value.to_be_bytes() } else { value.to_le_bytes() }
    }

    pub fn block(&mut self, kind: u32, body: &[u8]) -> &mut Self {
        let padding = body.len().next_multiple_of(4) - body.len();
        let len = self.word((12 + body.len() + padding) as u32);
        let kind = self.word(kind);
        self.file.extend(kind);
        self.file.extend(len);
        self.file.extend(body);
        self.file.extend(vec![0; padding]);
        self.file.extend(len);
        self
    }

    pub fn section(&mut self, is_big_endian: bool) -> &mut Self {
        self.is_big_endian = is_big_endian;
        let mut body = Vec::new();
        body.extend(self.word(0x1a2b_3c4d));
        body.extend(self.half(1));
        body.extend(self.half(0));
        body.extend([0xff; 8]);
        self.block(0x0a0d_0d0a, &body)
    }

    pub fn interface(&mut self, link: u16, snap_len: u32, options: &[(u16, &[u8])]) -> &mut Self {
        let mut body = Vec::new();
        body.extend(self.half(link));
        body.extend([0, 0]);
        body.extend(self.word(snap_len));
        for (code, value) in options {
            body.extend(self.half(*code));
            body.extend(self.half(value.len() as u16));
            body.extend(*value);
            body.resize(body.len().next_multiple_of(4), 0);
        }
        if !options.is_empty() {
            body.extend([0; 4]);
        }
        self.block(1, &body)
    }

    pub fn enhanced(&mut self, interface: u32, ticks: u64, original_len: u32, bytes: &[u8]) -> &mut Self {
        self.enhanced_with(interface, ticks, original_len, bytes, &[])
    }

    /// An enhanced packet with bytes behind it that stand for options.
    pub fn enhanced_with(
        &mut self,
        interface: u32,
        ticks: u64,
        original_len: u32,
        bytes: &[u8],
        options: &[u8],
    ) -> &mut Self {
        let mut body = Vec::new();
        for value in [interface, (ticks >> 32) as u32, ticks as u32, bytes.len() as u32, original_len] {
            body.extend(self.word(value));
        }
        body.extend(bytes);
        body.resize(body.len().next_multiple_of(4), 0);
        body.extend(options);
        self.block(6, &body)
    }

    pub fn simple(&mut self, original_len: u32, bytes: &[u8]) -> &mut Self {
        let body: Vec<u8> = self.word(original_len).iter().chain(bytes).copied().collect();
        self.block(3, &body)
    }

    pub fn obsolete(&mut self, interface: u16, ticks: u64, original_len: u32, bytes: &[u8]) -> &mut Self {
        let mut body = Vec::new();
        body.extend(self.half(interface));
        body.extend(self.half(0xffff));
        for value in [(ticks >> 32) as u32, ticks as u32, bytes.len() as u32, original_len] {
            body.extend(self.word(value));
        }
        body.extend(bytes);
        self.block(2, &body)
    }
}

/// Write packets as pcapng with everything a real file has around them.
pub fn pcapng(packets: &[Packet], is_big_endian: bool) -> Vec<u8> {
    let mut writer = PcapngWriter::default();
    writer.section(is_big_endian).interface(1, 262_144, &[(2, b"eth0"), (9, &[9])]);
    for (index, packet) in packets.iter().enumerate() {
        writer.enhanced(0, packet.time_ns, packet.original_len, &packet.bytes);
        if index % 3 == 0 {
            writer.block(0x0000_0bad, &packet.bytes);
        }
    }
    writer.block(5, &[0; 12]);
    writer.file
}

/// Put bytes into a file in memory, at its start.
pub fn memory_file(bytes: &[u8]) -> File {
    // SAFETY: a C string and an integer.
    let descriptor = unsafe { libc::memfd_create(c"capture".as_ptr(), libc::MFD_CLOEXEC) };
    assert!(descriptor >= 0);
    // SAFETY: just made, and nobody else has it.
    let mut file = unsafe { File::from_raw_fd(descriptor) };
    file.write_all(bytes).unwrap();
    file.rewind().unwrap();
    file
}

pub fn open(bytes: &[u8]) -> Result<CaptureFile, CaptureError> {
    CaptureFile::from_descriptor(memory_file(bytes).as_raw_fd(), "test.pcap")
}

/// What reading a file to its end gave.
#[derive(Debug)]
pub struct Outcome {
    pub packets: Vec<Packet>,
    pub error: Option<CaptureError>,
}

impl Outcome {
    pub fn message(&self) -> String {
        self.error.as_ref().map(ToString::to_string).unwrap_or_default()
    }
}

/// Read to the end, `max_packets` at a time; checks that an error is told once and followed by nothing.
pub fn read(bytes: &[u8], max_packets: usize) -> Outcome {
    match open(bytes) {
        Ok(file) => read_on(file, max_packets),
        Err(error) => Outcome { packets: Vec::new(), error: Some(error) },
    }
}

pub fn read_on(mut file: CaptureFile, max_packets: usize) -> Outcome {
    let mut packets = Vec::new();
    let packets_before = file.packets();
    let error = loop {
        let before = packets.len();
        match file.read_packets(max_packets, |packet| packets.push(Packet::from(packet))) {
            Err(error) => break Some(error),
            Ok(chunk) => {
                assert_eq!(chunk.packets, packets.len() - before);
                if !chunk.has_more {
                    break None;
                }
            }
        }
    };
    assert_eq!(file.packets() - packets_before, packets.len() as u64);
    let after = file.read_packets(max_packets, |packet| packets.push(Packet::from(packet))).unwrap();
    assert_eq!((after.packets, after.has_more), (0, false));
    Outcome { packets, error }
}
