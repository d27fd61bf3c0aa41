//! Fetching what the next packets need.
//!
//! The tables are larger than the caches, so a packet's cost is waiting for memory. Here a little is read of everything
//! that the next packets will need, in short loops, so that the processor waits for many lines at once. Nothing is
//! decided and nothing is changed: without this, the results are the same and come later.

use super::contact::ProbeClass;
use super::engine::Detector;
use super::observe::TCP;
use super::source::{NO_TALLY, Source};
use super::table::Slot;
use crate::address::Address;
use crate::decode::glance::Glance;
use crate::packet::{Nanoseconds, TcpFlags};
use std::hint::black_box;

/// A packet's two ends as the tables know them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ends {
    pub(crate) far: Address,
    pub(crate) near: Address,
    near_port: u16,
    /// Hash of the far end: the source of a probe, if it is one.
    pub(crate) hash: u64,
    /// Hash of the conversation, seen from here; 0 where it does not matter.
    conversation: u64,
}

impl Ends {
    /// Stands for a packet whose ends are not known yet.
    pub(crate) const NONE: Self =
        Self { far: Address::UNSPECIFIED, near: Address::UNSPECIFIED, near_port: 0, hash: 0, conversation: 0 };
}

/// Packets looked at together, at most.
const TOGETHER: usize = 32;
/// Stands for no place.
const NOWHERE: Slot = Slot::MAX;

impl Detector {
    /// Tell the ends of a packet.
    #[inline]
    pub(crate) fn ends_of(&self, glance: &Glance) -> Ends {
        let (source, destination) = (glance.source(), glance.destination());
        let is_out = self.home.contains(source);
        let (far, near, far_port, near_port) = if is_out {
            (destination, source, glance.destination_port, glance.source_port)
        } else {
            (source, destination, glance.source_port, glance.destination_port)
        };
        let is_syn_in = !is_out && glance.flags.classic() == TcpFlags::SYN;
        let conversation = if is_syn_in { 0 } else { self.hash.conversation(near, near_port, far, far_port, TCP) };
        Ends { far, near, near_port, hash: self.hash.address(far), conversation }
    }

    /// Fetch what packets with these ends need, the last of which comes at `until_ns`.
    pub(crate) fn fetch(&self, ends: &[Ends], until_ns: Nanoseconds) {
        let known = ends.iter().filter(|ends| ends.hash != 0);
        let mut touched = known.clone().fold(0, |sum, ends| sum ^ self.table.touch_bucket(ends.hash));
        touched ^= known.filter(|ends| ends.conversation != 0).fold(0, |sum, ends| {
            sum ^ self.conversations.touch(ends.conversation) ^ self.handshakes.touch(ends.conversation)
        });
        let mut slots = [NOWHERE; TOGETHER];
        for (ends, slot) in ends.iter().zip(&mut slots) {
            *slot = self.table.likely(ends.hash).unwrap_or(NOWHERE);
        }
        touched ^= self.touch_sources(slots.iter().take(ends.len()).copied());
        touched ^= self.fetch_strangers(ends, &slots);
        let places = ends.iter().zip(&slots).filter(|(_, slot)| **slot != NOWHERE);
        touched ^= self.fetch_pages(
            places.map(|(ends, slot)| self.page_of(*slot, ends.near.0 as u32, ends.near_port, ProbeClass::Syn)),
        );
        touched ^= self.fetch_upcoming(ends.len(), until_ns);
        // The sum says nothing, but without a use the reads would be left out.
        black_box(touched);
    }

    #[inline]
    fn touch_sources(&self, slots: impl Iterator<Item = Slot>) -> u32 {
        slots.fold(0, |touched, slot| touched ^ self.table.get(slot).map_or(0, Source::touch))
    }

    /// Fetch what is known of strangers, and the places that they will get.
    fn fetch_strangers(&self, ends: &[Ends], slots: &[Slot; TOGETHER]) -> u32 {
        let mut strangers = [0; TOGETHER];
        let mut count = 0;
        for (ends, slot) in ends.iter().zip(slots) {
            if let Some(place) = strangers.get_mut(count) {
                *place = ends.hash;
                count += usize::from(*slot == NOWHERE && ends.hash != 0);
            }
        }
        let strangers = strangers.get(..count).unwrap_or_default();
        let touched = strangers.iter().fold(0, |touched, hash| touched ^ self.doorkeeper.touch(*hash));
        let returning = strangers.iter().filter(|hash| self.doorkeeper.knows(**hash));
        let victims = returning.filter_map(|hash| self.table.likely_victim(*hash, self.now_s()));
        touched ^ self.touch_sources(victims)
    }

    /// Fetch the marks of contacts that have a page.
    #[inline]
    fn fetch_pages(&self, places: impl Iterator<Item = Option<(u32, u16)>>) -> u32 {
        let mut found = [(0, 0); TOGETHER];
        let mut count = 0;
        for (place, page) in found.iter_mut().zip(places.flatten()) {
            *place = page;
            count += 1;
        }
        let found = found.iter().take(count);
        found.fold(0, |touched, (page, bit)| touched ^ self.pages.get(*page).map_or(0, |page| page.touch(*bit)))
    }

    /// Fetch what the next few decisions without an answer need.
    fn fetch_upcoming(&self, count: usize, until_ns: Nanoseconds) -> u32 {
        let upcoming = || self.pending.upcoming(count, until_ns);
        let touched = self.touch_sources(upcoming().map(|waiting| waiting.slot));
        let places = upcoming().map(|waiting| self.page_of(waiting.slot, waiting.target, waiting.port, waiting.class));
        touched ^ self.fetch_pages(places)
    }

    /// The page, and the number in it, of a contact that has one.
    #[inline]
    fn page_of(&self, slot: Slot, target: u32, port: u16, class: ProbeClass) -> Option<(u32, u16)> {
        let source = self.table.get(slot).filter(|source| source.tally != NO_TALLY)?;
        self.tallies.get(usize::from(source.tally))?.as_deref()?.page_for(target, port, class)
    }
}
