//! The table of sources: set-associative, preallocated, evicting the least evidence first.
//!
//! A bucket is one cache line: eight tags, ranks and ages. A look-up compares eight tags and touches one source.
//! When a bucket is full, a newcomer must have visited before (the doorkeeper knows) to displace anybody.

use super::doorkeeper::Doorkeeper;
use super::source::{NO_TALLY, Source};
use crate::address::Address;
use crate::packet::Nanoseconds;

const WAYS: usize = 8;
/// A source without evidence that was silent for this long gives way without asking the doorkeeper.
const IDLE_S: u16 = 30;

#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Bucket {
    tags: [u32; WAYS],
    ranks: [u16; WAYS],
    seen_s: [u16; WAYS],
}

/// Where a source lives.
pub(crate) type Slot = u32;

/// The table.
pub(crate) struct SourceTable {
    buckets: Vec<Bucket>,
    sources: Vec<Source>,
    mask: usize,
}

/// What came of asking for a place.
pub(crate) enum Admission {
    /// The source is known.
    Known(Slot),
    /// A place is free; the caller moves the source in.
    Vacant(Slot),
    /// The least suspicious tenant must leave; the caller sees it out and moves the source in.
    Displace(Slot),
    /// The bucket is full and this is a first visit.
    Refused,
}

impl SourceTable {
    /// Make room for `sources` sources, rounded down to a power of two.
    pub(crate) fn new(sources: usize) -> Self {
        let buckets = (sources / WAYS).max(1);
        let buckets = if buckets.is_power_of_two() { buckets } else { buckets.next_power_of_two() / 2 };
        Self {
            buckets: vec![Bucket { tags: [0; WAYS], ranks: [0; WAYS], seen_s: [0; WAYS] }; buckets],
            sources: vec![Source::VACANT; buckets * WAYS],
            mask: buckets - 1,
        }
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        self.buckets.len() * size_of::<Bucket>() + self.sources.len() * size_of::<Source>()
    }

    #[inline]
    fn bucket_of(&self, hash: u64) -> usize {
        (hash >> 34) as usize & self.mask
    }

    /// Find a source.
    #[inline]
    pub(crate) fn find(&self, hash: u64, key: Address) -> Option<Slot> {
        let index = self.bucket_of(hash);
        let bucket = self.buckets.get(index)?;
        let tag = hash as u32 | 1;
        for (way, &kept) in bucket.tags.iter().enumerate() {
            if kept == tag {
                let slot = index * WAYS + way;
                if self.sources.get(slot)?.key == key {
                    return Some(slot as Slot);
                }
            }
        }
        None
    }

    /// Find a source or a place for it.
    #[inline]
    pub(crate) fn admit(
        &mut self,
        hash: u64,
        key: Address,
        now_ns: Nanoseconds,
        doorkeeper: &mut Doorkeeper,
    ) -> Admission {
        if let Some(slot) = self.find(hash, key) {
            return Admission::Known(slot);
        }
        let index = self.bucket_of(hash);
        let now_s = (now_ns / 1_000_000_000) as u16;
        let Some(bucket) = self.buckets.get_mut(index) else { return Admission::Refused };
        let tag = hash as u32 | 1;
        let mut victim = 0;
        let mut victim_order = u64::MAX;
        for way in 0..WAYS {
            let (Some(&kept), Some(&rank), Some(&seen_s)) =
                (bucket.tags.get(way), bucket.ranks.get(way), bucket.seen_s.get(way))
            else {
                continue;
            };
            if kept == 0 {
                take(bucket, way, tag, now_s);
                return Admission::Vacant((index * WAYS + way) as Slot);
            }
            let idle_s = now_s.wrapping_sub(seen_s);
            let is_idle_and_harmless = rank < HARMLESS_RANK && idle_s > IDLE_S;
            let order =
                if is_idle_and_harmless { 0 } else { 1 + (u64::from(rank) << 16) } + u64::from(u16::MAX - idle_s);
            if order < victim_order {
                victim_order = order;
                victim = way;
            }
        }
        if victim_order > u64::from(u16::MAX) && !doorkeeper.was_here(hash, now_ns) {
            return Admission::Refused;
        }
        take(bucket, victim, tag, now_s);
        Admission::Displace((index * WAYS + victim) as Slot)
    }

    /// Keep a source's place in the order of eviction: by evidence, then by contacts, then by age.
    #[inline]
    pub(crate) fn rank(&mut self, slot: Slot, nats: f32, contacts: u32, now_ns: Nanoseconds) {
        let (index, way) = (slot as usize / WAYS, slot as usize % WAYS);
        let Some(bucket) = self.buckets.get_mut(index) else { return };
        if let (Some(rank), Some(seen_s)) = (bucket.ranks.get_mut(way), bucket.seen_s.get_mut(way)) {
            *rank = ((nats * 64.0) as u16).saturating_add(contacts.min(63) as u16);
            *seen_s = (now_ns / 1_000_000_000) as u16;
        }
    }

    #[inline]
    pub(crate) fn get(&self, slot: Slot) -> Option<&Source> {
        self.sources.get(slot as usize)
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, slot: Slot) -> Option<&mut Source> {
        self.sources.get_mut(slot as usize)
    }

    /// Get a source if it is still the same tenant.
    #[inline]
    pub(crate) fn get_tenant(&mut self, slot: Slot, generation: u32) -> Option<&mut Source> {
        self.sources.get_mut(slot as usize).filter(|source| source.generation == generation)
    }

    /// The slots whose sources have a tally.
    pub(crate) fn with_tally(&self) -> impl Iterator<Item = Slot> + '_ {
        self.sources.iter().enumerate().filter(|(_, source)| source.tally != NO_TALLY).map(|(slot, _)| slot as Slot)
    }
}

/// Below the weight of any evidence: only contacts.
const HARMLESS_RANK: u16 = 32;

#[inline]
fn take(bucket: &mut Bucket, way: usize, tag: u32, now_s: u16) {
    if let (Some(kept), Some(rank), Some(seen_s)) =
        (bucket.tags.get_mut(way), bucket.ranks.get_mut(way), bucket.seen_s.get_mut(way))
    {
        *kept = tag;
        *rank = 0;
        *seen_s = now_s;
    }
}
