//! About how many distinct ports and targets there are among contacts that are not kept.
//!
//! Linear counting (Whang, Vander-Zanden, Taylor 1990): each value sets one of m bits, and n values leave m·e^(−n/m) of them
//! clear. With 512 bits it tells a dozen from a hundred well, which is all that a shape needs, and saturates at about 3,000.

use super::hash::public_hash;

/// Words of 64 bits.
const WORDS: usize = 8;
const BITS: u32 = WORDS as u32 * 64;

/// The spread of contacts over ports and targets.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spread {
    ports: [u64; WORDS],
    targets: [u64; WORDS],
}

impl Spread {
    /// Note one contact; `port` is the port with its protocol.
    pub(crate) fn note(&mut self, port: u32, target: u32) {
        set(&mut self.ports, port);
        set(&mut self.targets, target);
    }

    /// About how many ports and targets were noted.
    pub(crate) fn estimate(&self) -> (usize, usize) {
        (count(&self.ports), count(&self.targets))
    }
}

fn set(bits: &mut [u64; WORDS], value: u32) {
    let bit = public_hash(value.into(), 0) % u64::from(BITS);
    if let Some(word) = bits.get_mut((bit >> 6) as usize) {
        *word |= 1 << (bit & 63);
    }
}

fn count(bits: &[u64; WORDS]) -> usize {
    let clear = bits.iter().map(|word| word.count_zeros()).sum::<u32>().max(1);
    let (whole, clear) = (f64::from(BITS), f64::from(clear));
    (whole * (whole / clear).ln()).round() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_estimate_is_within_a_tenth_while_there_are_hundreds() {
        for (ports, targets) in [(0, 0), (3, 1), (16, 100), (100, 8), (800, 256)] {
            let mut spread = Spread::default();
            for contact in 0..ports.max(targets) {
                spread.note(contact % ports, 0x0a4d_0101 + contact % targets);
            }
            for (estimate, truth) in [(spread.estimate().0, ports), (spread.estimate().1, targets)] {
                assert!(
                    (estimate as f64 - f64::from(truth)).abs() <= f64::from(truth) / 10.0,
                    "{estimate} for {truth}"
                );
            }
        }
    }

    #[test]
    fn what_is_noted_again_counts_once_and_a_full_count_stays_finite() {
        let mut spread = Spread::default();
        (0..1000).for_each(|_| spread.note(443, 7));
        assert_eq!(spread.estimate(), (1, 1));
        (0..1_000_000).for_each(|contact| spread.note(contact, contact));
        assert!((2_000..5_000).contains(&spread.estimate().0));
    }
}
