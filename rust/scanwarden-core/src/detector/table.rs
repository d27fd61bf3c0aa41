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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// A set of ways of a bucket, one bit each.
#[derive(Clone, Copy)]
struct Ways(u32);

impl Ways {
    #[inline]
    fn first(self) -> Option<usize> {
        if self.0 == 0 { None } else { Some(self.0.trailing_zeros() as usize) }
    }

    #[inline]
    const fn without_first(self) -> Self {
        Self(self.0 & self.0.wrapping_sub(1))
    }
}

impl Bucket {
    /// The ways with a tag.
    #[inline]
    fn with_tag(&self, tag: u32) -> Ways {
        Ways(self.tags.iter().enumerate().fold(0, |ways, (way, &kept)| ways | u32::from(kept == tag) << way))
    }

    /// Whether a tenant has no evidence and was silent for long.
    #[inline]
    fn has_idle(&self, now_s: u16) -> bool {
        self.ranks.iter().zip(&self.seen_s).fold(false, |found, (&rank, &seen_s)| {
            found | (rank < HARMLESS_RANK && now_s.wrapping_sub(seen_s) > IDLE_S)
        })
    }

    /// The way whose tenant is missed least: idle ones first, then by evidence, then by age.
    #[inline]
    fn victim(&self, now_s: u16) -> usize {
        let mut victim = 0;
        let mut least = u32::MAX;
        for (way, (&rank, &seen_s)) in self.ranks.iter().zip(&self.seen_s).enumerate() {
            let idle_s = now_s.wrapping_sub(seen_s);
            let is_idle = rank < HARMLESS_RANK && idle_s > IDLE_S;
            let order = if is_idle { 0 } else { u32::from(rank.max(1)) << 16 } | u32::from(u16::MAX - idle_s);
            if order < least {
                least = order;
                victim = way;
            }
        }
        victim
    }

    #[inline]
    fn take(&mut self, way: usize, tag: u32, now_s: u16) {
        if let (Some(kept), Some(rank), Some(seen_s)) =
            (self.tags.get_mut(way), self.ranks.get_mut(way), self.seen_s.get_mut(way))
        {
            *kept = tag;
            *rank = 0;
            *seen_s = now_s;
        }
    }
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
        let mut ways = self.buckets.get(index)?.with_tag(hash as u32 | 1);
        while let Some(way) = ways.first() {
            let slot = index * WAYS + way;
            if self.sources.get(slot)?.key == key {
                return Some(slot as Slot);
            }
            ways = ways.without_first();
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
        now_s: u32,
        doorkeeper: &mut Doorkeeper,
    ) -> Admission {
        if let Some(slot) = self.find(hash, key) {
            return Admission::Known(slot);
        }
        if self.is_first_visit(hash, now_ns, now_s, doorkeeper) {
            return Admission::Refused;
        }
        let index = self.bucket_of(hash);
        let Some(bucket) = self.buckets.get_mut(index) else { return Admission::Refused };
        let vacant = bucket.with_tag(0).first();
        let way = vacant.unwrap_or_else(|| bucket.victim(now_s as u16));
        bucket.take(way, hash as u32 | 1, now_s as u16);
        let slot = (index * WAYS + way) as Slot;
        if vacant.is_some() { Admission::Vacant(slot) } else { Admission::Displace(slot) }
    }

    /// Say whether a stranger finds no place and was not here before; the doorkeeper notes the visit.
    #[inline]
    pub(crate) fn is_first_visit(
        &self,
        hash: u64,
        now_ns: Nanoseconds,
        now_s: u32,
        doorkeeper: &mut Doorkeeper,
    ) -> bool {
        let Some(bucket) = self.buckets.get(self.bucket_of(hash)) else { return true };
        let has_place = bucket.with_tag(0).first().is_some() || bucket.has_idle(now_s as u16);
        !has_place && !doorkeeper.was_here(hash, now_ns)
    }

    /// Keep a source's place in the order of eviction: by evidence, then by contacts, then by age.
    #[inline]
    pub(crate) fn rank(&mut self, slot: Slot, nats: f32, contacts: u32, now_s: u32) {
        let (index, way) = (slot as usize / WAYS, slot as usize % WAYS);
        let Some(bucket) = self.buckets.get_mut(index) else { return };
        if let (Some(rank), Some(seen_s)) = (bucket.ranks.get_mut(way), bucket.seen_s.get_mut(way)) {
            *rank = ((nats * 64.0) as u16).saturating_add(contacts.min(63) as u16);
            *seen_s = now_s as u16;
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

    /// Where the source of a hash most likely lives; nothing for a stranger.
    #[inline]
    pub(crate) fn likely(&self, hash: u64) -> Option<Slot> {
        let index = self.bucket_of(hash);
        let way = self.buckets.get(index)?.with_tag(hash as u32 | 1).first()?;
        Some((index * WAYS + way) as Slot)
    }

    /// The place that a stranger will most likely get.
    #[inline]
    pub(crate) fn likely_victim(&self, hash: u64, now_s: u32) -> Option<Slot> {
        let index = self.bucket_of(hash);
        let bucket = self.buckets.get(index)?;
        let way = bucket.with_tag(0).first().unwrap_or_else(|| bucket.victim(now_s as u16));
        Some((index * WAYS + way) as Slot)
    }

    /// Bring the bucket of a hash near; the result says nothing, but reading it makes the processor fetch the line.
    #[inline]
    pub(crate) fn touch_bucket(&self, hash: u64) -> u32 {
        self.buckets.get(self.bucket_of(hash)).map_or(0, |bucket| u32::from(bucket.ranks[0]))
    }
}

/// Below the weight of any evidence: only contacts.
const HARMLESS_RANK: u16 = 32;
