//! Fetching what the next packets need.
//!
//! The tables are larger than the caches, so a packet's cost is waiting for memory. Here a little is read of everything
//! that the next packets will need, in short loops, so that the processor waits for many lines at once. Nothing is
//! decided and nothing is changed: without this, the results are the same and come later.

use super::contact::ProbeClass;
use super::engine::Detector;
use super::observe::TCP;
use super::observe::log::ReportedProbe;
use super::observe::tcp::FTP_DATA;
use super::source::{NO_TALLY, Source};
use super::table::Slot;
use crate::address::Address;
use crate::decode::glance::Glance;
use crate::packet::{Nanoseconds, TcpFlags};
use std::hint::black_box;

/// A packet's two ends as the tables know them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ends {
    pub(crate) far: u32,
    pub(crate) near: u32,
    near_port: u16,
    /// A SYN from outside to one of ours, no chatter and no data connection of FTP.
    pub(crate) is_plain_syn: bool,
    /// Hash of the far end: the source of a probe, if it is one; 0 when the ends are not known.
    pub(crate) hash: u64,
    /// Hash of the conversation, seen from here; 0 where it does not matter.
    conversation: u64,
    /// Where the source of the hash most likely lives, as far as fetched, or [`NOWHERE`].
    pub(crate) slot: Slot,
    /// Where the contact's mark is, if it has a page.
    pub(crate) place: FoundPage,
}

/// A mark in a page, and the tenant it belongs to: as long as the generation is the same, so is the page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FoundPage {
    pub(crate) generation: u32,
    pub(crate) page: u32,
    pub(crate) bit: u16,
}

impl FoundPage {
    const NONE: Self = Self { generation: 0, page: u32::MAX, bit: 0 };
}

impl Ends {
    /// Stands for a packet whose ends are not known yet.
    pub(crate) const NONE: Self = Self {
        far: 0,
        near: 0,
        near_port: 0,
        is_plain_syn: false,
        hash: 0,
        conversation: 0,
        slot: NOWHERE,
        place: FoundPage::NONE,
    };
}

/// Packets looked at together, at most.
pub(crate) const TOGETHER: usize = 32;
/// Stands for no place.
pub(crate) const NOWHERE: Slot = Slot::MAX;

impl Detector {
    /// Tell the ends of a packet.
    #[inline]
    pub(crate) fn ends_of(&self, glance: &Glance) -> Ends {
        let (source, destination) = (glance.source, glance.destination);
        let is_out = self.home.contains_v4(source);
        let is_syn = glance.flags.classic() == TcpFlags::SYN;
        let is_syn_in = is_syn && !is_out;
        let (far, near, far_port, near_port) = if is_out {
            (destination, source, glance.destination_port, glance.source_port)
        } else {
            (source, destination, glance.source_port, glance.destination_port)
        };
        let conversation = if is_syn_in {
            0
        } else {
            self.hash.conversation(Address::from_v4(near), near_port, Address::from_v4(far), far_port, TCP)
        };
        let is_plain_syn = is_syn_in
            && glance.is_unicast
            && glance.source_port != FTP_DATA
            && !Address::from_v4(source).is_multicast_or_broadcast()
            && !Address::from_v4(destination).is_multicast_or_broadcast()
            && self.home.contains_v4(destination)
            && (self.broadcasts.is_empty() || !self.broadcasts.contains(&Address::from_v4(destination)));
        let hash = self.hash.v4(far);
        Ends { far, near, near_port, is_plain_syn, hash, conversation, slot: NOWHERE, place: FoundPage::NONE }
    }

    /// Fetch what packets with these ends need, the last of which comes at `until_ns`.
    pub(crate) fn fetch(&self, ends: &mut [Ends], until_ns: Nanoseconds) {
        let mut strangers = [0; TOGETHER];
        let mut count = 0;
        let mut touched = ends.iter().fold(0, |touched, ends| touched ^ self.table.touch_bucket(ends.hash));
        for ends in &mut *ends {
            if ends.conversation != 0 {
                touched ^= self.conversations.touch(ends.conversation) ^ self.handshakes.touch(ends.conversation);
            }
            if ends.hash != 0 {
                ends.slot = self.table.likely(ends.hash);
            }
            if ends.slot != NOWHERE {
                touched ^= self.touch_source(ends.slot);
            } else if let Some(place) = strangers.get_mut(count) {
                *place = ends.hash;
                count += usize::from(ends.hash != 0);
            }
        }
        if let Some(strangers) = strangers.get(..count).filter(|strangers| !strangers.is_empty()) {
            touched ^= self.fetch_strangers(strangers, until_ns);
        }
        if count < ends.len() {
            for ends in &mut *ends {
                if let Some(place) = self.find_page(ends) {
                    ends.place = place;
                }
            }
            touched ^= ends.iter().fold(0, |touched, ends| touched ^ self.touch_page(ends.place));
        }
        // The sum says nothing, but without a use the reads would be left out.
        black_box(touched);
    }

    /// Fetch what reported probes need, of which there are [`TOGETHER`] at most.
    pub(crate) fn fetch_reported(&self, probes: &[ReportedProbe]) {
        let mut hashes = [0; TOGETHER];
        let mut slots = [NOWHERE; TOGETHER];
        let mut touched = 0;
        for (hash, probe) in hashes.iter_mut().zip(probes) {
            *hash = self.hash.address(Self::key_of(probe.source, probe.target));
            touched ^= self.table.touch_bucket(*hash);
        }
        for ((slot, hash), _) in slots.iter_mut().zip(hashes).zip(probes) {
            *slot = self.table.likely(hash);
            touched ^= self.table.get(*slot).map_or(0, Source::touch_contacts);
        }
        for (slot, probe) in slots.into_iter().zip(probes) {
            touched ^= self.touch_unless_known(slot, probe);
        }
        black_box(touched);
    }

    /// Fetch what a contact needs that its source has not made before; most were.
    #[inline]
    fn touch_unless_known(&self, slot: Slot, probe: &ReportedProbe) -> u32 {
        let Some(source) = self.table.get(slot) else { return 0 };
        let known = probe
            .kind
            .touched()
            .zip(probe.target.as_v4())
            .and_then(|((class, port), target)| self.find_kept(slot, source.tally, target, port, class));
        if known.is_some() { 0 } else { source.touch() }
    }

    #[inline]
    fn touch_source(&self, slot: Slot) -> u32 {
        self.table.get(slot).map_or(0, Source::touch)
    }

    /// Fetch what is known of strangers, the places that they will get, and what the contacts displaced from the queue
    /// by theirs need.
    fn fetch_strangers(&self, strangers: &[u64], until_ns: Nanoseconds) -> u32 {
        let mut touched = strangers.iter().fold(0, |touched, hash| touched ^ self.doorkeeper.touch(*hash));
        let mut admitted = 0;
        for hash in strangers.iter().filter(|hash| self.doorkeeper.knows_well(**hash)) {
            admitted += 1;
            touched ^= self.touch_source(self.table.likely_victim(*hash, self.now_s()));
        }
        self.pending
            .upcoming(admitted, until_ns)
            .fold(touched, |touched, waiting| touched ^ self.touch_source(waiting.slot))
    }

    /// Find the mark of a contact that has a page.
    #[inline]
    fn find_page(&self, ends: &Ends) -> Option<FoundPage> {
        let source = self.table.get(ends.slot).filter(|source| source.tally != NO_TALLY)?;
        let tally = self.tallies.get(usize::from(source.tally))?.as_deref()?;
        let (page, bit) = tally.page_for(ends.near, ends.near_port, ProbeClass::Syn)?;
        Some(FoundPage { generation: source.generation, page, bit })
    }

    #[inline]
    fn touch_page(&self, place: FoundPage) -> u32 {
        self.pages.get(place.page).map_or(0, |page| page.touch(place.bit))
    }
}
