//! Fetching what the next packets need.
//!
//! The tables are larger than the caches, so a packet's cost is waiting for memory. What a packet needs is asked for when
//! it is selected, and what that leads to when its turn is near; the caller passes the function that asks, which need not
//! do anything. Nothing is decided here and nothing is changed: without all this the results are the same and come later.

use super::engine::Detector;
use super::observe::TCP;
use super::observe::tcp::FTP_DATA;
use super::source::NO_TALLY;
use super::table::Slot;
use crate::address::Address;
use crate::decode::glance::Glance;
use crate::packet::{Nanoseconds, TcpFlags};

/// A packet's two ends as the tables know them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ends {
    /// Hash of the far end: the source of a probe, if it is one; 0 when the ends are not known, or a lead is.
    pub(crate) hash: u64,
    pub(crate) far: u32,
    pub(crate) near: u32,
    /// What a lead names: the source's place, its tenant, the page, and the tally or [`NO_TALLY`] without a lead.
    pub(crate) slot: Slot,
    pub(crate) generation: u32,
    pub(crate) page: u32,
    pub(crate) tally: u16,
    pub(crate) near_port: u16,
    /// A SYN from outside to one of ours, no chatter and no data connection of FTP.
    pub(crate) is_plain_syn: bool,
}

impl Ends {
    /// Stands for a packet whose ends are not known.
    pub(crate) const NONE: Self = Self {
        hash: 0,
        far: 0,
        near: 0,
        slot: NOWHERE,
        generation: 0,
        page: u32::MAX,
        tally: NO_TALLY,
        near_port: 0,
        is_plain_syn: false,
    };

    /// Whether a lead was found.
    #[inline]
    pub(crate) const fn has_lead(&self) -> bool {
        self.tally != NO_TALLY
    }
}

impl Default for Ends {
    #[inline]
    fn default() -> Self {
        Self::NONE
    }
}

/// Stands for no place.
pub(crate) const NOWHERE: Slot = Slot::MAX;

/// Where a value lies.
#[inline]
pub(crate) fn address_of<T>(value: &T) -> usize {
    std::ptr::from_ref(value).addr()
}

impl Detector {
    /// Tell the ends of a packet, and ask for what they need first.
    #[inline]
    pub(crate) fn ends_of(&self, glance: &Glance, fetch: impl Fn(usize)) -> Ends {
        let (source, destination) = (glance.source, glance.destination);
        let is_syn = glance.flags.classic() == TcpFlags::SYN && glance.is_unicast && glance.source_port != FTP_DATA;
        if is_syn && let Some(lead) = self.leads.find(source, destination) {
            let ends = Ends {
                far: source,
                near: destination,
                slot: lead.slot,
                generation: lead.generation,
                page: lead.page,
                tally: lead.tally,
                near_port: glance.destination_port,
                ..Ends::NONE
            };
            self.table.get(ends.slot).into_iter().for_each(|source| fetch(address_of(source)));
            self.pages.get(ends.page).into_iter().for_each(|page| fetch(page.address_of(ends.near_port)));
            return ends;
        }
        self.ends_without_lead(glance, is_syn, fetch)
    }

    #[inline]
    fn ends_without_lead(&self, glance: &Glance, is_syn: bool, fetch: impl Fn(usize)) -> Ends {
        let (source, destination) = (glance.source, glance.destination);
        let is_out = self.home.contains_v4(source);
        let (far, near, far_port, near_port) = if is_out {
            (destination, source, glance.destination_port, glance.source_port)
        } else {
            (source, destination, glance.source_port, glance.destination_port)
        };
        let is_plain_syn = is_syn
            && !is_out
            && !Address::from_v4(source).is_multicast_or_broadcast()
            && !Address::from_v4(destination).is_multicast_or_broadcast()
            && self.home.contains_v4(destination)
            && (self.broadcasts.is_empty() || !self.broadcasts.contains(&Address::from_v4(destination)));
        let hash = self.hash.v4(far);
        fetch(self.table.bucket_address(hash));
        if is_plain_syn {
            fetch(self.doorkeeper.address_of(hash));
        } else {
            let (near, far) = (Address::from_v4(near), Address::from_v4(far));
            let conversation = self.hash.conversation(near, near_port, far, far_port, TCP);
            fetch(self.conversations.address_of(conversation));
            fetch(self.handshakes.address_of(conversation));
        }
        Ends { hash, far, near, near_port, is_plain_syn, ..Ends::NONE }
    }

    /// Tell where the source of a packet most likely lives, or [`NOWHERE`], and ask for what is kept there; of a stranger
    /// who will get a place, for what is there now.
    #[inline]
    pub(crate) fn fetch_source(&self, ends: &Ends, admitted: &mut usize, fetch: impl Fn(usize)) -> Slot {
        if ends.hash == 0 {
            return ends.slot;
        }
        let likely = self.table.likely(ends.hash);
        if likely != NOWHERE {
            self.fetch_all_of(likely, fetch);
        } else if ends.is_plain_syn && self.doorkeeper.knows_well(ends.hash) {
            *admitted += 1;
            self.fetch_all_of(self.table.likely_victim(ends.hash, self.now_s()), fetch);
        }
        likely
    }

    /// Ask for what the contacts need that will be decided until a time, or be displaced from the queue by so many.
    #[inline]
    pub(crate) fn fetch_pending(&self, admitted: usize, until_ns: Nanoseconds, fetch: impl Fn(usize) + Copy) {
        for waiting in self.pending.upcoming(admitted, until_ns) {
            self.fetch_all_of(waiting.slot, fetch);
        }
    }

    #[inline]
    fn fetch_all_of(&self, slot: Slot, fetch: impl Fn(usize)) {
        if let Some(source) = self.table.get(slot) {
            source.lines().for_each(fetch);
        }
    }
}
