//! Targets as 32-bit numbers: an IPv4 address is its own number, an IPv6 address gets one from a bounded list.

use super::hash::KeyedHash;
use super::memo::Memo;
use crate::address::Address;

/// The list of IPv6 targets.
pub(crate) struct Targets {
    addresses: Vec<Address>,
    numbers: Memo,
    next: usize,
    capacity: usize,
    /// How often a number was given to another address.
    pub(crate) reused: u64,
}

impl Targets {
    /// Tell `capacity` IPv6 targets apart at a time; a sweep over more reuses the oldest numbers.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { addresses: Vec::new(), numbers: Memo::new(capacity * 2), next: 0, capacity, reused: 0 }
    }

    /// Bytes held when full.
    pub(crate) fn bytes_for(capacity: usize) -> usize {
        capacity * size_of::<Address>() + Memo::bytes_for(capacity * 2)
    }

    /// Find an address's number without giving it one.
    #[inline]
    pub(crate) fn find(&self, address: Address, hash: &KeyedHash, now_s: u32) -> Option<u32> {
        if let Some(v4) = address.as_v4() {
            return Some(v4);
        }
        let kept = self.numbers.get(hash.address(address), now_s)?.first;
        (self.addresses.get(kept as usize) == Some(&address)).then_some(kept)
    }

    /// Find an address's number, or give it one.
    #[inline]
    pub(crate) fn number(&mut self, address: Address, hash: &KeyedHash, now_s: u32) -> u32 {
        self.find(address, hash, now_s).unwrap_or_else(|| self.give(address, hash, now_s))
    }

    #[cold]
    fn give(&mut self, address: Address, hash: &KeyedHash, now_s: u32) -> u32 {
        let number = self.next;
        self.next = (self.next + 1) % self.capacity;
        match self.addresses.get_mut(number) {
            Some(place) => {
                *place = address;
                self.reused += 1;
            }
            None => self.addresses.push(address),
        }
        self.numbers.put(hash.address(address), now_s, number as u32, 0);
        number as u32
    }

    /// The address behind a number; `is_v4` is the family of the source that touched it.
    pub(crate) fn address(&self, number: u32, is_v4: bool) -> Address {
        if is_v4 { Address::from_v4(number) } else { self.addresses.get(number as usize).copied().unwrap_or_default() }
    }
}
