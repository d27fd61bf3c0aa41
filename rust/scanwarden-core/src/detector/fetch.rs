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
use super::observe::{TCP, UDP, Way};
use super::table::Slot;
use crate::address::Address;
use crate::decode::glance::{DatagramGlance, Glance};
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

    /// Whether it is a probe, if it is no answer.
    #[inline]
    const fn is_probe(&self) -> bool {
        matches!(self.course, Course::PlainSyn | Course::Connection(Way::In, Role::Impossible))
    }

    /// Whether it is a SYN of somebody who had no place when its batch began.
    #[inline]
    pub(crate) const fn is_strangers(&self) -> bool {
        matches!(self.course, Course::PlainSyn) && self.slot == NOWHERE && !self.has_lead()
    }

    /// Whether a lead was found.
    #[inline]
    pub(crate) const fn has_lead(&self) -> bool {
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
        ends.conversation = 0;
        let is_plain =
            from_home != to_home && !self.is_for_many(Address::from_v4(source), Address::from_v4(destination));
        if is_plain && is_syn && to_home {
            fetch(self.doorkeeper.address_of(hash));
            ends.course = Course::PlainSyn;
            return;
        }
        let role = Role::of(glance.flags());
        let way = if from_home { Way::Out } else { Way::In };
        ends.course = if is_plain && glance.is_unicast() { Course::Connection(way, role) } else { Course::Other };
        let (answers, begun) = match (way, role) {
            (_, Role::BareRst) => (true, true),
            (Way::Out, Role::SynAck) | (Way::In, Role::RstAck | Role::FinAck) => (true, false),
            (Way::Out, Role::Syn) | (Way::In, Role::SynAck) => (false, true),
            // What is answered at our end is looked for with its source.
            _ => return,
        };
        let sender = (Address::from_v4(source), glance.source_port());
        let receiver = (Address::from_v4(destination), glance.destination_port());
        let (near, far) = if from_home { (sender, receiver) } else { (receiver, sender) };
        ends.conversation = self.hash.conversation(near.0, near.1, far.0, far.1, TCP);
        if answers {
            fetch(self.handshakes.address_of(ends.conversation));
        }
        if begun {
            fetch(self.conversations.address_of(ends.conversation));
        }
    }

    /// Tell the far end of a datagram, and ask for what it needs first.
    #[inline(never)]
    pub(crate) fn find_ends_of_datagram(&self, datagram: &DatagramGlance, fetch: impl Fn(usize)) -> Ends {
        let of = |(address, port)| (Address::from_v4(address), port);
        let (sender, receiver) = (of(datagram.source), of(datagram.destination));
        let (near, far) = if self.home.contains(sender.0) { (sender, receiver) } else { (receiver, sender) };
        let hash = self.hash.address(far.0);
        fetch(self.table.bucket_address(hash));
        fetch(self.conversations.address_of(self.hash.conversation(near.0, near.1, far.0, far.1, UDP)));
        Ends { hash, ..Ends::UNKNOWN }
    }

    /// Find where the source of a packet without a lead most likely lives, and ask for what is kept there; of a stranger who
    /// will get a place, for what is there now.
    #[inline]
    pub(crate) fn fetch_source(
        &self,
        glance: Option<Glance<'_>>,
        ends: &mut Ends,
        admitted: &mut usize,
        fetch: impl Fn(usize) + Copy,
    ) {
        if ends.hash == 0 {
            return;
        }
        ends.slot = self.table.likely(ends.hash);
        if ends.slot != NOWHERE || self.is_let_in(ends) {
            self.fetch_place(glance, ends, admitted, fetch);
        }
    }

    /// Kept apart, so that passing over those who will be turned away stays short.
    #[inline(never)]
    fn fetch_place(&self, glance: Option<Glance<'_>>, ends: &Ends, admitted: &mut usize, fetch: impl Fn(usize) + Copy) {
        if ends.slot == NOWHERE {
            *admitted += 1;
            self.fetch_all_of(self.table.likely_victim(ends.hash, self.now_s()), fetch);
        } else {
            self.fetch_all_of(ends.slot, fetch);
        }
        if ends.is_probe()
            && let Some(glance) = glance
        {
            let target = Address::from_v4(glance.destination());
            fetch(self.services.address_of(self.hash.service(target, glance.destination_port(), TCP)));
        }
    }

    /// Whether a stranger will most likely get a place.
    #[inline]
    fn is_let_in(&self, ends: &Ends) -> bool {
        // While a flood lasts, places are given to those who come often; at other times to nearly everybody.
        ends.is_probe()
            && (self.doorkeeper.knows_well(ends.hash)
                || (!self.flood.is_on && !self.table.is_known_full(ends.hash, self.now_s())))
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
