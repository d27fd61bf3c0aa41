//! Sources whose packets our own rules drop: what they send on is never evidence, nor counted.

use super::engine::Detector;
use super::home::family_bits;
use crate::address::Address;
use crate::packet::Nanoseconds;
use std::collections::HashMap;

/// Bans known at a time; later ones are not remembered, and what they send counts.
const BANS: usize = 131_072;
/// Prefix lengths in use at a time: hosts and a few kinds of network.
const LENGTHS: usize = 16;

/// The bans in force, by prefix.
#[derive(Default)]
pub(crate) struct Banned {
    until_ns: HashMap<(Address, u8), Nanoseconds>,
    lengths: Vec<u8>,
}

impl Banned {
    /// Whether nobody is banned.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.until_ns.is_empty()
    }
}

impl Detector {
    /// Note that a prefix is refused until a time; `bits` is the length of the family's own prefix.
    pub fn note_ban(&mut self, prefix: Address, bits: u8, until_ns: Nanoseconds) {
        let bits = bits.min(family_bits(prefix));
        let banned = &mut self.banned;
        if banned.until_ns.len() >= BANS {
            let now_ns = self.now_ns;
            banned.until_ns.retain(|_, until_ns| *until_ns > now_ns);
        }
        if !banned.lengths.contains(&bits) && banned.lengths.len() < LENGTHS {
            banned.lengths.push(bits);
        }
        if banned.until_ns.len() < BANS {
            banned.until_ns.insert((prefix.masked(bits), bits), until_ns);
        }
    }

    /// Note that a prefix is refused no more.
    pub fn note_unban(&mut self, prefix: Address, bits: u8) {
        let bits = bits.min(family_bits(prefix));
        self.banned.until_ns.remove(&(prefix.masked(bits), bits));
    }

    /// Say whether our own rules drop what a source sends now.
    #[inline]
    pub fn is_banned(&self, source: Address, now_ns: Nanoseconds) -> bool {
        !self.banned.is_empty() && self.is_in_a_banned_prefix(source, now_ns)
    }

    #[cold]
    fn is_in_a_banned_prefix(&self, source: Address, now_ns: Nanoseconds) -> bool {
        let banned = &self.banned;
        banned
            .lengths
            .iter()
            .any(|&bits| banned.until_ns.get(&(source.masked(bits), bits)).is_some_and(|until_ns| *until_ns > now_ns))
    }
}

#[cfg(test)]
mod tests {
    use super::super::settings::Settings;
    use super::*;

    #[test]
    fn a_ban_covers_its_prefix_until_it_ends_or_is_lifted() {
        let Ok(mut detector) = Detector::new(&Settings::default(), 1) else { return };
        let host = Address::from_v4(0x0a00_0001);
        let network = Address::from_v6(0x2001_0db8 << 96);
        detector.note_ban(host, 32, 100);
        detector.note_ban(network, 64, 100);
        assert!(detector.is_banned(host, 99));
        assert!(!detector.is_banned(host, 100));
        assert!(!detector.is_banned(Address::from_v4(0x0a00_0002), 99));
        assert!(detector.is_banned(Address::from_v6(0x2001_0db8 << 96 | 7), 99));
        detector.note_unban(host, 32);
        assert!(!detector.is_banned(host, 99));
    }
}
