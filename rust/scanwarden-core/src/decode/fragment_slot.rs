//! The first bytes of one fragmented datagram, as they come in.

use super::datagram::{Datagram, Fragment, IpVersion};
use crate::address::Address;
use crate::tricks::Tricks;

/// Bytes kept of a datagram: room for the longest TCP header, or an ICMP error with the packet it quotes.
pub(super) const KEPT_BYTES: usize = 128;
/// No network in use needs a first fragment below this: IPv4 hosts take 576 bytes, IPv6 links carry 1,280 (RFC 1122 3.3.2,
/// RFC 8200 5).
const NEEDLESS_BELOW: u32 = 256;
/// A first fragment below this leaves TCP's flags to the next (RFC 1858 3).
const TINY_BELOW: u32 = 16;

/// What the fragments of one datagram have in common (RFC 791 3.2, RFC 8200 4.5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) source: Address,
    pub(super) destination: Address,
    pub(super) id: u32,
    /// 0 for IPv6, whose fragments are told apart without it.
    pub(super) protocol: u8,
}

impl Key {
    pub(super) fn of(datagram: &Datagram<'_>, fragment: Fragment) -> Self {
        let protocol = match datagram.version {
            IpVersion::V4 => datagram.protocol,
            IpVersion::V6 => 0,
        };
        Self { source: datagram.source, destination: datagram.destination, id: fragment.id, protocol }
    }
}

/// How far a datagram has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Progress {
    /// Its headers are awaited.
    #[default]
    Awaited,
    /// Its packet was given out, or it was counted as malformed; what else comes of it is dropped.
    Told,
    /// The receiver discards it; what else comes of it is dropped, however much that is.
    Discarded,
}

/// What a fragment added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Added {
    /// Bytes not seen before, or bytes that are not kept.
    New,
    /// Bytes all of which were there, with the same values: the network delivered it twice.
    Duplicate,
    /// Some bytes that were there before; those stay.
    Overlap,
}

/// One fragmented datagram.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) key: Key,
    pub(super) progress: Progress,
    /// Protocol number of the content, known from the fragment at offset 0.
    pub(super) protocol: Option<u8>,
    /// Length of the content in bytes, known from the last fragment.
    pub(super) total: Option<u32>,
    /// Where the farthest fragment ended.
    pub(super) farthest: u32,
    /// Bytes of all fragments together, duplicates not counted.
    pub(super) received: u32,
    /// What the fragmentation is good for.
    pub(super) tricks: Tricks,
    bytes: [u8; KEPT_BYTES],
    /// One bit for each of `bytes` that has come in.
    present: u128,
}

impl Default for Slot {
    fn default() -> Self {
        Self {
            key: Key::default(),
            progress: Progress::Awaited,
            protocol: None,
            total: None,
            farthest: 0,
            received: 0,
            tricks: Tricks::NONE,
            bytes: [0; KEPT_BYTES],
            present: 0,
        }
    }
}

impl Slot {
    pub(super) fn open(key: Key) -> Self {
        Self { key, ..Self::default() }
    }

    /// Take in a fragment of `len` claimed bytes, of which `captured` are at hand; what came first stays.
    pub(super) fn add(&mut self, fragment: Fragment, captured: &[u8], len: u32, protocol: u8) -> Added {
        let added = self.keep(fragment.offset as usize, captured);
        if added != Added::Duplicate {
            self.received = self.received.saturating_add(len);
        }
        let end = fragment.offset + len;
        self.farthest = self.farthest.max(end);
        if !fragment.more {
            self.total = self.total.or(Some(end));
        }
        if fragment.offset == 0 {
            self.protocol = self.protocol.or(Some(protocol));
            let needless = if len < NEEDLESS_BELOW { Tricks::FRAGMENTS } else { Tricks::NONE };
            let tiny = if len < TINY_BELOW { Tricks::TINY_FRAGMENTS } else { Tricks::NONE };
            self.tricks = self.tricks.with(needless).with(tiny);
        }
        if added == Added::Overlap {
            self.tricks = self.tricks.with(Tricks::OVERLAPPING_FRAGMENTS);
        }
        added
    }

    /// Whether every byte has come in; judged by their number, so overlapping fragments can make it true too early.
    pub(super) fn is_complete(&self) -> bool {
        self.total.is_some_and(|total| self.received >= total)
    }

    /// The kept bytes from the start up to the first gap.
    pub(super) fn contiguous(&self) -> &[u8] {
        self.bytes.get(..self.present.trailing_ones() as usize).unwrap_or(&self.bytes)
    }

    fn keep(&mut self, offset: usize, captured: &[u8]) -> Added {
        let Some(room) = self.bytes.get_mut(offset..) else { return Added::New };
        let len = room.len().min(captured.len());
        let range = bits(len) << (offset as u32).min(u128::BITS - 1);
        if len == 0 {
            return Added::New;
        }
        let known = self.present & range;
        self.present |= range;
        let pairs = room.iter_mut().zip(captured);
        if known == 0 {
            pairs.for_each(|(kept, new)| *kept = *new);
            return Added::New;
        }
        let mut differs = false;
        for (position, (kept, new)) in pairs.enumerate() {
            if known >> (offset + position) & 1 == 0 {
                *kept = *new;
            } else {
                differs |= *kept != *new;
            }
        }
        if known == range && !differs { Added::Duplicate } else { Added::Overlap }
    }
}

/// The lowest `count` bits, at most 128.
const fn bits(count: usize) -> u128 {
    match u128::BITS.checked_sub(count as u32) {
        Some(unused) if unused < u128::BITS => u128::MAX >> unused,
        Some(_) => 0,
        None => u128::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot() -> Slot {
        Slot::open(Key::default())
    }

    fn part(offset: u32, more: bool) -> Fragment {
        Fragment { id: 1, offset, more }
    }

    #[test]
    fn the_contiguous_bytes_grow_when_the_gap_closes() {
        let mut slot = slot();
        assert_eq!(slot.add(part(8, true), &[2; 8], 8, 6), Added::New);
        assert!(slot.contiguous().is_empty());
        assert_eq!(slot.add(part(16, false), &[3; 4], 4, 6), Added::New);
        assert_eq!(slot.add(part(0, true), &[1; 8], 8, 6), Added::New);
        assert_eq!(slot.contiguous(), [[1; 8].as_slice(), &[2; 8], &[3; 4]].concat());
        assert_eq!((slot.total, slot.is_complete()), (Some(20), true));
    }

    #[test]
    fn what_came_first_stays_under_an_overlap() {
        let mut slot = slot();
        slot.add(part(0, true), &[1; 16], 16, 6);
        assert_eq!(slot.add(part(8, true), &[2; 16], 16, 6), Added::Overlap);
        assert_eq!(slot.contiguous(), [[1; 16].as_slice(), &[2; 8]].concat());
    }

    #[test]
    fn the_same_bytes_twice_are_a_duplicate_and_other_bytes_an_overlap() {
        let mut slot = slot();
        slot.add(part(0, true), &[1; 8], 8, 6);
        assert_eq!(slot.add(part(0, true), &[1; 8], 8, 6), Added::Duplicate);
        assert_eq!(slot.received, 8);
        assert_eq!(slot.add(part(0, true), &[9; 8], 8, 6), Added::Overlap);
        assert_eq!(slot.contiguous(), [1; 8]);
    }

    #[test]
    fn bytes_beyond_the_kept_ones_only_count() {
        let mut slot = slot();
        assert_eq!(slot.add(part(0, true), &[1; 1480], 1480, 17), Added::New);
        assert_eq!(slot.contiguous(), [1; KEPT_BYTES]);
        assert_eq!(slot.add(part(1480, false), &[1; 20], 20, 17), Added::New);
        assert_eq!((slot.total, slot.farthest, slot.is_complete()), (Some(1500), 1500, true));
        assert_eq!(slot.add(part(65528, false), &[1; 7], 7, 17), Added::New);
        assert_eq!(slot.total, Some(1500), "the first last fragment says the length");
    }
}
