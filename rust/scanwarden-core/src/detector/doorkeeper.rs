//! Remember first-time visitors in a few bits, so that a flood of one-packet sources costs no table entries.
//!
//! Two generations of a blocked Bloom filter (Putze, Sanders, Singler 2007: all bits of a key in one cache line). The
//! current generation is written, both are read; when the current one is full, or old, it becomes the previous one.
//! Keyed by the hash it is given, so collisions cannot be prepared.

const WORDS_A_BLOCK: usize = 8;
/// Bits of the filter per remembered key: with four probes about 0.3 % of strangers are taken for acquaintances.
const BITS_A_KEY: usize = 16;

/// The filter.
pub(crate) struct Doorkeeper {
    current: Vec<[u64; WORDS_A_BLOCK]>,
    previous: Vec<[u64; WORDS_A_BLOCK]>,
    mask: usize,
    keys: usize,
    capacity: usize,
    born_ns: u64,
    max_age_ns: u64,
}

impl Doorkeeper {
    /// Use about `bytes` in all, and forget after one to two times `max_age_ns`, sooner when full.
    pub(crate) fn new(bytes: usize, max_age_ns: u64) -> Self {
        let blocks = (bytes / 2 / 64).next_power_of_two().max(2);
        Self {
            current: vec![[0; WORDS_A_BLOCK]; blocks],
            previous: vec![[0; WORDS_A_BLOCK]; blocks],
            mask: blocks - 1,
            keys: 0,
            capacity: blocks * 512 / BITS_A_KEY,
            born_ns: 0,
            max_age_ns,
        }
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        (self.current.len() + self.previous.len()) * size_of::<[u64; WORDS_A_BLOCK]>()
    }

    /// Note a visit and say whether this key visited before.
    #[inline]
    pub(crate) fn was_here(&mut self, hash: u64, now_ns: u64) -> bool {
        if self.keys >= self.capacity || now_ns.saturating_sub(self.born_ns) > self.max_age_ns {
            self.age(now_ns);
        }
        let index = (hash >> 40) as usize & self.mask;
        let (low, high) = pattern(hash);
        let was_in_previous = self.previous.get(index).is_some_and(|block| has(block, low, high));
        let Some(block) = self.current.get_mut(index) else { return false };
        let was_in_current = has(block, low, high);
        if !was_in_current {
            add(block, low, high);
            self.keys += 1;
        }
        was_in_current || was_in_previous
    }

    #[cold]
    fn age(&mut self, now_ns: u64) {
        std::mem::swap(&mut self.current, &mut self.previous);
        self.current.fill([0; WORDS_A_BLOCK]);
        self.keys = 0;
        self.born_ns = now_ns;
    }
}

/// Four bit positions in a block of 512, as (word, mask) pairs packed in two words of the block each.
#[inline]
const fn pattern(hash: u64) -> ((usize, u64), (usize, u64)) {
    let first = (hash as usize & 7, 1 << (hash >> 3 & 63) | 1 << (hash >> 9 & 63));
    let second = ((hash >> 15) as usize & 7, 1 << (hash >> 18 & 63) | 1 << (hash >> 24 & 63));
    (first, second)
}

#[inline]
fn has(block: &[u64; WORDS_A_BLOCK], low: (usize, u64), high: (usize, u64)) -> bool {
    block.get(low.0).is_some_and(|word| word & low.1 == low.1)
        && block.get(high.0).is_some_and(|word| word & high.1 == high.1)
}

#[inline]
fn add(block: &mut [u64; WORDS_A_BLOCK], low: (usize, u64), high: (usize, u64)) {
    for (word, mask) in [low, high] {
        if let Some(word) = block.get_mut(word) {
            *word |= mask;
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
        let mut keeper = Doorkeeper::new(1 << 20, u64::MAX);
        let keys = 200_000_u64;
        let strangers_taken = (0..keys).filter(|&n| keeper.was_here(hash.pair(n, 1), 0)).count();
        assert!(strangers_taken < 4_000, "{strangers_taken} of {keys} strangers were taken for acquaintances");
        assert!((0..keys).rev().take(100_000).all(|n| keeper.was_here(hash.pair(n, 1), 0)));
    }

    #[test]
    fn a_visit_is_forgotten_after_two_generations() {
        let mut keeper = Doorkeeper::new(4096, 1_000);
        assert!(!keeper.was_here(0x1234_5678_9abc_def0, 10));
        assert!(keeper.was_here(0x1234_5678_9abc_def0, 500));
        let _ = keeper.was_here(1, 2_000);
        let _ = keeper.was_here(2, 4_000);
        assert!(!keeper.was_here(0x1234_5678_9abc_def0, 4_001));
    }
}
