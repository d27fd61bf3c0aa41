//! Packets that need no more than a glance.
//!
//! Most of a flood is strangers without a place, most of a large scan is one more port of a scan that is open: both are
//! decided by addresses and ports. [`Detector::observe_glance`] does so and gives exactly what decoding the packet and
//! observing it would; for any other packet it does nothing.

use super::contact::{Outcome, ProbeClass, TechniqueSet};
use super::engine::Detector;
use super::fetch::Ends;
use super::observe::Way;
use super::observe::tcp::{FTP_DATA, station_of};
use super::pending::{ANSWER_WITHIN_NS, Waiting};
use super::ports::Mark;
use super::source::{NO_GROUP, NO_TALLY};
use super::table::Slot;
use super::tally::Tally;
use super::weights::{Circumstances, Variant, waits_for_outcome, weigh};
use crate::address::Address;
use crate::decode::glance::Glance;
use crate::packet::{Nanoseconds, TcpFlags};

impl Detector {
    /// Observe a packet by its addresses and ports alone; false when it must be decoded, and then nothing was changed
    /// but the time.
    #[inline]
    pub(crate) fn observe_glance(&mut self, glance: &Glance, ends: &Ends, time_ns: Nanoseconds) -> bool {
        let is_syn = glance.flags.classic() == TcpFlags::SYN;
        if !is_syn || !glance.is_unicast || glance.source_port == FTP_DATA {
            return false;
        }
        let (source, destination) = (ends.far, ends.near);
        let is_chatter = source.is_multicast_or_broadcast()
            || destination.is_multicast_or_broadcast()
            || self.broadcasts.contains(&destination);
        if is_chatter || self.way_of(source, destination) != Some(Way::In) || self.is_banned(source, time_ns) {
            return false;
        }
        self.advance(time_ns);
        self.watch_for_flood();
        let is_done = match self.table.find(ends.hash, source) {
            Some(slot) => self.adds_to_open_scan(slot, glance, destination),
            None => self.is_refused(ends, destination, glance.destination_port),
        };
        if is_done {
            self.counters.packets += 1;
            self.note_station(glance.source_mac, source);
        }
        is_done
    }

    /// Turn away a stranger for whom there is no place.
    #[inline]
    fn is_refused(&mut self, ends: &Ends, target: Address, port: u16) -> bool {
        let (now_ns, now_s) = (self.now_ns, self.now_s());
        let is_refused = self.table.is_first_visit(ends.hash, now_ns, now_s, &mut self.doorkeeper);
        if is_refused {
            self.note_new_source(target, port);
            self.counters.refused_first_visits += 1;
        }
        is_refused
    }

    /// One more SYN of a scan that is open: it is counted in its page and waits for an answer.
    #[inline]
    fn adds_to_open_scan(&mut self, slot: Slot, glance: &Glance, target: Address) -> bool {
        let (now_ns, now_s) = (self.now_ns, self.now_s());
        let (target, port) = (target.0 as u32, glance.destination_port);
        let Some(source) = self.table.get_mut(slot) else { return false };
        let is_well_known = source.tally != NO_TALLY
            && source.group == NO_GROUP
            && source.techniques.has(TechniqueSet::SYN)
            && source.last_contact_ns != 0
            && source.evidence.make != 0
            && !source.marks.wants_more();
        if !is_well_known {
            return false;
        }
        let Some(Some(tally)) = self.tallies.get_mut(usize::from(source.tally)) else { return false };
        let Some((page, bit)) = tally.page_for(target, port, ProbeClass::Syn) else { return false };
        let Some(page) = self.pages.get_mut(page) else { return false };
        if tally.scan.is_none() {
            return false;
        }
        source.packets = source.packets.saturating_add(1);
        source.last_seen_ns = now_ns;
        if source.station == 0 {
            source.station = station_of(glance.source_mac);
        }
        if page.mark(bit) != Mark::Untouched {
            return true;
        }
        page.set_mark(bit, Mark::Pending);
        tally.note_gap(now_ns.saturating_sub(source.last_contact_ns));
        self.counters.probes += 1;
        source.probes = source.probes.saturating_add(1);
        source.last_contact_ns = now_ns;
        let (nats, probes, generation) = (source.evidence.nats(), source.probes, source.generation);
        self.wait(Waiting {
            deadline_ns: now_ns + ANSWER_WITHIN_NS,
            slot,
            generation,
            target,
            port,
            class: ProbeClass::Syn,
        });
        self.table.rank(slot, nats, probes, now_s);
        true
    }

    /// A contact of an open scan that has a page stayed without an answer: count it. False when it is another case.
    #[inline]
    pub(crate) fn times_out_in_page(&mut self, waiting: &Waiting) -> bool {
        let Some(source) = self.table.get_mut(waiting.slot) else { return false };
        let Some(Some(tally)) = self.tallies.get_mut(usize::from(source.tally)) else { return false };
        let Some((page, bit)) = tally.page_for(waiting.target, waiting.port, waiting.class) else { return false };
        let Some(scan) = tally.scan.as_mut().filter(|_| waits_for_outcome(waiting.class)) else { return false };
        let silent = super::engine::silent_outcome(waiting.class);
        if Tally::settle_page(&mut self.pages, &mut source.outcomes, page, bit, silent, silent) {
            scan.parts_left_out += 1;
            source.evidence.add(0, weigh_silence(waiting.class, silent));
        }
        true
    }
}

/// The weight of one more silent contact of an open scan.
#[inline]
fn weigh_silence(class: ProbeClass, outcome: Outcome) -> f32 {
    weigh(Circumstances { class, outcome, is_close_together: true, was_open: false, variant: Variant::Plain }).nats()
}
