//! The engine: contacts, outcomes, evidence, and the passing of time.

use super::banned::Banned;
use super::budget::Budget;
use super::contact::{Outcome, PortSpace, ProbeClass, TechniqueSet};
use super::doorkeeper::Doorkeeper;
use super::fingerprint::{make_signature, stack_signature};
use super::flood::{FloodWatch, THRESHOLD_FACTOR};
use super::groups::{Groups, PROGRAM_NOT_SHOWN, Tenant};
use super::hash::KeyedHash;
use super::home::Home;
use super::knocks::Knocks;
use super::leads::Leads;
use super::learnt::LearntPorts;
use super::memo::Memo;
use super::observe::neighbour::Stations;
use super::open_ports::OpenPorts;
use super::pending::{ANSWER_WITHIN_NS, Pending, Waiting};
use super::ports::Pages;
use super::scan::{Part, close_deadline_ns, earliest_close_ns};
use super::settings::{Settings, SettingsError};
use super::source::{Contact, NO_GROUP, NO_TALLY};
use super::table::{Admission, Slot, SourceTable};
use super::tally::{Place, Tally};
use super::tap::Tap;
use super::targets::Targets;
use super::traps::TrapPorts;
use super::tricks::Sums;
use super::weights::{Circumstances, Rule, Variant, waits_for_outcome, weigh};
use crate::address::Address;
use crate::packet::{IpHeader, Nanoseconds, Tcp};
use std::collections::VecDeque;

/// Events waiting to be taken; beyond this the oldest are dropped and counted.
const EVENTS: usize = 65_536;
/// A port seen open stays known for this long.
pub(crate) const SERVICE_MEMORY_S: u32 = 24 * 3600;
/// First visits under pressure are remembered for this long, or until the filter is full.
const DOORKEEPER_MEMORY_NS: Nanoseconds = 30 * 60 * 1_000_000_000;

pub(crate) const NANOSECONDS_A_SECOND: Nanoseconds = 1_000_000_000;

/// What the detector counts about itself.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counters {
    pub(crate) packets: u64,
    pub(crate) probes: u64,
    pub(crate) refused_visits: u64,
    pub(crate) displaced_sources: u64,
    pub(crate) early_timeouts: u64,
    pub(crate) tallies_exhausted: u64,
    pub(crate) contacts_without_place: u64,
    pub(crate) events_dropped: u64,
    pub(crate) scans_opened: u64,
    pub(crate) scans_closed: u64,
    pub(crate) time_went_backwards: u64,
}

/// One probe, before it is known whether the contact is new.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Probe<'a> {
    pub(crate) source: Address,
    pub(crate) target: Address,
    pub(crate) port: u16,
    pub(crate) source_port: u16,
    pub(crate) class: ProbeClass,
    pub(crate) variant: Variant,
    /// The outcome, where the sensor knows it already.
    pub(crate) outcome: Outcome,
    pub(crate) program: Program<'a>,
}

/// What a probe shows of the program that made it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Program<'a> {
    /// Nothing; a later probe may show more.
    Unseen,
    /// Nothing, and the sensor never will.
    NotShown,
    /// A number that somebody else made of it.
    Known(u16),
    /// The headers of a SYN.
    Syn(&'a IpHeader, &'a Tcp),
}

impl Program<'_> {
    /// The TCP stack's signature, or 0.
    fn stack(self) -> u16 {
        if let Self::Syn(ip, tcp) = self { stack_signature(ip, tcp) } else { 0 }
    }

    /// What is common to all packets of one program: the order of its TCP options. 0 when unknown.
    fn make(self) -> u16 {
        match self {
            Self::Unseen => 0,
            Self::NotShown => PROGRAM_NOT_SHOWN,
            Self::Known(make) => make,
            Self::Syn(_, tcp) => make_signature(tcp),
        }
    }
}

/// Where a contact is kept: with its source, or in the source's tally.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    Inline(usize),
    Tally(Place),
}

/// The detector.
pub struct Detector {
    pub(crate) home: Home,
    pub(crate) is_home_inferred: bool,
    pub(crate) gateways: Vec<Address>,
    pub(crate) broadcasts: Vec<Address>,
    pub(crate) sensor: String,
    pub(crate) threshold_nats: f32,
    pub(crate) trap_nats: f32,
    pub(crate) traps: TrapPorts,
    pub(crate) knocks: Knocks,
    /// How far sources are in a knock: which ones they follow, and how many ports they have touched.
    pub(crate) knocking: Memo,
    half_life_ns: f64,
    contact_memory_ms: u32,
    pub(crate) hash: KeyedHash,
    pub(crate) budget: Budget,
    pub(crate) table: SourceTable,
    pub(crate) doorkeeper: Doorkeeper,
    pub(crate) pending: Pending,
    pub(crate) pages: Pages,
    pub(crate) tallies: Vec<Option<Box<Tally>>>,
    pub(crate) free_tallies: Vec<u16>,
    /// Where the next contacts of open scans go.
    pub(crate) leads: Leads,
    pub(crate) targets: Targets,
    /// Conversations this side began: answers to them are no probes.
    pub(crate) conversations: Memo,
    /// SYN-ACKs we sent: our sequence number and the one expected next from the other side.
    pub(crate) handshakes: Memo,
    /// Ports that the operator says are open.
    pub(crate) open_ports: OpenPorts,
    /// Ports of ours that answered as open.
    pub(crate) services: Memo,
    /// Hardware addresses that forward for others.
    pub(crate) routers: Memo,
    pub(crate) groups: Groups,
    pub(crate) flood: FloodWatch,
    pub(crate) banned: Banned,
    pub(crate) sums: Sums,
    /// Open ports that scans have learnt, and who came to them since.
    pub(crate) learnt: LearntPorts,
    /// An answer of ours to anybody was seen: the capture shows both ways.
    pub(crate) has_seen_answers: bool,
    pub(crate) tap: Tap,
    /// No groups and no floods: sources are judged one after the other.
    pub(crate) is_each_alone: bool,
    /// Source prefixes with refused contacts, and those contacts: for scanners that change their address.
    pub(crate) prefixes: Memo,
    pub(crate) prefix_contacts: Memo,
    pub(crate) next_group_test_ns: Nanoseconds,
    pub(crate) now_ns: Nanoseconds,
    /// The current second, and when it ends.
    pub(crate) now_s: u64,
    second_ends_ns: Nanoseconds,
    /// Stations whose latest packets told nothing new about who forwards for others.
    pub(crate) stations: Stations,
    pub(crate) started_ns: Nanoseconds,
    pub(crate) next_look_ns: Nanoseconds,
    pub(crate) events: VecDeque<String>,
    /// Where a record is written.
    pub(crate) scratch: Vec<u8>,
    pub(crate) counters: Counters,
}

impl Detector {
    /// Build a detector; `random_key` seeds the hashes unless the settings fix a key.
    pub fn new(settings: &Settings, random_key: u128) -> Result<Self, SettingsError> {
        Self::new_advised(settings, random_key, &|_, _| {})
    }

    /// Build a detector; `advise` is told the address and the bytes of each large table before it is first used.
    pub fn new_advised(
        settings: &Settings,
        random_key: u128,
        advise: &dyn Fn(usize, usize),
    ) -> Result<Self, SettingsError> {
        let hash = KeyedHash::new(settings.parse_key(random_key)?);
        let budget = Budget::of(settings.memory_bytes);
        let mut detector = Self {
            home: settings.parse_home()?,
            is_home_inferred: settings.home_inferred,
            gateways: Settings::parse_addresses("gateways", &settings.gateways)?,
            broadcasts: Settings::parse_addresses(
                "ignore_destination_broadcast",
                &settings.ignore_destination_broadcast,
            )?,
            sensor: settings.sensor.clone(),
            threshold_nats: settings.threshold_nats,
            trap_nats: Self::trap_weight(settings.trap_nats, settings.threshold_nats),
            traps: settings.parse_traps()?,
            knocks: settings.parse_knocks()?,
            knocking: Memo::new(budget.knocking),
            half_life_ns: f64::from(settings.half_life_s) * NANOSECONDS_A_SECOND as f64,
            contact_memory_ms: settings.contact_memory_s.saturating_mul(1000),
            hash,
            budget,
            table: SourceTable::new(budget.sources, advise),
            doorkeeper: Doorkeeper::new(budget.doorkeeper_bytes, DOORKEEPER_MEMORY_NS, advise),
            pending: Pending::new(budget.waiting),
            pages: Pages::new(budget.pages, advise),
            tallies: Vec::new(),
            free_tallies: Vec::new(),
            leads: Leads::new(&hash),
            targets: Targets::new(budget.v6_targets),
            conversations: Memo::new(budget.conversations),
            handshakes: Memo::new(budget.conversations),
            open_ports: OpenPorts::default(),
            services: Memo::new(budget.services),
            routers: Memo::new(budget.routers),
            groups: Groups::default(),
            flood: FloodWatch::default(),
            banned: Banned::default(),
            sums: Sums::UNKNOWN,
            learnt: LearntPorts::default(),
            has_seen_answers: false,
            tap: Tap::new(settings.sightings, settings.sightings_harmless),
            is_each_alone: false,
            prefixes: Memo::new(budget.prefixes),
            prefix_contacts: Memo::new(budget.prefix_contacts),
            next_group_test_ns: 0,
            now_ns: 0,
            now_s: 0,
            second_ends_ns: NANOSECONDS_A_SECOND,
            stations: Stations::default(),
            started_ns: 0,
            next_look_ns: Nanoseconds::MAX,
            events: VecDeque::new(),
            scratch: Vec::new(),
            counters: Counters::default(),
        };
        for (protocol, ports) in settings.parse_open_ports()? {
            detector.open_ports.add(protocol, ports);
        }
        Ok(detector)
    }

    /// Bytes the tables hold when full.
    pub fn table_bytes(&self) -> usize {
        self.budget.bytes()
    }

    /// The current second, for memories that keep seconds.
    #[inline]
    pub(crate) fn now_s(&self) -> u32 {
        self.now_s as u32
    }

    #[inline]
    fn set_now(&mut self, now_ns: Nanoseconds) {
        self.now_ns = now_ns;
        if now_ns >= self.second_ends_ns {
            self.begin_second();
        }
    }

    /// Let the next packet start the clock.
    pub(crate) fn restart_clock(&mut self) {
        self.now_ns = 0;
        self.begin_second();
    }

    #[cold]
    fn begin_second(&mut self) {
        self.now_s = self.now_ns / NANOSECONDS_A_SECOND;
        self.second_ends_ns = (self.now_s + 1).saturating_mul(NANOSECONDS_A_SECOND);
        self.judge_visits();
    }

    /// Our addresses changed; texts as in [`Settings::home`].
    pub fn set_home(&mut self, home: Vec<String>) -> Result<(), SettingsError> {
        let settings = Settings { home, ..Settings::default() };
        self.home = settings.parse_home()?;
        self.leads.forget_all();
        self.is_home_inferred = false;
        Ok(())
    }

    /// Let time pass: decide what waited too long, close what was silent too long.
    pub fn tick(&mut self, now_ns: Nanoseconds) {
        self.advance(now_ns);
        self.watch_for_flood();
    }

    /// End of input: everything pending is decided, every scan closes.
    pub fn finish(&mut self) {
        self.advance(self.now_ns.saturating_add(ANSWER_WITHIN_NS));
        self.end_flood();
        let groups: Vec<u8> = self.groups.iter().map(|(index, _)| index).collect();
        for index in groups {
            let last_seen_ns = self.groups.get(index).map_or(self.now_ns, |group| group.last_seen_ns);
            self.close_group(index, last_seen_ns);
        }
        let mut open: Vec<Slot> = self.table.with_tally().collect();
        open.sort_by_key(|&slot| self.table.get(slot).map_or(0, |source| source.first_seen_ns));
        for slot in open {
            let last_seen_ns = self.table.get(slot).map_or(self.now_ns, |source| source.last_seen_ns);
            self.close(slot, last_seen_ns);
        }
        self.next_look_ns = Nanoseconds::MAX;
    }

    /// What the detector counted about itself, by name.
    pub fn counters(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let counted = &self.counters;
        [
            ("packets", counted.packets),
            ("probes", counted.probes),
            ("scans_opened", counted.scans_opened),
            ("scans_closed", counted.scans_closed),
            ("evictions.visits_refused", counted.refused_visits),
            ("evictions.sources_displaced", counted.displaced_sources),
            ("evictions.early_timeouts", counted.early_timeouts),
            ("evictions.scans_closed_early", counted.tallies_exhausted),
            ("evictions.contacts_without_place", counted.contacts_without_place),
            ("evictions.target_numbers_reused", self.targets.reused),
            ("evictions.events_dropped", counted.events_dropped),
            ("evictions.sightings_dropped", self.tap.dropped),
            ("time_went_backwards", counted.time_went_backwards),
        ]
        .into_iter()
    }

    /// Take the oldest waiting event.
    pub fn take_event(&mut self) -> Option<String> {
        self.events.pop_front()
    }

    pub(crate) fn emit(&mut self, event: String) {
        if self.events.len() >= EVENTS {
            self.events.pop_front();
            self.counters.events_dropped += 1;
        }
        self.events.push_back(event);
    }

    /// Move the clock to a packet's time; it never goes back.
    #[inline]
    pub(crate) fn advance(&mut self, time_ns: Nanoseconds) {
        if time_ns <= self.now_ns {
            self.counters.time_went_backwards += u64::from(time_ns < self.now_ns);
            return;
        }
        if self.pending.next_deadline_ns() <= time_ns || self.next_look_ns <= time_ns {
            self.meet_deadlines(time_ns);
        }
        if self.now_ns == 0 {
            self.started_ns = time_ns;
        }
        self.set_now(time_ns);
    }

    /// When moving the clock does more than that: a contact waited long enough, a scan is looked at, or a second ends.
    ///
    /// What begins to wait from now on is due at the earliest in a second, and so later.
    pub(crate) fn next_change_ns(&self) -> Nanoseconds {
        self.pending.next_deadline_ns().min(self.next_look_ns).min(self.second_ends_ns)
    }

    /// Decide everything that is due, in order.
    fn meet_deadlines(&mut self, time_ns: Nanoseconds) {
        while self.pending.next_deadline_ns() <= time_ns || self.next_look_ns <= time_ns {
            if self.next_look_ns < self.pending.next_deadline_ns() {
                self.look_at_scans(self.next_look_ns);
            } else if let Some(waiting) = self.pending.pop_due(time_ns) {
                self.set_now(self.now_ns.max(waiting.deadline_ns));
                self.time_out(waiting);
            } else {
                return;
            }
        }
    }

    /// Close what was silent for too long, and tell the totals of what goes on.
    #[cold]
    fn look_at_scans(&mut self, due_ns: Nanoseconds) {
        self.set_now(self.now_ns.max(due_ns));
        let mut closing: Vec<(Nanoseconds, Slot)> = Vec::new();
        let mut going_on: Vec<Slot> = Vec::new();
        for tally in self.tallies.iter().flatten() {
            let (Some(scan), Some(source)) = (tally.scan.as_ref(), self.table.get(tally.slot)) else { continue };
            if earliest_close_ns(source.last_seen_ns) <= due_ns
                && let deadline_ns = close_deadline_ns(source.last_seen_ns, tally.median_gap_ns())
                && deadline_ns <= due_ns
            {
                closing.push((deadline_ns, tally.slot));
            } else if scan.progress.due_ns <= due_ns {
                going_on.push(tally.slot);
            }
        }
        closing.sort_unstable();
        for (deadline_ns, slot) in closing {
            self.close(slot, deadline_ns);
        }
        for slot in going_on {
            self.tell_progress(slot, due_ns);
        }
        self.look_at_groups(due_ns);
        self.next_look_ns = self.next_look().max(due_ns.saturating_add(1));
    }

    /// When the next scan or group closes or tells its totals.
    fn next_look(&self) -> Nanoseconds {
        let scans = self.tallies.iter().flatten().filter_map(|tally| {
            let (scan, source) = (tally.scan.as_ref()?, self.table.get(tally.slot)?);
            let progress_ns = scan.progress.due_ns;
            // Medians take long, and those who are told of next close much later.
            let is_first = progress_ns <= earliest_close_ns(source.last_seen_ns);
            Some(if is_first {
                progress_ns
            } else {
                close_deadline_ns(source.last_seen_ns, tally.median_gap_ns()).min(progress_ns)
            })
        });
        let groups = self.groups.iter().map(|(index, group)| self.group_deadline_ns(index).min(group.progress.due_ns));
        scans.chain(groups).min().unwrap_or(Nanoseconds::MAX)
    }

    fn time_out(&mut self, waiting: Waiting) {
        let Some(source) = self.table.get_tenant(waiting.slot, waiting.generation) else { return };
        let tally = source.tally;
        if waiting.is_cohort {
            self.disband(&waiting);
            return;
        }
        if tally != NO_TALLY && self.times_out_in_page(&waiting) {
            return;
        }
        let silent = silent_outcome(waiting.class);
        if let Some(kept) = self.find_kept(waiting.slot, tally, waiting.target, waiting.port, waiting.class) {
            self.settle(waiting.slot, kept, waiting.target, waiting.port, waiting.class, silent, waiting.deadline_ns);
        }
    }

    /// The key a source is remembered under (IPv6: its /64, but the address itself on our own link and for NAT64).
    #[inline]
    pub(crate) fn key_of(source: Address, target: Address) -> Address {
        if source.is_v4() {
            return source;
        }
        let is_link_local = source.0 >> 118 == 0xfe80 >> 6;
        // RFC 6052: one IPv4 address each.
        let is_nat64 = source.0 >> 32 == 0x0064_ff9b_u128 << 64;
        if is_link_local || is_nat64 || source.0 >> 64 == target.0 >> 64 { source } else { source.masked(64) }
    }

    /// Find a known source.
    #[inline]
    pub(crate) fn find_source(&self, source: Address, target: Address) -> Option<Slot> {
        let key = Self::key_of(source, target);
        self.table.find(self.hash.address(key), key)
    }

    /// Note a probe: find or admit its source, find or keep its contact. Returns both where they are, if there was room.
    #[inline]
    pub(crate) fn probe(&mut self, probe: &Probe<'_>) -> Option<(Slot, Kept, bool)> {
        let now_ns = self.now_ns;
        let key = Self::key_of(probe.source, probe.target);
        let hash = self.hash.address(key);
        let slot = match self.table.admit(hash, key, now_ns, self.now_s(), &mut self.doorkeeper) {
            Admission::Known(slot) => slot,
            Admission::Vacant(slot) => {
                self.note_new_source(probe.target, probe.port);
                self.table.get_mut(slot)?.move_in(key, probe.source, now_ns);
                slot
            }
            Admission::Displace(slot) => {
                self.note_new_source(probe.target, probe.port);
                self.see_out(slot);
                self.table.get_mut(slot)?.move_in(key, probe.source, now_ns);
                slot
            }
            Admission::Refused => {
                self.note_new_source(probe.target, probe.port);
                self.counters.refused_visits += 1;
                return None;
            }
        };
        let variant = self.variant_of(probe);
        let target = self.targets.number(probe.target, &self.hash, self.now_s());
        let source = self.table.get_mut(slot)?;
        source.packets = source.packets.saturating_add(1);
        source.last_seen_ns = now_ns;
        let tally = source.tally;
        if let Some(kept) = self.find_kept(slot, tally, target, probe.port, probe.class)
            && !self.is_forgotten(slot, kept)
        {
            return Some((slot, kept, false));
        }
        let kept = self.keep(slot, target, probe, variant)?;
        Some((slot, kept, true))
    }

    /// Keep a contact that is new.
    fn keep(&mut self, slot: Slot, target: u32, probe: &Probe<'_>, variant: Variant) -> Option<Kept> {
        let now_ns = self.now_ns;
        self.counters.probes += 1;
        let source = self.table.get_mut(slot)?;
        source.probes = source.probes.saturating_add(1);
        source.is_verified |= probe.variant == Variant::ProvedTrap;
        let is_first = source.last_contact_ns == 0;
        let gap_ns = if is_first { 0 } else { now_ns.saturating_sub(source.last_contact_ns) };
        let is_close_together = source.is_close_together(now_ns);
        let contact = Contact {
            target,
            time_ms: source.age_ms(now_ns),
            port: probe.port,
            source_port: probe.source_port,
            class: probe.class,
            outcome: probe.outcome,
            rule: Rule::Unweighed,
            flags: if matches!(variant, Variant::Traceroute | Variant::Knock) { Contact::TOLERATED } else { 0 }
                | if is_close_together { Contact::CLOSE_TOGETHER } else { 0 }
                | source.evidence.number(probe.program.stack()) << 4,
        };
        source.last_contact_ns = now_ns;
        source.outcomes.add(probe.outcome);
        if source.evidence.make == 0 {
            source.evidence.make = probe.program.make();
        }
        let generation = source.generation;
        let (has_tally, group) = (source.tally != NO_TALLY, source.group);
        if group != NO_GROUP {
            self.touch_group(group, slot, now_ns);
        } else if !has_tally && !self.is_each_alone {
            self.groups.note(Tenant { slot, generation }, target, now_ns);
        }
        let kept = self.place(slot, contact)?;
        if let Some(tally) = self.tally_of(slot)
            && !is_first
        {
            tally.note_gap(gap_ns);
        }
        let is_in_a_cohort = probe.outcome == Outcome::Pending && self.waits_in_a_cohort(slot, kept, probe.class);
        if probe.outcome == Outcome::Pending && !is_in_a_cohort {
            self.wait(Waiting {
                deadline_ns: now_ns.saturating_add(ANSWER_WITHIN_NS),
                slot,
                generation,
                target,
                port: probe.port,
                class: probe.class,
                is_cohort: false,
            });
        }
        self.show_technique(slot, probe.class);
        if !waits_for_outcome(probe.class) || probe.outcome != Outcome::Pending {
            self.tell_tap(slot, &contact, variant, now_ns);
            self.weigh_contact(slot, kept, &contact, variant, now_ns);
        } else if !is_in_a_cohort {
            self.rerank(slot);
        }
        Some(kept)
    }

    /// Let a contact wait for its answer; without room the one that waited longest is decided early.
    #[inline]
    pub(crate) fn wait(&mut self, waiting: Waiting) {
        if let Some(early) = self.pending.push(waiting) {
            self.counters.early_timeouts += 1;
            self.time_out(early);
        }
    }

    /// Find room for a contact: inline, else in a tally.
    fn place(&mut self, slot: Slot, contact: Contact) -> Option<Kept> {
        let source = self.table.get_mut(slot)?;
        if source.tally == NO_TALLY {
            if source.keep_contact(contact) {
                let index = source
                    .inline_contacts()
                    .iter()
                    .position(|kept| kept.is(contact.target, contact.port, contact.class))?;
                return Some(Kept::Inline(index));
            }
            self.give_tally(slot)?;
        }
        let index = self.table.get(slot)?.tally;
        let tally = self.tallies.get_mut(index as usize)?.as_mut()?;
        let kept = tally.keep(&mut self.pages, contact);
        if kept.is_none() {
            self.counters.contacts_without_place += 1;
        }
        kept.map(Kept::Tally)
    }

    /// Give a source a tally and move its contacts there.
    pub(crate) fn give_tally(&mut self, slot: Slot) -> Option<()> {
        let mut tally = Box::new(Tally::new(slot));
        let source = self.table.get_mut(slot)?;
        if source.tally != NO_TALLY {
            return Some(());
        }
        let mut previous_ms = None;
        for &contact in source.inline_contacts() {
            if let Some(previous_ms) = previous_ms.replace(contact.time_ms) {
                tally.note_gap(u64::from(contact.time_ms.saturating_sub(previous_ms)) * 1_000_000);
            }
            if contact.outcome == Outcome::Open {
                tally.learn_open((contact.target, contact.class.space(), contact.port));
            }
            let _ = tally.keep(&mut self.pages, contact);
        }
        source.move_contacts_out();
        let index = match self.free_tallies.pop() {
            Some(index) => index,
            None if self.tallies.len() < self.budget.tallies => {
                self.tallies.push(None);
                (self.tallies.len() - 1) as u16
            }
            None => self.reclaim_tally(slot)?,
        };
        *self.tallies.get_mut(index as usize)? = Some(tally);
        self.table.get_mut(slot)?.tally = index;
        Some(())
    }

    /// All tallies are taken: the least suspicious holder gives its up.
    #[cold]
    fn reclaim_tally(&mut self, except: Slot) -> Option<u16> {
        self.counters.tallies_exhausted += 1;
        let holder = self
            .tallies
            .iter()
            .flatten()
            .filter(|tally| tally.slot != except)
            .map(|tally| {
                let source = self.table.get(tally.slot);
                (
                    source.map_or(0.0, |source| source.evidence.nats()),
                    source.map_or(0, |source| source.last_seen_ns),
                    tally.slot,
                )
            })
            .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))?;
        self.close(holder.2, self.now_ns);
        self.free_tallies.pop()
    }

    /// A tenant leaves its slot: an open scan is closed first.
    #[cold]
    fn see_out(&mut self, slot: Slot) {
        self.counters.displaced_sources += 1;
        if self.table.get(slot).is_some_and(|source| source.tally != NO_TALLY) {
            self.close(slot, self.now_ns);
        }
    }

    #[inline]
    pub(crate) fn tally_of(&mut self, slot: Slot) -> Option<&mut Tally> {
        let index = self.table.get(slot)?.tally;
        if index == NO_TALLY {
            return None;
        }
        self.tallies.get_mut(index as usize)?.as_deref_mut()
    }

    /// Find a contact of a source.
    #[inline]
    pub(crate) fn find_kept(&self, slot: Slot, tally: u16, target: u32, port: u16, class: ProbeClass) -> Option<Kept> {
        if tally == NO_TALLY {
            let source = self.table.get(slot)?;
            return source.inline_contacts().iter().position(|kept| kept.is(target, port, class)).map(Kept::Inline);
        }
        self.tallies.get(tally as usize)?.as_ref()?.find(&self.pages, target, port, class).map(Kept::Tally)
    }

    /// Find a contact by addresses.
    #[inline]
    pub(crate) fn find_contact(
        &self,
        source: Address,
        target: Address,
        port: u16,
        class: ProbeClass,
    ) -> Option<(Slot, u32, Kept)> {
        let slot = self.find_source(source, target)?;
        self.find_contact_at(slot, target, port, class).map(|(number, kept)| (slot, number, kept))
    }

    /// Find a contact of a known source.
    #[inline]
    pub(crate) fn find_contact_at(
        &self,
        slot: Slot,
        target: Address,
        port: u16,
        class: ProbeClass,
    ) -> Option<(u32, Kept)> {
        let number = self.targets.find(target, &self.hash, self.now_s())?;
        let tally = self.table.get(slot)?.tally;
        self.find_kept(slot, tally, number, port, class).map(|kept| (number, kept))
    }

    /// Look at a contact that is kept one by one.
    pub(crate) fn contact_mut(&mut self, slot: Slot, kept: Kept) -> Option<&mut Contact> {
        match kept {
            Kept::Inline(index) => self.table.get_mut(slot)?.inline_contacts_mut().get_mut(index),
            Kept::Tally(Place::Listed(index)) => self.tally_of(slot)?.listed.get_mut(index),
            Kept::Tally(Place::Paged { .. }) => None,
        }
    }

    /// Renew a contact's memory; say whether it was too old to remember.
    #[inline]
    fn is_forgotten(&mut self, slot: Slot, kept: Kept) -> bool {
        let Some(source) = self.table.get(slot) else { return false };
        let age_ms = source.age_ms(self.now_ns);
        let memory_ms = self.contact_memory_ms;
        let Some(contact) = self.contact_mut(slot, kept) else { return false };
        let is_old = age_ms.saturating_sub(contact.time_ms) > memory_ms;
        if is_old {
            // Make room for the new contact under the same identity.
            contact.class = ProbeClass::Idle;
            contact.port = 0;
        } else {
            contact.time_ms = age_ms;
        }
        is_old
    }

    /// The outcome of a contact is known, or has changed.
    #[allow(clippy::too_many_arguments)]
    pub(crate) fn settle(
        &mut self,
        slot: Slot,
        kept: Kept,
        target: u32,
        port: u16,
        class: ProbeClass,
        outcome: Outcome,
        time_ns: Nanoseconds,
    ) {
        let silent = silent_outcome(class);
        if let Kept::Tally(Place::Paged { page, bit }) = kept {
            let Some(source) = self.table.get_mut(slot) else { return };
            let Some(Some(tally)) = self.tallies.get_mut(usize::from(source.tally)) else { return };
            let (pages, outcomes) = (&mut self.pages, &mut source.outcomes);
            if !tally.settle_page(pages, outcomes, (page, bit), outcome, silent, self.now_ns) {
                return;
            }
            let contact = Contact { target, port, class, outcome, ..Contact::EMPTY };
            if waits_for_outcome(class) {
                self.tell_tap(slot, &contact, Variant::Plain, time_ns);
            }
            if outcome != Outcome::Open && waits_for_outcome(class) && self.add_to_open_scan(slot, class, outcome) {
                return;
            }
            if waits_for_outcome(class) {
                let close = Contact { flags: Contact::CLOSE_TOGETHER, ..contact };
                self.weigh_contact(slot, kept, &close, Variant::Plain, time_ns);
            }
            if outcome == Outcome::Open {
                self.forgive_answered_echo(slot, kept, &contact);
                self.learn(slot, &contact);
            }
            return;
        }
        let Some(contact) = self.contact_mut(slot, kept) else { return };
        let (before, rule_before) = (contact.outcome, contact.rule);
        if before == outcome || (before != Outcome::Pending && before != silent) {
            return;
        }
        contact.outcome = outcome;
        let contact = *contact;
        if let Some(source) = self.table.get_mut(slot) {
            source.outcomes.remove(before);
            source.outcomes.add(outcome);
        }
        if outcome == Outcome::Open && rule_before == Rule::Echo {
            self.forgive_answered_echo(slot, kept, &contact);
        }
        if before == Outcome::Pending {
            if waits_for_outcome(class) {
                let variant = match contact.flags & Contact::TOLERATED != 0 {
                    true if class == ProbeClass::Udp => Variant::Traceroute,
                    true => Variant::Knock,
                    false => Variant::Plain,
                };
                self.tell_tap_of_kept(slot, &contact, variant);
                self.weigh_contact(slot, kept, &contact, variant, time_ns);
            }
        } else if outcome == Outcome::Open && rule_before.nats() > 0.0 && waits_for_outcome(class) {
            // The answer came late: what was taken for silence was an open port.
            let nats_before = self.nats_of(rule_before);
            if let Some(source) = self.table.get_mut(slot) {
                source.evidence.add(contact.stack(), -nats_before);
            }
            if let Some(contact) = self.contact_mut(slot, kept) {
                contact.rule = Rule::OpenPort;
            }
        }
        if outcome == Outcome::Open {
            self.learn(slot, &contact);
        }
    }

    /// Who watches over hosts pings those that answer; a sweep mostly finds nobody. An answer takes most of a ping's weight.
    fn forgive_answered_echo(&mut self, slot: Slot, kept: Kept, contact: &Contact) {
        if contact.class != ProbeClass::IcmpEcho || self.tally_of(slot).is_some_and(|tally| tally.scan.is_some()) {
            return;
        }
        // A contact with a page has lost its rule; most pings with pages are those with data.
        match self.contact_mut(slot, kept) {
            Some(listed) if listed.rule == Rule::Echo => listed.rule = Rule::EchoAnswered,
            Some(_) => return,
            None => {}
        }
        if let Some(source) = self.table.get_mut(slot) {
            source.evidence.add(contact.stack(), Rule::EchoAnswered.nats() - Rule::Echo.nats());
        }
    }

    /// One more contact of a scan that is open already: it only adds up.
    #[inline]
    fn add_to_open_scan(&mut self, slot: Slot, class: ProbeClass, outcome: Outcome) -> bool {
        let rule =
            weigh(Circumstances { class, outcome, is_close_together: true, was_open: false, variant: Variant::Plain });
        let Some(scan) = self.tally_of(slot).and_then(|tally| tally.scan.as_mut()) else { return false };
        scan.parts_left_out += 1;
        if let Some(source) = self.table.get_mut(slot) {
            source.evidence.add(0, rule.nats());
        }
        true
    }

    fn learn(&mut self, slot: Slot, contact: &Contact) {
        if let Some(tally) = self.tally_of(slot) {
            tally.learn_open((contact.target, contact.class.space(), contact.port));
        }
        self.note_open_contact(slot, contact);
    }

    fn weigh_contact(&mut self, slot: Slot, kept: Kept, contact: &Contact, variant: Variant, time_ns: Nanoseconds) {
        let was_open = contact.outcome != Outcome::Open && self.was_open(slot, contact);
        let rule = weigh(Circumstances {
            class: contact.class,
            outcome: contact.outcome,
            is_close_together: contact.flags & Contact::CLOSE_TOGETHER != 0,
            was_open,
            variant,
        });
        let rule = self.rule_at_trap(rule, contact.class, contact.port);
        let rule = self.rule_among_alternatives(slot, rule, contact);
        if let Some(kept) = self.contact_mut(slot, kept) {
            kept.rule = rule;
        }
        self.add_evidence(slot, rule, contact, time_ns);
    }

    /// Whether the contact's port was seen open here within a day, or the operator says it is.
    pub(crate) fn was_open(&self, slot: Slot, contact: &Contact) -> bool {
        let Some(source) = self.table.get(slot) else { return false };
        let protocol = match contact.class.space() {
            PortSpace::Tcp => 6,
            PortSpace::Udp => 17,
            PortSpace::Sctp => 132,
            _ => return false,
        };
        let target = self.targets.address(contact.target, source.key.is_v4());
        self.is_service(target, protocol, contact.port)
            || (contact.class == ProbeClass::Udp && self.is_stream(source.address(), target, contact.port))
    }

    /// Whether a port of ours was seen open within a day, or is known to be open.
    #[inline]
    pub(crate) fn is_service(&self, target: Address, protocol: u8, port: u16) -> bool {
        let now_s = self.now_s();
        let here = self.services.get(self.hash.service(target, port, protocol), now_s);
        here.is_some_and(|seen| seen.age_s <= SERVICE_MEMORY_S) || self.open_ports.has(protocol, port)
    }

    /// A port of ours answered as open.
    #[inline]
    pub(crate) fn note_service(&mut self, target: Address, protocol: u8, port: u16) {
        let now_s = self.now_s();
        self.services.put(self.hash.service(target, port, protocol), now_s, 0, 0);
    }

    /// Add a weighed contact to its source's evidence; open the scan when it is enough.
    pub(crate) fn add_evidence(&mut self, slot: Slot, rule: Rule, contact: &Contact, time_ns: Nanoseconds) {
        let is_flood = self.flood.is_on;
        let nats = self.nats_of(rule);
        let threshold = self.threshold_nats * if is_flood { THRESHOLD_FACTOR } else { 1.0 };
        let Some(source) = self.table.get_mut(slot) else { return };
        if nats > 0.0 {
            source.evidence.decay(time_ns.saturating_sub(source.evidence_ns), self.half_life_ns);
            if time_ns.saturating_sub(source.evidence_ns) >= 1_000_000_000 {
                source.evidence_ns = time_ns;
            }
            source.evidence.add(contact.stack(), nats);
        }
        let before = source.evidence.nats() - nats;
        let is_enough = source.evidence.nats() >= threshold;
        let is_half_way = before < threshold / 2.0 && source.evidence.nats() >= threshold / 2.0;
        let is_member = source.group != NO_GROUP;
        self.rerank(slot);
        let part = Part {
            rule,
            class: contact.class,
            outcome: contact.outcome,
            target: contact.target,
            port: contact.port,
            source_port: contact.source_port,
            time_ns,
        };
        let has_scan = match self.tally_of(slot).and_then(|tally| tally.scan.as_mut()) {
            Some(scan) => {
                if nats > 0.0 {
                    scan.add_part(part);
                }
                true
            }
            None => false,
        };
        if has_scan {
            self.review(slot, time_ns);
            return;
        }
        if is_member {
            return;
        }
        if nats > 0.0 && !is_flood && !self.is_each_alone && contact.class.space() <= PortSpace::Sctp {
            self.consider_rotation(slot, contact, time_ns);
        }
        if is_enough && self.group_of(slot).is_none() {
            if self.is_each_alone || !self.joins_a_group(slot, time_ns) {
                self.open(slot, time_ns);
            }
        } else if is_half_way && !is_flood && !self.is_each_alone {
            self.consider_distributed(slot, time_ns);
        }
    }

    /// Keep a source's place in the order of eviction.
    #[inline]
    pub(crate) fn rerank(&mut self, slot: Slot) {
        let Some(source) = self.table.get(slot) else { return };
        let (nats, probes) = (source.worth_nats(), source.probes);
        self.table.rank(slot, nats, probes, self.now_s());
    }

    fn show_technique(&mut self, slot: Slot, class: ProbeClass) {
        let needed = match class {
            ProbeClass::Idle => IDLE_POLLS,
            ProbeClass::Arp => ARP_SWEEP,
            _ => 0,
        };
        if needed > 0 && self.contacts_of(slot, class) < needed {
            return;
        }
        if let Some(source) = self.table.get_mut(slot) {
            source.techniques = source.techniques.with(TechniqueSet::of(class));
        }
    }

    fn contacts_of(&mut self, slot: Slot, class: ProbeClass) -> usize {
        let is_one = |contact: &&Contact| contact.class == class;
        let inline = self.table.get(slot).map_or(0, |source| source.inline_contacts().iter().filter(is_one).count());
        inline + self.tally_of(slot).map_or(0, |tally| tally.listed.iter().filter(is_one).count())
    }
}

/// One stray SYN-ACK is backscatter; this many from as many ports are somebody's poll.
const IDLE_POLLS: usize = 3;
/// A host that asks for its few neighbours does not sweep.
const ARP_SWEEP: usize = 8;

/// What silence means for a class.
pub(crate) const fn silent_outcome(class: ProbeClass) -> Outcome {
    match class {
        ProbeClass::Udp => Outcome::Unknown,
        _ => Outcome::Filtered,
    }
}
