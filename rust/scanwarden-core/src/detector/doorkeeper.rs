//! Remember first-time visitors in a few bits, so that a flood of one-packet sources costs no table entries.
//!
//! Two generations of a blocked Bloom filter (Putze, Sanders, Singler 2007: all bits of a key in one cache line). The
//! current generation is written, both are read; when the current one is full, or old, it becomes the previous one.
//! Keyed by the hash it is given, so collisions cannot be prepared.

const WORDS_A_BLOCK: usize = 8;
/// Bits of the filter per remembered key: with four probes about 0.3 % of strangers are taken for acquaintances.
const BITS_A_KEY: usize = 16;

/// The blocks of one place in both generations, side by side: one look-up, two neighbouring cache lines.
#[derive(Clone, Copy)]
#[repr(C, align(128))]
struct Blocks([[u64; WORDS_A_BLOCK]; 2]);

/// The filter.
pub(crate) struct Doorkeeper {
    blocks: Vec<Blocks>,
    /// Which of the two generations is written.
    current: usize,
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
            blocks: vec![Blocks([[0; WORDS_A_BLOCK]; 2]); blocks],
            current: 0,
            mask: blocks - 1,
            keys: 0,
            capacity: blocks * 512 / BITS_A_KEY,
            born_ns: 0,
            max_age_ns,
        }
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        self.blocks.len() * size_of::<Blocks>()
    }

    #[inline]
    fn index(&self, hash: u64) -> usize {
        (hash >> 40) as usize & self.mask
    }

    /// Note a visit and say whether this key visited before.
    #[inline]
    pub(crate) fn was_here(&mut self, hash: u64, now_ns: u64) -> bool {
        if self.keys >= self.capacity || now_ns.saturating_sub(self.born_ns) > self.max_age_ns {
            self.age(now_ns);
        }
        let index = self.index(hash);
        let (low, high) = pattern(hash);
        let Some(Blocks([first, second])) = self.blocks.get_mut(index) else { return false };
        let (current, previous) = if self.current == 0 { (first, second) } else { (second, first) };
        let was_in_previous = has(previous, low, high);
        let was_in_current = has(current, low, high);
        if !was_in_current {
            add(current, low, high);
            self.keys += 1;
        }
        was_in_current || was_in_previous
    }

    /// Say whether a key visited before, without noting it.
    #[inline]
    pub(crate) fn knows(&self, hash: u64) -> bool {
        let (low, high) = pattern(hash);
        self.blocks
            .get(self.index(hash))
            .is_some_and(|Blocks([first, second])| has(first, low, high) || has(second, low, high))
    }

    #[cold]
    fn age(&mut self, now_ns: u64) {
        self.current ^= 1;
        for Blocks(generations) in &mut self.blocks {
            if let Some(block) = generations.get_mut(self.current) {
                *block = [0; WORDS_A_BLOCK];
            }
        }
        self.keys = 0;
        self.born_ns = now_ns;
    }

    /// Bring the blocks of a hash near; the result says nothing.
    #[inline]
    pub(crate) fn touch(&self, hash: u64) -> u32 {
        self.blocks.get(self.index(hash)).map_or(0, |Blocks([first, second])| (first[0] ^ second[0]) as u32)
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
