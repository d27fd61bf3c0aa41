//! A keyed hash for addresses: whoever does not know the key cannot aim at one bucket.
//!
//! Folded multiplication of 64-bit halves (the construction of wyhash and of `ahash`'s fallback). With keys drawn
//! at random for each run, colliding keys cannot be prepared beforehand, and nothing of the hash is ever shown.

use crate::address::Address;

/// The secret of one run.
#[derive(Clone, Copy)]
pub(crate) struct KeyedHash {
    first: u64,
    second: u64,
    /// What a high half of zero, as IPv4 addresses have, adds to a hash.
    zero: u64,
}

const FINISH: u64 = 0x9e37_79b9_7f4a_7c15;

#[inline]
const fn fold(a: u64, b: u64) -> u64 {
    let product = (a as u128).wrapping_mul(b as u128);
    (product as u64) ^ ((product >> 64) as u64)
}

impl KeyedHash {
    /// Build from 128 secret bits; the halves are made odd so that no product degenerates to zero.
    pub(crate) const fn new(key: u128) -> Self {
        let (first, second) = (key as u64 | 1, (key >> 64) as u64 | 1);
        Self { first, second, zero: fold(second, first) }
    }

    /// Hash an address.
    #[inline]
    pub(crate) const fn address(&self, address: Address) -> u64 {
        match address.as_v4() {
            Some(v4) => self.v4(v4),
            None => self.pair(address.0 as u64, (address.0 >> 64) as u64),
        }
    }

    /// Hash a port of a host.
    #[inline]
    pub(crate) const fn service(&self, host: Address, port: u16, protocol: u8) -> u64 {
        self.pair(self.address(host), (port as u64) << 8 | protocol as u64 | 1 << 32)
    }

    /// Hash an IPv4 address, as [`KeyedHash::pair`] does with one half of zero.
    #[inline]
    pub(crate) const fn v4(&self, address: u32) -> u64 {
        let mixed = fold(Address::from_v4(address).0 as u64 ^ self.first, self.second) ^ self.zero;
        fold(mixed ^ self.first, FINISH)
    }

    /// Hash two numbers.
    #[inline]
    pub(crate) const fn pair(&self, a: u64, b: u64) -> u64 {
        let mixed = fold(a ^ self.first, self.second) ^ fold(b ^ self.second, self.first);
        fold(mixed ^ self.first, FINISH)
    }

    /// Hash one end of a conversation with the other.
    #[inline]
    pub(crate) const fn conversation(
        &self,
        here: Address,
        here_port: u16,
        there: Address,
        there_port: u16,
        protocol: u8,
    ) -> u64 {
        let ports = (here_port as u64) << 32 | (there_port as u64) << 16 | protocol as u64;
        if let (Some(here), Some(there)) = (here.as_v4(), there.as_v4()) {
            // Both fit into one number, and a bit of their own keeps them apart from what is hashed before.
            return self.pair((here as u64) << 32 | there as u64, ports | 1 << 48);
        }
        self.pair(self.address(here).rotate_left(17) ^ self.address(there), ports)
    }
}

/// Hash for identifiers that must be the same in every run: no key, no secret.
pub(crate) const fn public_hash(a: u64, b: u64) -> u64 {
    KeyedHash::new(0x243f_6a88_85a3_08d3_1319_8a2e_0370_7344).pair(a, b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversation_has_two_ends_and_four_numbers() {
        let hash = KeyedHash::new(0x0123_4567_89ab_cdef_fedc_ba98_7654_3210);
        for (here, there) in [
            (Address::from_v4(0xc000_0201), Address::from_v4(0xc633_6402)),
            (Address(1), Address::from_v4(0xc633_6402)),
            (Address(1), Address(2)),
        ] {
            let hashes = [
                hash.conversation(here, 1, there, 2, 6),
                hash.conversation(there, 1, here, 2, 6),
                hash.conversation(here, 2, there, 1, 6),
                hash.conversation(here, 1, there, 2, 17),
                hash.conversation(here, 1, here, 2, 6),
                hash.conversation(here, 3, there, 2, 6),
            ];
            let distinct: std::collections::HashSet<u64> = hashes.into_iter().collect();
            assert_eq!(distinct.len(), hashes.len(), "{here} {there}");
        }
    }

    #[test]
    fn an_ipv4_address_has_one_hash() {
        for key in [0, 7, u128::MAX, 0x0123_4567_89ab_cdef_fedc_ba98_7654_3210] {
            let hash = KeyedHash::new(key);
            assert!(
                [0, 1, 0xc000_0201, u32::MAX]
                    .map(|v4| hash.v4(v4) == hash.pair(Address::from_v4(v4).0 as u64, 0))
                    .iter()
                    .all(|&same| same)
            );
        }
    }
}
