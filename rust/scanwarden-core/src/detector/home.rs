//! Which addresses are ours.

use crate::address::Address;

/// The monitored addresses. When nothing is known, every destination may be a target.
#[derive(Clone, Debug, Default)]
pub struct Home {
    v4: Prefixes<u32>,
    v6: Prefixes<u128>,
}

/// Prefixes of one family.
#[derive(Clone, Debug, Default)]
struct Prefixes<T> {
    /// Networks with their masks, and hosts while they are few: looked at one after the other.
    few: Vec<(T, T)>,
    /// Hosts in order, when they are many.
    many: Vec<T>,
}

/// Up to this many hosts a linear look is faster than a binary search.
const LINEAR_LIMIT: usize = 8;

impl<T: Copy + Ord + std::ops::BitAnd<Output = T>> Prefixes<T> {
    fn new(mut hosts: Vec<T>, mut networks: Vec<(T, T)>, whole: T) -> Self {
        hosts.sort_unstable();
        hosts.dedup();
        if hosts.len() <= LINEAR_LIMIT {
            networks.extend(hosts.drain(..).map(|host| (host, whole)));
        }
        Self { few: networks, many: hosts }
    }

    fn is_empty(&self) -> bool {
        self.few.is_empty() && self.many.is_empty()
    }

    #[inline]
    fn contains(&self, address: T) -> bool {
        self.few.iter().any(|&(network, mask)| address & mask == network)
            || (!self.many.is_empty() && self.many.binary_search(&address).is_ok())
    }
}

impl Home {
    /// Build from (address, prefix length) pairs; lengths are those of the family (32 or 128 for a host).
    pub fn new(prefixes: &[(Address, u8)]) -> Self {
        let (mut hosts_v4, mut networks_v4, mut hosts_v6, mut networks_v6) = (vec![], vec![], vec![], vec![]);
        for &(address, bits) in prefixes {
            let is_host = bits >= family_bits(address);
            match address.as_v4() {
                Some(host) if is_host => hosts_v4.push(host),
                Some(network) => {
                    let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or_default();
                    networks_v4.push((network & mask, mask));
                }
                None if is_host => hosts_v6.push(address.0),
                None => {
                    let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or_default();
                    networks_v6.push((address.0 & mask, mask));
                }
            }
        }
        Self { v4: Prefixes::new(hosts_v4, networks_v4, u32::MAX), v6: Prefixes::new(hosts_v6, networks_v6, u128::MAX) }
    }

    /// Say whether nothing is known about which side is ours.
    #[inline]
    pub fn is_unknown(&self) -> bool {
        self.v4.is_empty() && self.v6.is_empty()
    }

    /// Say whether an address is ours.
    #[inline]
    pub fn contains(&self, address: Address) -> bool {
        match address.as_v4() {
            Some(address) => self.v4.contains(address),
            None => self.v6.contains(address.0),
        }
    }

    /// Say whether an IPv4 address is ours.
    #[inline]
    pub(crate) fn contains_v4(&self, address: u32) -> bool {
        self.v4.contains(address)
    }
}

/// Width of the family's addresses in bits.
pub(crate) const fn family_bits(address: Address) -> u8 {
    if address.is_v4() { 32 } else { 128 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v4(a: u8, b: u8, c: u8, d: u8) -> Address {
        Address::from_v4(u32::from_be_bytes([a, b, c, d]))
    }

    #[test]
    fn hosts_and_networks_of_both_families_are_ours_and_nobody_else() {
        let network = Address::from_v6(0x2001_0db8 << 96);
        let home = Home::new(&[(v4(192, 0, 2, 1), 32), (v4(198, 51, 100, 9), 24), (network, 48), (Address(7), 128)]);
        let ours = [v4(192, 0, 2, 1), v4(198, 51, 100, 200), Address(network.0 | 5), Address(7)];
        let others = [v4(192, 0, 2, 2), v4(198, 51, 101, 1), Address(network.0 | 1 << 80), Address(8)];
        assert!(ours.into_iter().all(|address| home.contains(address)));
        assert!(!others.into_iter().any(|address| home.contains(address)));
    }

    #[test]
    fn a_prefix_of_no_bits_is_the_whole_family() {
        let home = Home::new(&[(v4(0, 0, 0, 0), 0)]);
        assert!(home.contains(v4(9, 9, 9, 9)) && !home.contains(Address(9)) && !home.is_unknown());
    }

    #[test]
    fn many_hosts_are_found_as_few_are() {
        let hosts: Vec<_> = (0..40).rev().map(|n| (v4(10, 0, 0, n * 2), 32)).collect();
        let home = Home::new(&hosts);
        assert!((0..40).all(|n| home.contains(v4(10, 0, 0, n * 2)) && !home.contains(v4(10, 0, 0, n * 2 + 1))));
    }
}
