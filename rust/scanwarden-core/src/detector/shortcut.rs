//! Packets that need no more than a glance.
//!
//! Most of a flood is strangers without a place, most of a large scan is one more port of a scan that is open, and most of
//! ordinary traffic that is looked at are connections that begin and end. All are decided by addresses, ports and numbers.
//! [`Detector::observe_ends`] does so and gives exactly what decoding the packet and observing it would; for any other
//! packet it does nothing. Strangers and leads mostly come in runs, which [`Detector::turn_away`] and
//! [`Detector::follow_leads`] go through with everything at hand.

#![expect(
    clippy::inline_always,
    reason = "measured: what runs for every packet of a large scan costs little more than a call"
)]

use super::contact::{Outcome, ProbeClass, TechniqueSet};
use super::engine::{Detector, Kept, silent_outcome};
use super::fetch::{Course, Ends};
use super::leads::{Lead, LeadPlace};
use super::observe::Way;
use super::observe::connection::{Far, Role};
use super::observe::neighbour::Mac;
use super::observe::tcp::station_of;
use super::pending::{ANSWER_WITHIN_NS, Waiting};
use super::ports::Mark;
use super::source::{Contact, NO_GROUP, NO_TALLY, Source};
use super::table::Slot;
use super::tally::{Place, Tally};
use super::weights::{Circumstances, Variant, waits_for_outcome, weigh};
use crate::address::Address;
use crate::decode::glance::Glance;
use crate::packet::Nanoseconds;

/// A mark in a page, and the tenant it belongs to: as long as the generation is the same, so is the page.
#[derive(Clone, Copy, Debug)]
struct FoundPage {
    generation: u32,
    page: u32,
    bit: u16,
}

/// A time in which following leads and turning strangers away is all there is to do: nothing is due, nobody is banned, and
/// every shortcut is allowed. It ends when anything else is observed; what leads let wait is due later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Calm {
    until_ns: Nanoseconds,
}

impl Calm {
    /// Stands for a time of which nothing is known.
    pub(crate) const UNKNOWN: Self = Self { until_ns: 0 };

    #[inline]
    const fn lasts_at(self, time_ns: Nanoseconds) -> bool {
        time_ns < self.until_ns
    }
}

impl Detector {
    /// Observe a packet by its addresses and ports alone; false when it must be decoded, and then nothing was changed
    /// but the time.
    #[inline]
    pub(crate) fn observe_ends(
        &mut self,
        time_ns: Nanoseconds,
        glance: Glance<'_>,
        ends: &Ends,
        calm: &mut Calm,
    ) -> bool {
        if ends.has_lead() {
            return self.follow(time_ns, glance, ends.lead, calm);
        }
        *calm = Calm::UNKNOWN;
        let source = Address::from_v4(glance.source());
        // Time that goes back is counted where the packet is observed.
        if matches!(ends.course, Course::Other)
            || time_ns < self.now_ns
            || self.looks_at_each()
            || self.is_banned(source, time_ns)
        {
            return false;
        }
        self.advance(time_ns);
        self.watch_for_flood();
        let is_done = match ends.course {
            Course::PlainSyn => {
                if let Some(slot) = self.table.find_near(ends.slot, ends.hash, source) {
                    self.adds_to_open_scan(slot, glance)
                } else {
                    *calm = self.calm();
                    self.is_refused(ends.hash, glance)
                }
            }
            Course::Connection(way, role) => self.follow_plain(glance, ends, way, role),
            Course::Other => false,
        };
        if is_done {
            self.counters.packets += 1;
            self.note_station(glance.source_mac(), source);
        }
        is_done
    }

    /// Kept apart, so that turning strangers away stays short.
    #[inline(never)]
    fn follow_plain(&mut self, glance: Glance<'_>, ends: &Ends, way: Way, role: Role) -> bool {
        let segment = glance.segment();
        let key = if way == Way::Out { segment.destination } else { segment.source };
        let far = Far { key, hash: ends.hash, slot: ends.slot };
        self.follow_connection(&segment, role, way, far, ends.conversation)
    }

    /// Follow the leads of packets in order, as long as that changes nothing but what they lead to; gives how many packets
    /// are done with. The next one is for [`Detector::observe_ends`], which tells whether it is calm.
    #[inline(never)]
    pub(crate) fn follow_leads<'a>(
        &mut self,
        packets: impl Iterator<Item = (Nanoseconds, Glance<'a>, LeadPlace)>,
        calm: Calm,
    ) -> usize {
        // Nothing here moves, so where everything lies is looked up once.
        let (sources, pages, tallies) = (self.table.all_mut(), self.pages.all_mut(), self.tallies.as_mut_slice());
        let mut followed = 0;
        let mut router = Mac::NONE;
        for (time_ns, glance, place) in packets {
            let Some(lead) = self.leads.at(place) else { break };
            let Some(source) = sources.get_mut(lead.slot as usize) else { break };
            let Some(Some(tally)) = tallies.get_mut(usize::from(lead.tally)) else { break };
            let Some(page) = pages.get_mut(lead.page as usize) else { break };
            let Some(waiting) = tally.cohorts.waiting_mut(time_ns) else { break };
            // As long as it is the same tenant, its scan is open.
            if lead.addresses != glance.addresses()
                || source.generation != lead.generation
                || !tally.is_by_port
                || time_ns < self.now_ns
                || !calm.lasts_at(time_ns)
                || *waiting == 0
            {
                break;
            }
            let mac = Mac::of(glance.source_mac());
            if mac != router {
                if !self.stations.has(mac, glance.source()) {
                    break;
                }
                router = if self.stations.forwards(mac) { mac } else { router };
            }
            self.now_ns = time_ns;
            followed += 1;
            count_packet(source, time_ns);
            if page.touch_silently(glance.destination_port()) {
                *waiting += 1;
                count_contact(source, tally, time_ns);
                self.counters.probes += 1;
            }
        }
        self.counters.packets += followed as u64;
        followed
    }

    /// Turn strangers away in order, as long as they are for whom there is no place; gives how many packets are done with.
    /// The next one is for [`Detector::observe_ends`].
    #[inline(never)]
    pub(crate) fn turn_away<'a, 'e>(
        &mut self,
        packets: impl Iterator<Item = (Nanoseconds, Glance<'a>, &'e Ends)>,
        calm: Calm,
    ) -> usize {
        let mut turned_away = 0;
        for (time_ns, glance, ends) in packets {
            let source = glance.source();
            if !ends.is_strangers()
                || time_ns < self.now_ns
                || !calm.lasts_at(time_ns)
                || !self.stations.has(Mac::of(glance.source_mac()), source)
                || self.table.find(ends.hash, Address::from_v4(source)).is_some()
            {
                break;
            }
            self.now_ns = time_ns;
            if !self.is_refused(ends.hash, glance) {
                break;
            }
            turned_away += 1;
        }
        self.counters.packets += turned_away as u64;
        turned_away
    }

    /// One more SYN of an open scan to a target that has a page, found by a lead; false when the lead no longer holds.
    fn follow(&mut self, time_ns: Nanoseconds, glance: Glance<'_>, place: LeadPlace, calm: &mut Calm) -> bool {
        // Another lead may have taken the place since.
        let Some(&lead) = self.leads.at(place).filter(|lead| lead.addresses == glance.addresses()) else {
            return false;
        };
        if time_ns < self.now_ns || self.looks_at_each() || !self.banned.is_empty() {
            return false;
        }
        self.advance(time_ns);
        self.watch_for_flood();
        *calm = self.calm();
        let found = FoundPage { generation: lead.generation, page: lead.page, bit: glance.destination_port() };
        if self.add_to_page(lead.slot, lead.tally, found, true).is_none() {
            self.leads.forget(lead.addresses);
            return false;
        }
        self.counters.packets += 1;
        self.note_station(glance.source_mac(), Address::from_v4(glance.source()));
        true
    }

    /// How long it is calm from now on.
    fn calm(&self) -> Calm {
        if self.banned.is_empty() { Calm { until_ns: self.next_change_ns() } } else { Calm::UNKNOWN }
    }

    /// Whether every packet, or every contact, is to be looked at by itself.
    #[inline]
    fn looks_at_each(&self) -> bool {
        // Checksums and knocks are looked at in whole packets.
        self.sums.wants_more() || !self.knocks.is_empty() || self.tap.wants_each()
    }

    /// Turn away a stranger for whom there is no place.
    #[inline(always)]
    fn is_refused(&mut self, hash: u64, glance: Glance<'_>) -> bool {
        let (now_ns, now_s) = (self.now_ns, self.now_s());
        let is_refused = self.table.is_turned_away(hash, now_ns, now_s, &mut self.doorkeeper);
        if is_refused {
            self.note_new_source(Address::from_v4(glance.destination()), glance.destination_port());
            self.counters.refused_visits += 1;
        }
        is_refused
    }

    /// One more SYN of a scan that is open: it is counted in its page and waits for an answer.
    #[inline]
    fn adds_to_open_scan(&mut self, slot: Slot, glance: Glance<'_>) -> bool {
        let Some(source) = self.table.get(slot) else { return false };
        let is_well_known = source.tally != NO_TALLY
            && source.group == NO_GROUP
            && source.techniques.has(TechniqueSet::SYN)
            && source.last_contact_ns != 0
            && source.evidence.make != 0
            && !source.marks.wants_more();
        if !is_well_known {
            return false;
        }
        let (tally, generation) = (source.tally, source.generation);
        let Some((page, bit)) = self.find_page(tally, glance) else { return false };
        let found = FoundPage { generation, page, bit };
        let Some(is_by_port) = self.add_to_page(slot, tally, found, false) else { return false };
        let Some(source) = self.table.get_mut(slot) else { return true };
        if source.station == 0 {
            source.station = station_of(glance.source_mac());
        }
        if is_by_port && source.station != 0 {
            self.leads.note(Lead { addresses: glance.addresses(), slot, generation, page, tally });
        }
        true
    }

    /// Find the mark of a SYN's contact that has a page.
    #[inline]
    fn find_page(&self, tally: u16, glance: Glance<'_>) -> Option<(u32, u16)> {
        let tally = self.tallies.get(usize::from(tally))?.as_deref()?;
        tally.page_for(glance.destination(), glance.destination_port(), ProbeClass::Syn)
    }

    /// Count a contact in its page and let it wait for an answer, unless it is known already. Gives whether all contacts with
    /// that target belong in that page, or `None` when nothing was changed: it is no page of an open scan of that tenant any
    /// more, or it was not the page of this very contact that was found and others than pages of ports are kept by now.
    #[inline]
    fn add_to_page(&mut self, slot: Slot, tally: u16, found: FoundPage, is_led: bool) -> Option<bool> {
        let now_ns = self.now_ns;
        let source = self.table.get_tenant(slot, found.generation)?;
        let tally = self.tallies.get_mut(usize::from(tally))?.as_deref_mut()?;
        let page = self.pages.get_mut(found.page)?;
        let is_by_port = tally.is_by_port;
        if tally.scan.is_none() || (is_led && !is_by_port) {
            return None;
        }
        count_packet(source, now_ns);
        if !page.touch_silently(found.bit) {
            return Some(is_by_port);
        }
        count_contact(source, tally, now_ns);
        self.counters.probes += 1;
        if let Some(number) = tally.cohorts.join(now_ns) {
            self.wait_together(slot, found.generation, number);
        }
        Some(is_by_port)
    }

    /// Let a SYN's contact of an open scan that has a page wait with others; false when it is another case.
    #[inline]
    pub(crate) fn waits_in_a_cohort(&mut self, slot: Slot, kept: Kept, class: ProbeClass) -> bool {
        let Kept::Tally(Place::Paged { page, bit }) = kept else { return false };
        if self.tap.wants_each() {
            return false;
        }
        let Some(source) = self.table.get(slot).filter(|_| class == ProbeClass::Syn) else { return false };
        let Some(Some(tally)) = self.tallies.get_mut(usize::from(source.tally)) else { return false };
        let Some(page) = self.pages.get_mut(page).filter(|_| tally.scan.is_some()) else { return false };
        page.set_mark(bit, Mark::Silent);
        let generation = source.generation;
        if let Some(number) = tally.cohorts.join(self.now_ns) {
            self.wait_together(slot, generation, number);
        }
        true
    }

    #[cold]
    fn wait_together(&mut self, slot: Slot, generation: u32, number: u16) {
        self.wait(Waiting {
            deadline_ns: self.now_ns.saturating_add(ANSWER_WITHIN_NS),
            slot,
            generation,
            target: 0,
            port: number,
            class: ProbeClass::Syn,
            is_cohort: true,
        });
        self.rerank(slot);
    }

    /// The contacts of a cohort that had no answer are silent.
    pub(crate) fn disband(&mut self, waiting: &Waiting) {
        let Some(source) = self.table.get_mut(waiting.slot) else { return };
        let Some(Some(tally)) = self.tallies.get_mut(usize::from(source.tally)) else { return };
        let Some(scan) = tally.scan.as_mut() else { return };
        let contacts = tally.cohorts.disband(waiting.port);
        let silent = silent_outcome(waiting.class);
        source.outcomes.add_many(silent, contacts);
        source.evidence.add(0, weigh_silence(waiting.class, silent) * contacts as f32);
        scan.parts_left_out += u64::from(contacts);
    }

    /// A contact of an open scan that has a page stayed without an answer: count it. False when it is another case.
    #[inline]
    pub(crate) fn times_out_in_page(&mut self, waiting: &Waiting) -> bool {
        let Some(source) = self.table.get_mut(waiting.slot) else { return false };
        let Some(Some(tally)) = self.tallies.get_mut(usize::from(source.tally)) else { return false };
        let Some((page, bit)) = tally.page_for(waiting.target, waiting.port, waiting.class) else { return false };
        if tally.scan.is_none() || !waits_for_outcome(waiting.class) {
            return false;
        }
        let silent = silent_outcome(waiting.class);
        let (pages, outcomes) = (&mut self.pages, &mut source.outcomes);
        if tally.settle_page(pages, outcomes, (page, bit), silent, silent, self.now_ns) {
            source.evidence.add(0, weigh_silence(waiting.class, silent));
            if let Some(scan) = tally.scan.as_mut() {
                scan.parts_left_out += 1;
            }
            let (target, port, class) = (waiting.target, waiting.port, waiting.class);
            let contact = Contact { target, port, class, outcome: silent, ..Contact::EMPTY };
            self.tell_tap(waiting.slot, &contact, Variant::Plain, waiting.deadline_ns - ANSWER_WITHIN_NS);
        }
        true
    }
}

/// Add one, unless there is no larger number: what `saturating_add` gives, with a branch that is never taken.
#[inline(always)]
const fn count_one(count: &mut u32) {
    if let Some(more) = count.checked_add(1) {
        *count = more;
    }
}

/// Count a packet of a source with an open scan.
#[inline(always)]
fn count_packet(source: &mut Source, now_ns: Nanoseconds) {
    count_one(&mut source.packets);
    source.last_seen_ns = now_ns;
}

/// Count a contact of a source with an open scan.
#[inline(always)]
fn count_contact(source: &mut Source, tally: &mut Tally, now_ns: Nanoseconds) {
    tally.note_gap(now_ns.saturating_sub(source.last_contact_ns));
    count_one(&mut source.probes);
    source.last_contact_ns = now_ns;
}

/// The weight of one more silent contact of an open scan.
#[inline]
fn weigh_silence(class: ProbeClass, outcome: Outcome) -> f32 {
    weigh(Circumstances { class, outcome, is_close_together: true, was_open: false, variant: Variant::Plain }).nats()
}
