//! Which addresses are ours.

use crate::address::Address;

/// The monitored addresses. When nothing is known, every destination may be a target.
#[derive(Clone, Debug, Default)]
pub struct Home {
    hosts: Vec<Address>,
    networks: Vec<(Address, u8)>,
}

/// Up to this many hosts a linear look is faster than a binary search.
const LINEAR_LIMIT: usize = 8;

impl Home {
    /// Build from (address, prefix length) pairs; lengths are those of the family (32 or 128 for a host).
    pub fn new(prefixes: &[(Address, u8)]) -> Self {
        let mut home = Self::default();
        for &(address, bits) in prefixes {
            if bits >= family_bits(address) {
                home.hosts.push(address);
            } else {
                home.networks.push((address.masked(bits), bits));
            }
        }
        home.hosts.sort_unstable();
        home.hosts.dedup();
        home
    }

    /// Say whether nothing is known about which side is ours.
    pub fn is_unknown(&self) -> bool {
        self.hosts.is_empty() && self.networks.is_empty()
    }

    /// Say whether an address is ours.
    #[inline]
    pub fn contains(&self, address: Address) -> bool {
        let is_host = if self.hosts.len() <= LINEAR_LIMIT {
            self.hosts.contains(&address)
        } else {
            self.hosts.binary_search(&address).is_ok()
        };
        is_host
            || self
                .networks
                .iter()
                .any(|&(network, bits)| address.masked(bits) == network && address.is_v4() == network.is_v4())
    }
}

/// Width of the family's addresses in bits.
pub(crate) const fn family_bits(address: Address) -> u8 {
    if address.is_v4() { 32 } else { 128 }
}
