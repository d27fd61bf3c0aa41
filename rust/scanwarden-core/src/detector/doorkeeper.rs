//! Remember visitors in a few bits, so that a flood of one-packet sources costs no table entries.
//!
//! Two generations of a blocked Bloom filter (Putze, Sanders, Singler 2007: all bits of a key in one cache line). The
//! current generation is written, both are read; when the current one is full, or old, it becomes the previous one. A
//! second visit sets bits of its own, so that a third is known as one.
//! Keyed by the hash it is given, so collisions cannot be prepared.

use super::budget::{Advise, advised};
use super::fetch::address_of;

const WORDS_A_BLOCK: usize = 4;
const BITS_A_BLOCK: usize = WORDS_A_BLOCK * 64;
/// Bits of the filter per remembered visit: with four set for each, about 0.5 % of strangers are taken for acquaintances.
const BITS_A_VISIT: usize = 16;

/// The blocks of one place in both generations, side by side in one cache line.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Blocks([[u64; WORDS_A_BLOCK]; 2]);

/// How often a key visited before, as far as remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visits {
    Never,
    Once,
    MoreThanOnce,
}

/// The filter.
pub(crate) struct Doorkeeper {
    blocks: Vec<Blocks>,
    /// Which of the two generations is written.
    current: usize,
    mask: usize,
    visits: usize,
    capacity: usize,
    born_ns: u64,
    max_age_ns: u64,
}

impl Doorkeeper {
    /// Use at most `bytes` in all (but 128 at least), and forget after one to two times `max_age_ns`, sooner when full.
    pub(crate) fn new(bytes: usize, max_age_ns: u64, advise: Advise<'_>) -> Self {
        let blocks = (bytes / size_of::<Blocks>()).max(2);
        let blocks = if blocks.is_power_of_two() { blocks } else { blocks.next_power_of_two() / 2 };
        Self {
            blocks: advised(Blocks([[0; WORDS_A_BLOCK]; 2]), blocks, advise),
            current: 0,
            mask: blocks - 1,
            visits: 0,
            capacity: blocks * BITS_A_BLOCK / BITS_A_VISIT,
            born_ns: 0,
            max_age_ns,
        }
    }

    #[inline]
    fn index(&self, hash: u64) -> usize {
        (hash >> 40) as usize & self.mask
    }

    /// Note a visit and say how often this key visited before.
    #[inline]
    pub(crate) fn note_visit(&mut self, hash: u64, now_ns: u64) -> Visits {
        if self.visits >= self.capacity || now_ns.saturating_sub(self.born_ns) > self.max_age_ns {
            self.age(now_ns);
        }
        if !self.note(hash, first_visit(hash)) {
            Visits::Never
        } else if !self.note(hash, second_visit(hash)) {
            Visits::Once
        } else {
            Visits::MoreThanOnce
        }
    }

    /// Set a pattern in the current generation and say whether it was set in either.
    #[inline]
    fn note(&mut self, hash: u64, pattern: Pattern) -> bool {
        let index = self.index(hash);
        let Some(Blocks([first, second])) = self.blocks.get_mut(index) else { return false };
        let (current, previous) = if self.current == 0 { (first, second) } else { (second, first) };
        if has(current, pattern) {
            return true;
        }
        add(current, pattern);
        self.visits += 1;
        has(previous, pattern)
    }

    /// Say whether a key visited more than once before, without noting it.
    #[inline]
    pub(crate) fn knows_well(&self, hash: u64) -> bool {
        let pattern = second_visit(hash);
        self.blocks
            .get(self.index(hash))
            .is_some_and(|Blocks([first, second])| has(first, pattern) || has(second, pattern))
    }

    #[cold]
    fn age(&mut self, now_ns: u64) {
        self.current ^= 1;
        for Blocks(generations) in &mut self.blocks {
            if let Some(block) = generations.get_mut(self.current) {
                *block = [0; WORDS_A_BLOCK];
            }
        }
        self.visits = 0;
        self.born_ns = now_ns;
    }

    /// Where the blocks of a hash lie.
    #[inline]
    pub(crate) fn address_of(&self, hash: u64) -> usize {
        self.blocks.get(self.index(hash)).map_or(0, address_of)
    }
}

/// Two words of a block and two bits in each.
type Pattern = [(usize, u64); 2];

#[inline]
const fn pattern(bits: u64) -> Pattern {
    let first = (bits as usize & 3, 1 << (bits >> 2 & 63) | 1 << (bits >> 8 & 63));
    let second = ((bits >> 14) as usize & 3, 1 << (bits >> 16 & 63) | 1 << (bits >> 22 & 63));
    [first, second]
}

#[inline]
const fn first_visit(hash: u64) -> Pattern {
    pattern(hash)
}

#[inline]
const fn second_visit(hash: u64) -> Pattern {
    pattern(hash.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32)
}

#[inline]
fn has(block: &[u64; WORDS_A_BLOCK], pattern: Pattern) -> bool {
    // Both words, without a branch between: what the first says cannot be foretold.
    pattern
        .into_iter()
        .fold(true, |is_set, (word, bits)| is_set & block.get(word).is_some_and(|kept| kept & bits == bits))
}

#[inline]
fn add(block: &mut [u64; WORDS_A_BLOCK], pattern: Pattern) {
    for (word, bits) in pattern {
        if let Some(kept) = block.get_mut(word) {
            *kept |= bits;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::hash::KeyedHash;
    use super::*;

    #[test]
    fn a_second_visit_is_recognised_and_few_strangers_are() {
        let hash = KeyedHash::new(7);
        let mut keeper = Doorkeeper::new(1 << 20, u64::MAX, &|_, _| {});
        let keys = 200_000_u64;
        let is_known = |visits| visits != Visits::Never;
        let strangers_taken = (0..keys).filter(|&n| is_known(keeper.note_visit(hash.pair(n, 1), 0))).count();
        assert!(strangers_taken < 4_000, "{strangers_taken} of {keys} strangers were taken for acquaintances");
        assert!((0..keys).rev().take(100_000).all(|n| is_known(keeper.note_visit(hash.pair(n, 1), 0))));
    }

    #[test]
    fn a_third_visit_is_told_from_a_second() {
        let hash = KeyedHash::new(7);
        let mut keeper = Doorkeeper::new(1 << 20, u64::MAX, &|_, _| {});
        let visits = |keeper: &mut Doorkeeper| (0..1000_u64).map(|n| keeper.note_visit(hash.pair(n, 1), 0)).collect();
        for expected in [Visits::Never, Visits::Once, Visits::MoreThanOnce, Visits::MoreThanOnce] {
            let told: Vec<Visits> = visits(&mut keeper);
            let as_expected = told.iter().filter(|&&visits| visits == expected).count();
            assert!(as_expected >= 990, "{as_expected} of 1000 are {expected:?}");
        }
    }

    #[test]
    fn a_visit_is_forgotten_after_two_generations() {
        let mut keeper = Doorkeeper::new(4096, 1_000, &|_, _| {});
        assert_eq!(keeper.note_visit(0x1234_5678_9abc_def0, 10), Visits::Never);
        assert_eq!(keeper.note_visit(0x1234_5678_9abc_def0, 500), Visits::Once);
        let _ = keeper.note_visit(1, 2_000);
        let _ = keeper.note_visit(2, 4_000);
        assert_eq!(keeper.note_visit(0x1234_5678_9abc_def0, 4_001), Visits::Never);
    }
}
