//! Fetching what the next packets need.
//!
//! The tables are larger than the caches, so a packet's cost is waiting for memory. What a packet needs is asked for when
//! it is selected, and what that leads to when its turn is near; the caller passes the function that asks, which need not
//! do anything. Nothing is decided here and nothing is changed: without all this the results are the same and come later.

#![expect(
    clippy::inline_always,
    reason = "measured: what runs for every packet of a large scan costs little more than a call"
)]

use super::engine::Detector;
use super::leads::{LeadPlace, NO_LEAD};
use super::observe::connection::Role;
use super::observe::{TCP, Way};
use super::table::Slot;
use crate::address::Address;
use crate::decode::glance::Glance;
use crate::packet::Nanoseconds;

/// A packet's two ends as the tables know them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ends {
    /// Hash of the far end: the source of a probe, if it is one; 0 when the ends are not known, or a lead is.
    pub(crate) hash: u64,
    /// Where the source most likely lives, or [`NOWHERE`].
    pub(crate) slot: Slot,
    pub(crate) lead: LeadPlace,
    pub(crate) course: Course,
    /// What the conversation of our end hashes to, where the course is that of a connection.
    pub(crate) conversation: u64,
}

/// What a packet is, as far as addresses and flags tell.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Course {
    /// A SYN from outside to one of ours, no chatter and no data connection of FTP.
    PlainSyn,
    /// A segment of a connection, or an answer, of which one end is ours.
    Connection(Way, Role),
    /// Anything else.
    Other,
}

impl Ends {
    /// Stands for a packet whose ends are not known.
    pub(crate) const UNKNOWN: Self =
        Self { hash: 0, slot: NOWHERE, lead: NO_LEAD, course: Course::Other, conversation: 0 };

    /// Whether a lead was found.
    #[inline]
    pub(crate) fn has_lead(&self) -> bool {
        self.lead != NO_LEAD
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
    #[inline(always)]
    pub(crate) fn find_ends(&self, glance: Glance<'_>, ends: &mut Ends, fetch: impl Fn(usize)) {
        let is_syn = glance.is_lone_syn();
        let found = if is_syn { self.leads.find(glance.addresses()) } else { None };
        let Some((place, lead)) = found else {
            self.find_ends_without_lead(glance, is_syn, ends, fetch);
            return;
        };
        if let (Some(source), Some(page)) = (self.table.get(lead.slot), self.pages.get(lead.page)) {
            fetch(address_of(source));
            fetch(page.address_of(glance.destination_port()));
        }
        // Nothing else is read of ends with a lead.
        ends.hash = 0;
        ends.lead = place;
    }

    #[inline(never)]
    fn find_ends_without_lead(&self, glance: Glance<'_>, is_syn: bool, ends: &mut Ends, fetch: impl Fn(usize)) {
        let (source, destination) = (glance.source(), glance.destination());
        let (from_home, to_home) = (self.home.contains_v4(source), self.home.contains_v4(destination));
        let hash = self.hash.v4(if from_home { destination } else { source });
        fetch(self.table.bucket_address(hash));
        ends.hash = hash;
        ends.slot = NOWHERE;
        ends.lead = NO_LEAD;
        let is_plain = from_home != to_home && !self.is_for_many(source, destination);
        if is_plain && is_syn && to_home {
            fetch(self.doorkeeper.address_of(hash));
            ends.course = Course::PlainSyn;
            return;
        }
        let role = Role::of(glance.flags());
        let way = if from_home { Way::Out } else { Way::In };
        ends.course = if is_plain && glance.is_unicast() { Course::Connection(way, role) } else { Course::Other };
        // What is refused or answered at our end of a connection is looked for with its source.
        if is_plain && from_home && matches!(role, Role::RstAck | Role::FinAck) {
            ends.conversation = 0;
            return;
        }
        let sender = (Address::from_v4(source), glance.source_port());
        let receiver = (Address::from_v4(destination), glance.destination_port());
        let (near, far) = if from_home { (sender, receiver) } else { (receiver, sender) };
        ends.conversation = self.hash.conversation(near.0, near.1, far.0, far.1, TCP);
        fetch(self.conversations.address_of(ends.conversation));
        fetch(self.handshakes.address_of(ends.conversation));
    }

    /// Whether one of two addresses stands for more than one host.
    #[inline]
    fn is_for_many(&self, source: u32, destination: u32) -> bool {
        Address::from_v4(source).is_multicast_or_broadcast()
            || Address::from_v4(destination).is_multicast_or_broadcast()
            || (!self.broadcasts.is_empty() && self.broadcasts.contains(&Address::from_v4(destination)))
    }

    /// Find where the source of a packet without a lead most likely lives, and ask for what is kept there; of a stranger who
    /// will get a place, for what is there now.
    #[inline]
    pub(crate) fn fetch_source(&self, ends: &mut Ends, admitted: &mut usize, fetch: impl Fn(usize)) {
        if ends.hash == 0 {
            return;
        }
        ends.slot = self.table.likely(ends.hash);
        if ends.slot != NOWHERE {
            self.fetch_all_of(ends.slot, fetch);
        } else if matches!(ends.course, Course::PlainSyn) && self.doorkeeper.knows_well(ends.hash) {
            *admitted += 1;
            self.fetch_all_of(self.table.likely_victim(ends.hash, self.now_s()), fetch);
        }
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
