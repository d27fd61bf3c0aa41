//! The table of sources: set-associative, preallocated, evicting the least evidence first.
//!
//! A bucket is one cache line: eight tags, ranks and ages. A look-up compares the tags and touches one source.
//! When a bucket is full, a newcomer must have visited before (the doorkeeper knows how often) to displace anybody.

use super::budget::{Advise, advised};
use super::doorkeeper::{Doorkeeper, Visits};
use super::fetch::{NOWHERE, address_of};
use super::source::{NO_TALLY, Source};
use crate::address::Address;
use crate::packet::Nanoseconds;

const WAYS: usize = 8;
/// A source without evidence that was silent for this long gives way without asking the doorkeeper.
const IDLE_S: u16 = 30;
/// The least suspicious source of a bucket gives way to a second visitor when it was silent for this long, to a third
/// always.
const QUIET_S: u16 = 10;

/// Eight tenants: one cache line.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Bucket {
    /// Sixteen bits of each tenant's hash, four to a word; 0 where nobody lives.
    tags: [u64; 2],
    ranks: [u16; WAYS],
    seen_s: [u16; WAYS],
    /// Ways whose tenants have no evidence and no contact that waits, one bit each.
    harmless: u8,
    /// For so many seconds after `full_s` nobody lets a stranger in unasked: every way is taken, nobody is idle.
    full_for_s: u8,
    full_s: u16,
}

/// Where a source lives.
pub(crate) type Slot = u32;

/// The table.
pub(crate) struct SourceTable {
    buckets: Vec<Bucket>,
    sources: Vec<Source>,
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
    /// The bucket is full and this is no more than a first or second visit.
    Refused,
}

/// A set of ways of a bucket: sixteen bits for each lane of the two words, of which the first two tell the words apart.
#[derive(Clone, Copy)]
struct Ways(u64);

impl Ways {
    #[inline]
    fn first(self) -> Option<usize> {
        let bit = self.0.trailing_zeros() as usize;
        if self.0 == 0 { None } else { Some(bit / 16 + bit % 2 * 4) }
    }

    #[inline]
    const fn without_first(self) -> Self {
        Self(self.0 & self.0.wrapping_sub(1))
    }
}

/// One in each lane.
const LANES: u64 = 0x0001_0001_0001_0001;

/// The lanes that are zero, by their first bits. Above one that is, one that is not may be among them: who lives there
/// is compared in full, and vacancies are taken from below.
#[inline]
const fn zero_lanes(word: u64) -> u64 {
    (word.wrapping_sub(LANES) & !word) >> 15 & LANES
}

/// The tag of a hash.
#[inline]
const fn tag_of(hash: u64) -> u16 {
    hash as u16 | 1
}

impl Bucket {
    const VACANT: Self =
        Self { tags: [0; 2], ranks: [0; WAYS], seen_s: [0; WAYS], harmless: u8::MAX, full_for_s: 0, full_s: 0 };

    /// The ways with a tag, and perhaps others.
    #[inline]
    const fn with_tag(&self, tag: u16) -> Ways {
        let [low, high] = self.tags;
        let wanted = tag as u64 * LANES;
        Ways(zero_lanes(low ^ wanted) | zero_lanes(high ^ wanted) << 1)
    }

    /// A way where nobody lives.
    #[inline]
    fn vacant(&self) -> Option<usize> {
        self.with_tag(0).first()
    }

    /// Whether every way is taken, and nobody has no evidence and was silent for long.
    #[inline]
    fn is_full(&mut self, now_s: u16) -> bool {
        self.is_known_full(now_s) || self.becomes_full(now_s)
    }

    /// Whether it was full, and nobody can have become idle since: who shows up stays longer, and none moved in or out.
    #[inline]
    const fn is_known_full(&self, now_s: u16) -> bool {
        now_s.wrapping_sub(self.full_s) < self.full_for_s as u16
    }

    fn becomes_full(&mut self, now_s: u16) -> bool {
        let oldest_s = self
            .seen_s
            .iter()
            .enumerate()
            .filter(|(way, _)| self.harmless >> way & 1 == 1)
            .fold(0, |oldest_s, (_, &seen_s)| now_s.wrapping_sub(seen_s).max(oldest_s));
        if oldest_s > IDLE_S || self.vacant().is_some() {
            return false;
        }
        self.full_s = now_s;
        self.full_for_s = (IDLE_S - oldest_s) as u8 + 1;
        true
    }

    /// Whether the tenant that is missed least does without evidence, or was silent for a while.
    #[inline]
    fn has_quiet(&self, now_s: u16) -> bool {
        // Who is without evidence is missed least; whoever it is otherwise, it cannot be quiet where nobody is.
        self.harmless != 0 || (self.has_silent(now_s) && self.is_silent(self.victim(now_s), now_s))
    }

    fn is_silent(&self, way: usize, now_s: u16) -> bool {
        self.seen_s.get(way).is_some_and(|&seen_s| now_s.wrapping_sub(seen_s) > QUIET_S)
    }

    /// Whether anybody was silent for a while; without branches, so that all are compared at once.
    #[inline]
    fn has_silent(&self, now_s: u16) -> bool {
        self.seen_s.iter().fold(0, |over_s, &seen_s| over_s | now_s.wrapping_sub(seen_s).saturating_sub(QUIET_S)) != 0
    }

    /// The way whose tenant is missed least: idle ones first, then by evidence, then by age.
    #[inline]
    fn victim(&self, now_s: u16) -> usize {
        // The order and the way as one number, so that the least is found without branches.
        let mut least = u64::MAX;
        for (way, (&rank, &seen_s)) in self.ranks.iter().zip(&self.seen_s).enumerate() {
            let idle_s = now_s.wrapping_sub(seen_s);
            let is_idle = rank < HARMLESS_RANK && idle_s > IDLE_S;
            let order = if is_idle { 0 } else { u32::from(rank.max(1)) << 16 } | u32::from(u16::MAX - idle_s);
            least = least.min(u64::from(order) << 8 | way as u64);
        }
        least as usize % WAYS
    }

    #[inline]
    fn take(&mut self, way: usize, tag: u16, now_s: u16) {
        if let Some(word) = self.tags.get_mut(way / 4) {
            let shift = way % 4 * 16;
            *word = *word & !(0xffff << shift) | u64::from(tag) << shift;
        }
        self.set_rank(way, 0, now_s);
        self.full_for_s = 0;
    }

    #[inline]
    fn set_rank(&mut self, way: usize, new_rank: u16, now_s: u16) {
        if let (Some(rank), Some(seen_s)) = (self.ranks.get_mut(way), self.seen_s.get_mut(way)) {
            *rank = new_rank;
            *seen_s = now_s;
            self.harmless = self.harmless & !(1 << way) | u8::from(new_rank < HARMLESS_RANK) << way;
        }
    }
}

impl SourceTable {
    /// Bytes held for each source.
    pub(crate) const BYTES_A_SOURCE: usize = size_of::<Source>() + size_of::<Bucket>() / WAYS;

    /// Make room for `sources` sources, rounded down to whole buckets.
    pub(crate) fn new(sources: usize, advise: Advise<'_>) -> Self {
        let buckets = (sources / WAYS).max(1);
        Self {
            buckets: advised(Bucket::VACANT, buckets, advise),
            sources: advised(Source::VACANT, buckets * WAYS, advise),
        }
    }

    #[inline]
    fn bucket_of(&self, hash: u64) -> usize {
        // The upper half of the hash as a fraction of the buckets: any number of them, and no division.
        (((hash >> 32) * self.buckets.len() as u64) >> 32) as usize
    }

    /// Find a source.
    #[inline]
    pub(crate) fn find(&self, hash: u64, key: Address) -> Option<Slot> {
        let index = self.bucket_of(hash);
        let mut ways = self.buckets.get(index)?.with_tag(tag_of(hash));
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
        if self.is_turned_away(hash, now_ns, now_s, doorkeeper) {
            return Admission::Refused;
        }
        let index = self.bucket_of(hash);
        let Some(bucket) = self.buckets.get_mut(index) else { return Admission::Refused };
        let vacant = bucket.vacant();
        let way = vacant.unwrap_or_else(|| bucket.victim(now_s as u16));
        bucket.take(way, tag_of(hash), now_s as u16);
        let slot = (index * WAYS + way) as Slot;
        if vacant.is_some() { Admission::Vacant(slot) } else { Admission::Displace(slot) }
    }

    /// Say whether a stranger finds no place; the doorkeeper notes the visit.
    ///
    /// A second visit takes the place of somebody who is quiet. Where everybody is busy, as in a flood whose sources come
    /// back, only a third takes one: who comes so often may be a scanner, and who came twice to a full house is one of many.
    #[inline]
    pub(crate) fn is_turned_away(
        &mut self,
        hash: u64,
        now_ns: Nanoseconds,
        now_s: u32,
        doorkeeper: &mut Doorkeeper,
    ) -> bool {
        let index = self.bucket_of(hash);
        let Some(bucket) = self.buckets.get_mut(index) else { return true };
        if !bucket.is_full(now_s as u16) {
            return false;
        }
        match doorkeeper.note_visit(hash, now_ns) {
            Visits::Never => true,
            Visits::Once => !bucket.has_quiet(now_s as u16),
            Visits::MoreThanOnce => false,
        }
    }

    /// Keep a source's place in the order of eviction: by evidence, then by contacts, then by age.
    #[inline]
    pub(crate) fn rank(&mut self, slot: Slot, nats: f32, contacts: u32, now_s: u32) {
        let (index, way) = (slot as usize / WAYS, slot as usize % WAYS);
        let Some(bucket) = self.buckets.get_mut(index) else { return };
        bucket.set_rank(way, ((nats * 64.0) as u16).saturating_add(contacts.min(63) as u16), now_s as u16);
    }

    #[inline]
    pub(crate) fn get(&self, slot: Slot) -> Option<&Source> {
        self.sources.get(slot as usize)
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, slot: Slot) -> Option<&mut Source> {
        self.sources.get_mut(slot as usize)
    }

    /// All places, by slot.
    #[inline]
    pub(crate) fn all_mut(&mut self) -> &mut [Source] {
        &mut self.sources
    }

    /// Give the place of a source free.
    pub(crate) fn remove(&mut self, hash: u64, key: Address) {
        let Some(slot) = self.find(hash, key) else { return };
        let (index, way) = (slot as usize / WAYS, slot as usize % WAYS);
        if let Some(bucket) = self.buckets.get_mut(index) {
            bucket.take(way, 0, 0);
        }
        if let Some(source) = self.sources.get_mut(slot as usize) {
            let generation = source.generation.wrapping_add(1);
            *source = Source::VACANT;
            source.generation = generation;
        }
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

    /// Where the source of a hash most likely lives; [`NOWHERE`] for a stranger.
    #[inline]
    pub(crate) fn likely(&self, hash: u64) -> Slot {
        let index = self.bucket_of(hash);
        let Some(bucket) = self.buckets.get(index) else { return NOWHERE };
        bucket.with_tag(tag_of(hash)).first().map_or(NOWHERE, |way| (index * WAYS + way) as Slot)
    }

    /// Whether a stranger of this hash is known to find every place taken.
    #[inline]
    pub(crate) fn is_known_full(&self, hash: u64, now_s: u32) -> bool {
        self.buckets.get(self.bucket_of(hash)).is_some_and(|bucket| bucket.is_known_full(now_s as u16))
    }

    /// Bring the bucket of a hash near; the result says nothing, but reading it makes the processor fetch the line.
    #[inline]
    pub(crate) fn touch_bucket(&self, hash: u64) -> u32 {
        self.buckets.get(self.bucket_of(hash)).map_or(0, |bucket| u32::from(bucket.harmless))
    }

    /// Where the bucket of a hash lies.
    #[inline]
    pub(crate) fn bucket_address(&self, hash: u64) -> usize {
        self.buckets.get(self.bucket_of(hash)).map_or(0, address_of)
    }

    /// Find a source, given where it most likely lived a moment ago.
    #[inline]
    pub(crate) fn find_near(&self, likely: Slot, hash: u64, key: Address) -> Option<Slot> {
        match self.sources.get(likely as usize) {
            Some(source) if source.key == key => Some(likely),
            _ => self.find(hash, key),
        }
    }

    /// The place that a stranger will most likely get.
    #[inline]
    pub(crate) fn likely_victim(&self, hash: u64, now_s: u32) -> Slot {
        let index = self.bucket_of(hash);
        let Some(bucket) = self.buckets.get(index) else { return NOWHERE };
        let way = bucket.vacant().unwrap_or_else(|| bucket.victim(now_s as u16));
        (index * WAYS + way) as Slot
    }
}

/// Below the weight of any evidence: only contacts.
const HARMLESS_RANK: u16 = 32;
