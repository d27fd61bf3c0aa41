//! Count distinct things in a fixed number of bytes, so that counts of parts add up to the count of the whole.
//!
//! `HyperLogLog` (Flajolet, Fusy, Gandouet, Meunier 2007) with 1,024 registers: a standard error of 3.25 %. Up to
//! [`EXACT`] hashes are kept as they are and counted exactly. Hashes are unkeyed, because sketches made on different
//! machines must merge; whoever prepares collisions only hides from a count.

/// Registers, a power of two.
const REGISTERS: usize = 1024;
const REGISTER_BITS: u32 = REGISTERS.trailing_zeros();
/// Hashes kept as they are before registers take over.
const EXACT: usize = 128;

/// The bias correction of the paper for 128 registers and more.
fn alpha() -> f64 {
    0.7213 / (1.0 + 1.079 / REGISTERS as f64)
}

/// A mergeable count of distinct 64-bit hashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Distinct {
    /// The sorted hashes themselves.
    Few(Vec<u64>),
    /// The registers.
    Many(Box<[u8; REGISTERS]>),
}

impl Default for Distinct {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

impl Distinct {
    /// Take in a hash.
    pub fn add(&mut self, hash: u64) {
        match self {
            Self::Few(hashes) => {
                if let Err(place) = hashes.binary_search(&hash) {
                    hashes.insert(place, hash);
                }
                if hashes.len() > EXACT {
                    self.grow();
                }
            }
            Self::Many(registers) => raise(registers, hash),
        }
    }

    /// Take in all that another sketch has seen.
    pub fn merge(&mut self, other: &Self) {
        match other {
            Self::Few(hashes) => hashes.iter().for_each(|&hash| self.add(hash)),
            Self::Many(theirs) => {
                self.grow();
                if let Self::Many(ours) = self {
                    ours.iter_mut().zip(theirs.iter()).for_each(|(our, &their)| *our = (*our).max(their));
                }
            }
        }
    }

    /// About how many distinct hashes were taken in.
    pub fn count(&self) -> f64 {
        match self {
            Self::Few(hashes) => hashes.len() as f64,
            Self::Many(registers) => estimate(registers),
        }
    }

    /// Write as bytes: one of kind (0 or 1), then the hashes in big-endian order or the registers.
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Few(hashes) => std::iter::once(0).chain(hashes.iter().flat_map(|hash| hash.to_be_bytes())).collect(),
            Self::Many(registers) => std::iter::once(1).chain(registers.iter().copied()).collect(),
        }
    }

    /// Read what [`Self::to_bytes`] wrote; `None` for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (kind, rest) = bytes.split_first()?;
        match kind {
            0 => {
                let hashes = rest.chunks_exact(size_of::<u64>());
                let is_whole = hashes.remainder().is_empty() && hashes.len() <= EXACT;
                is_whole.then(|| {
                    let mut few = Self::default();
                    hashes.filter_map(|hash| hash.try_into().ok()).for_each(|hash| few.add(u64::from_be_bytes(hash)));
                    few
                })
            }
            1 => Some(Self::Many(Box::new(rest.try_into().ok()?))),
            _ => None,
        }
    }

    fn grow(&mut self) {
        if let Self::Few(hashes) = self {
            let mut registers = Box::new([0; REGISTERS]);
            for &hash in hashes.iter() {
                raise(&mut registers, hash);
            }
            *self = Self::Many(registers);
        }
    }
}

fn raise(registers: &mut [u8; REGISTERS], hash: u64) {
    let index = (hash >> (64 - REGISTER_BITS)) as usize;
    let rank = (hash << REGISTER_BITS | 1 << (REGISTER_BITS - 1)).leading_zeros() as u8 + 1;
    if let Some(register) = registers.get_mut(index) {
        *register = (*register).max(rank);
    }
}

fn estimate(registers: &[u8; REGISTERS]) -> f64 {
    let count = REGISTERS as f64;
    let sum: f64 = registers.iter().map(|&rank| 0.5_f64.powi(i32::from(rank))).sum();
    let raw = alpha() * count * count / sum;
    let empty: usize = registers.iter().map(|&rank| usize::from(rank == 0)).sum();
    // The paper's small range: count the registers that nothing touched.
    if raw <= 2.5 * count && empty > 0 { count * (count / empty as f64).ln() } else { raw }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detector::public_hash;

    fn counting(numbers: std::ops::Range<u64>) -> Distinct {
        let mut distinct = Distinct::default();
        for number in numbers {
            distinct.add(public_hash(number, 7));
        }
        distinct
    }

    #[test]
    fn few_are_counted_exactly_and_once() {
        let mut distinct = counting(0..100);
        distinct.merge(&counting(50..100));
        assert!((distinct.count() - 100.0).abs() < f64::EPSILON);
    }

    #[test]
    fn many_are_counted_within_a_tenth() {
        for many in [200_u64, 1000, 2500, 10_000, 1_000_000] {
            let count = counting(0..many).count();
            assert!((count / many as f64 - 1.0).abs() < 0.1, "{count} of {many}");
        }
    }

    #[test]
    fn parts_merge_to_the_sketch_of_the_whole() {
        let mut halves = counting(0..5000);
        halves.merge(&counting(3000..9000));
        assert_eq!(halves, counting(0..9000));
        let mut few = counting(0..10);
        few.merge(&counting(0..9000));
        assert_eq!(few, counting(0..9000));
    }

    #[test]
    fn bytes_are_read_back_and_others_refused() {
        for distinct in [counting(0..0), counting(0..90), counting(0..900)] {
            assert_eq!(Distinct::from_bytes(&distinct.to_bytes()), Some(distinct));
        }
        assert_eq!(Distinct::from_bytes(&[]), None);
        assert_eq!(Distinct::from_bytes(&[0, 1, 2]), None);
        assert_eq!(Distinct::from_bytes(&[1; 12]), None);
        assert_eq!(Distinct::from_bytes(&[2]), None);
    }
}
