//! Where the next contact of a scan that is open goes, without looking for its source.
//!
//! Nearly every packet of a large scan is one more port of a target whose ports have a page already. A lead remembers, by the
//! two addresses, which source, tally and page that was. It is only a shortcut: whatever is found by it is checked against
//! the tenant's generation, and a lead that no longer holds is forgotten. A source that joins a group ends all leads.

use super::hash::KeyedHash;
use super::table::Slot;

const NOTED_BITS: usize = 4096;
/// Pairs of leads at a time: a third that falls on one place drives the older one out.
const PAIRS: usize = 512;

/// A source with an open scan, one of its targets, and where their next contact goes. One cache line: those next to each
/// other are not needed together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C, align(64))]
pub(crate) struct Lead {
    /// The source's address in the high half, the target's in the low half.
    pub(crate) addresses: u64,
    pub(crate) slot: Slot,
    pub(crate) generation: u32,
    pub(crate) page: u32,
    pub(crate) tally: u16,
}

/// Where a lead is kept, or [`NO_LEAD`].
pub(crate) type LeadPlace = u16;
/// Stands for no lead.
pub(crate) const NO_LEAD: LeadPlace = LeadPlace::MAX;

const _: () = assert!(PAIRS * 2 <= NO_LEAD as usize, "every lead has a place that can be told");

/// The latest leads.
pub(crate) struct Leads {
    kept: Vec<Lead>,
    /// A bit for each lead noted since all were forgotten: the sources of a flood have none, and are turned away by it.
    noted: [u64; NOTED_BITS / 64],
    key: u64,
}

impl Leads {
    /// Bytes held.
    pub(crate) const BYTES: usize = PAIRS * 2 * size_of::<Lead>() + NOTED_BITS / 8;

    const NONE: Lead = Lead { addresses: 0, slot: Slot::MAX, generation: 0, page: u32::MAX, tally: u16::MAX };

    /// Remember nothing yet.
    pub(crate) fn new(hash: &KeyedHash) -> Self {
        Self { kept: vec![Self::NONE; PAIRS * 2], noted: [0; NOTED_BITS / 64], key: hash.pair(0, 0) | 1 }
    }

    #[inline]
    const fn mix(&self, addresses: u64) -> u64 {
        (addresses ^ addresses >> 29).wrapping_mul(self.key)
    }

    /// Where the first of the pair is kept that a lead belongs to.
    #[inline]
    const fn pair_at(mixed: u64) -> usize {
        (mixed >> (64 - PAIRS.ilog2())) as usize * 2
    }

    /// The word of the noted bits, and the bit in it.
    #[inline]
    const fn noted_at(mixed: u64) -> (usize, u64) {
        let bit = mixed >> (64 - NOTED_BITS.ilog2());
        ((bit / 64) as usize, 1 << (bit % 64))
    }

    /// Find the lead of two addresses, and where it is kept.
    #[inline]
    pub(crate) fn find(&self, addresses: u64) -> Option<(LeadPlace, &Lead)> {
        let mixed = self.mix(addresses);
        let (word, bit) = Self::noted_at(mixed);
        if self.noted.get(word).is_none_or(|noted| noted & bit == 0) {
            return None;
        }
        let index = Self::pair_at(mixed);
        let [first, second] = self.kept.get(index..)?.first_chunk()?;
        if first.addresses == addresses {
            Some((index as LeadPlace, first))
        } else if second.addresses == addresses {
            Some((index as LeadPlace + 1, second))
        } else {
            None
        }
    }

    /// Look at the lead that is kept at a place.
    #[inline]
    pub(crate) fn at(&self, place: LeadPlace) -> Option<&Lead> {
        self.kept.get(usize::from(place))
    }

    /// Remember a lead.
    #[inline]
    pub(crate) fn note(&mut self, lead: Lead) {
        let mixed = self.mix(lead.addresses);
        let (word, bit) = Self::noted_at(mixed);
        if let Some(noted) = self.noted.get_mut(word) {
            *noted |= bit;
        }
        if let Some([first, second]) = self.kept.get_mut(Self::pair_at(mixed)..).and_then(<[Lead]>::first_chunk_mut) {
            if first.addresses != lead.addresses {
                *second = *first;
            }
            *first = lead;
        }
    }

    /// Forget the lead of two addresses.
    #[cold]
    pub(crate) fn forget(&mut self, addresses: u64) {
        let index = Self::pair_at(self.mix(addresses));
        let pair = self.kept.iter_mut().skip(index).take(2);
        pair.filter(|lead| lead.addresses == addresses).for_each(|lead| *lead = Self::NONE);
    }

    /// Forget all leads.
    #[cold]
    pub(crate) fn forget_all(&mut self) {
        self.kept.fill(Self::NONE);
        self.noted.fill(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(far: u32, near: u32) -> u64 {
        u64::from(far) << 32 | u64::from(near)
    }

    fn find(leads: &Leads, far: u32, near: u32) -> Option<&Lead> {
        let (place, lead) = leads.find(addresses(far, near))?;
        assert_eq!(leads.at(place), Some(lead));
        Some(lead)
    }

    #[test]
    fn a_lead_is_recalled_by_both_addresses_until_it_is_forgotten() {
        let mut leads = Leads::new(&KeyedHash::new(7));
        let lead = Lead { addresses: addresses(1, 2), slot: 3, generation: 4, page: 5, tally: 6 };
        leads.note(lead);
        assert_eq!((find(&leads, 1, 2), find(&leads, 2, 1), find(&leads, 1, 3)), (Some(&lead), None, None));
        leads.forget(addresses(2, 1));
        assert_eq!(find(&leads, 1, 2), Some(&lead));
        leads.forget(addresses(1, 2));
        assert_eq!(find(&leads, 1, 2), None);
        leads.note(lead);
        leads.forget_all();
        assert_eq!(find(&leads, 1, 2), None);
    }

    #[test]
    fn what_was_never_noted_leads_nowhere() {
        let leads = Leads::new(&KeyedHash::new(9));
        assert!(find(&leads, 0, 0).is_none_or(|lead| lead.slot == Slot::MAX));
    }

    #[test]
    fn most_of_a_hundred_leads_have_a_place_of_their_own() {
        let mut leads = Leads::new(&KeyedHash::new(0x1234_5678_9abc_def0_0fed_cba9_8765_4321));
        for far in 0..100 {
            leads.note(Lead { addresses: addresses(0x2900_0000 + far, 9), ..Leads::NONE });
        }
        let kept = (0..100).filter(|far| find(&leads, 0x2900_0000 + far, 9).is_some()).count();
        assert!(kept >= 95, "{kept}");
    }
}
