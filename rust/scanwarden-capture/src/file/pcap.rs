//! The pcap format (draft-ietf-opsawg-pcap): a 24-byte file header, then records.

use super::MAX_PACKET_BYTES;
use super::walk::{Stop, Visitor, Walked};
use crate::error::Damage;
use crate::{LinkType, RawPacket};

/// Bytes of the file header.
pub(super) const HEADER_BYTES: usize = 24;

/// How the records of one pcap file are to be read.
#[derive(Clone, Debug)]
pub(super) struct Pcap {
    is_big_endian: bool,
    has_long_records: bool,
    fraction_ns: u64,
    max_captured: u32,
    link: LinkType,
}

/// Why a pcap header cannot be used.
pub(super) enum BadHeader {
    Version { major: u16, minor: u16 },
    LinkType(u32),
}

impl Pcap {
    /// Say whether a file with these first bytes is a pcap file.
    pub(super) fn is_magic(magic: [u8; 4]) -> bool {
        Flavour::of(magic).is_some()
    }

    /// Read a file header; `None` when its magic number is not one of pcap's.
    pub(super) fn from_header(header: &[u8; HEADER_BYTES]) -> Option<Result<Self, BadHeader>> {
        let [m0, m1, m2, m3, v0, v1, v2, v3, _, _, _, _, _, _, _, _, s0, s1, s2, s3, l0, l1, l2, l3] = *header;
        let flavour = Flavour::of([m0, m1, m2, m3])?;
        let (major, minor) = (flavour.u16([v0, v1]), flavour.u16([v2, v3]));
        // Version 2.3 and older swapped two length fields; nothing has written it since 1998.
        if (major, minor) != (2, 4) {
            return Some(Err(BadHeader::Version { major, minor }));
        }
        // The upper bits say how long a frame check sequence is, which decoding by header lengths ignores.
        let number = flavour.u32([l0, l1, l2, l3]) & 0x03ff_ffff;
        let Some(link) = LinkType::from_dlt(number) else { return Some(Err(BadHeader::LinkType(number))) };
        let snap_len = flavour.u32([s0, s1, s2, s3]);
        let max_captured = if snap_len == 0 { MAX_PACKET_BYTES as u32 } else { snap_len.min(MAX_PACKET_BYTES as u32) };
        Some(Ok(Self {
            is_big_endian: flavour.is_big_endian,
            has_long_records: flavour.has_long_records,
            fraction_ns: flavour.fraction_ns,
            max_captured,
            link,
        }))
    }

    /// Hand out the packets in `input`, at most `max_packets`.
    #[inline]
    pub(super) fn walk<'a>(&self, input: &'a [u8], max_packets: usize, visitor: &mut impl Visitor<'a>) -> Walked {
        // Only what nearly every file is gets a copy of the visitor of its own, so that the visitor becomes part of it.
        let rare: &mut dyn Visitor<'a> = visitor;
        match (self.is_big_endian, self.has_long_records) {
            (false, false) => self.walk_records::<false, 16, _>(input, max_packets, visitor),
            (true, false) => self.walk_records::<true, 16, _>(input, max_packets, rare),
            (false, true) => self.walk_records::<false, 24, _>(input, max_packets, rare),
            (true, true) => self.walk_records::<true, 24, _>(input, max_packets, rare),
        }
    }

    #[inline]
    fn walk_records<'a, const BIG: bool, const HEAD: usize, V: Visitor<'a> + ?Sized>(
        &self,
        input: &'a [u8],
        max_packets: usize,
        visitor: &mut V,
    ) -> Walked {
        let (fraction_ns, max_captured, link) = (self.fraction_ns, self.max_captured, self.link);
        let mut left = input;
        let mut packets = 0;
        let stop = loop {
            if packets == max_packets {
                break Stop::Full;
            }
            let Some((head, rest)) = left.split_first_chunk::<HEAD>() else { break Stop::Need(HEAD) };
            let captured = u32_at::<BIG, HEAD>(head, 8);
            if captured > max_captured {
                break Stop::Damaged(Damage::RecordTooLong { claimed: captured.into(), limit: max_captured.into() });
            }
            let Some((bytes, rest)) = rest.split_at_checked(captured as usize) else {
                break Stop::Need(HEAD + captured as usize);
            };
            let seconds = u64::from(u32_at::<BIG, HEAD>(head, 0));
            let fraction = u64::from(u32_at::<BIG, HEAD>(head, 4));
            visitor.visit(RawPacket {
                time_ns: seconds * 1_000_000_000 + fraction * fraction_ns,
                link,
                original_len: u32_at::<BIG, HEAD>(head, 12),
                bytes,
            });
            left = rest;
            packets += 1;
        };
        Walked { consumed: input.len() - left.len(), packets, stop }
    }
}

/// What the magic number says.
struct Flavour {
    is_big_endian: bool,
    has_long_records: bool,
    fraction_ns: u64,
}

impl Flavour {
    fn of(magic: [u8; 4]) -> Option<Self> {
        let flavour =
            |is_big_endian, fraction_ns, has_long_records| Some(Self { is_big_endian, has_long_records, fraction_ns });
        match magic {
            [0xd4, 0xc3, 0xb2, 0xa1] => flavour(false, 1_000, false),
            [0xa1, 0xb2, 0xc3, 0xd4] => flavour(true, 1_000, false),
            [0x4d, 0x3c, 0xb2, 0xa1] => flavour(false, 1, false),
            [0xa1, 0xb2, 0x3c, 0x4d] => flavour(true, 1, false),
            // Alexey Kuznetzov's patched libpcap of 1999: eight more bytes in each record header.
            [0x34, 0xcd, 0xb2, 0xa1] => flavour(false, 1_000, true),
            [0xa1, 0xb2, 0xcd, 0x34] => flavour(true, 1_000, true),
            _ => None,
        }
    }

    fn u16(&self, bytes: [u8; 2]) -> u16 {
        if self.is_big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }
    }

    fn u32(&self, bytes: [u8; 4]) -> u32 {
        if self.is_big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    }
}

#[inline]
fn u32_at<const BIG: bool, const N: usize>(head: &[u8; N], at: usize) -> u32 {
    // Positions are constants below N, so the look-up cannot fail and costs nothing.
    let bytes = head.get(at..).and_then(<[u8]>::first_chunk::<4>).copied().unwrap_or_default();
    if BIG { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
}
