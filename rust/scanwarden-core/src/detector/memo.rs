//! Short memories of fixed size: "was this seen before, when, and with which two numbers".
//!
//! A four-way set-associative array of 16-byte cells keyed by a 64-bit keyed hash. The oldest cell of a set goes
//! first; what is forgotten costs accuracy, never memory.

use super::fetch::address_of;

/// One remembered fact.
#[derive(Clone, Copy, Default)]
struct Cell {
    tag: u32,
    time_s: u32,
    first: u32,
    second: u32,
}

const WAYS: usize = 4;

/// One cache line.
#[derive(Clone, Copy, Default)]
#[repr(C, align(64))]
struct Set([Cell; WAYS]);

/// A bounded memory from keyed hashes to two numbers and a time.
pub(crate) struct Memo {
    sets: Vec<Set>,
    mask: usize,
}

/// What [`Memo::get`] returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Remembered {
    pub(crate) age_s: u32,
    pub(crate) first: u32,
    pub(crate) second: u32,
}

impl Memo {
    /// Make room for `cells` facts, rounded down to a power of two.
    pub(crate) fn new(cells: usize) -> Self {
        let sets = Self::sets_for(cells);
        Self { sets: vec![Set::default(); sets], mask: sets - 1 }
    }

    fn sets_for(cells: usize) -> usize {
        1 << (cells / WAYS).max(1).ilog2()
    }

    /// Bytes held by a memory of so many facts.
    pub(crate) fn bytes_for(cells: usize) -> usize {
        Self::sets_for(cells) * size_of::<Set>()
    }

    #[inline]
    fn set_mut(&mut self, hash: u64) -> Option<&mut [Cell; WAYS]> {
        let index = (hash >> 32) as usize & self.mask;
        self.sets.get_mut(index).map(|Set(cells)| cells)
    }

    /// Remember two numbers under a hash, now.
    #[inline]
    pub(crate) fn put(&mut self, hash: u64, now_s: u32, first: u32, second: u32) {
        let tag = hash as u32 | 1;
        let Some(set) = self.set_mut(hash) else { return };
        let mut oldest = 0;
        let mut oldest_time = u32::MAX;
        for (way, cell) in set.iter().enumerate() {
            if cell.tag == tag {
                oldest = way;
                break;
            }
            if cell.time_s < oldest_time || cell.tag == 0 {
                oldest_time = if cell.tag == 0 { 0 } else { cell.time_s };
                oldest = way;
            }
        }
        if let Some(cell) = set.get_mut(oldest) {
            *cell = Cell { tag, time_s: now_s.max(1), first, second };
        }
    }

    /// Recall what was put under a hash.
    #[inline]
    pub(crate) fn get(&self, hash: u64, now_s: u32) -> Option<Remembered> {
        let tag = hash as u32 | 1;
        let index = (hash >> 32) as usize & self.mask;
        let cell = self.sets.get(index)?.0.iter().find(|cell| cell.tag == tag)?;
        Some(Remembered { age_s: now_s.saturating_sub(cell.time_s), first: cell.first, second: cell.second })
    }

    /// Where the set of a hash lies.
    #[inline]
    pub(crate) fn address_of(&self, hash: u64) -> usize {
        self.sets.get((hash >> 32) as usize & self.mask).map_or(0, address_of)
    }

    /// Forget a hash.
    #[inline]
    pub(crate) fn remove(&mut self, hash: u64) {
        let tag = hash as u32 | 1;
        if let Some(cell) = self.set_mut(hash).and_then(|set| set.iter_mut().find(|cell| cell.tag == tag)) {
            *cell = Cell::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_is_recalled_until_removed() {
        let mut memo = Memo::new(64);
        memo.put(0xabcd_0000_1234_5678, 10, 7, 8);
        assert_eq!(memo.get(0xabcd_0000_1234_5678, 15), Some(Remembered { age_s: 5, first: 7, second: 8 }));
        memo.remove(0xabcd_0000_1234_5678);
        assert_eq!(memo.get(0xabcd_0000_1234_5678, 15), None);
    }

    #[test]
    fn the_oldest_of_a_set_goes_first() {
        let mut memo = Memo::new(4);
        for n in 0..5_u64 {
            memo.put(n << 8, 100 + n as u32, n as u32, 0);
        }
        assert_eq!(memo.get(0, 200), None);
        assert!((1..5_u64).all(|n| memo.get(n << 8, 200).is_some()));
    }
}
