//! Opening, updating and closing a scan, and saying so.

use super::contact::{Outcome, PortSpace, ProbeClass, TechniqueSet};
use super::contact_text::ContactText;
use super::engine::Detector;
use super::hash::public_hash;
use super::record::{
    Event, EvidenceRecord, OutcomesRecord, PartRecord, ScanRecord, SourceRecord, TargetRecord, rounded,
};
use super::scan::{Gravity, Part, Pattern, Said, Scan, TargetMap, UPDATES_AT_MOST, close_deadline_ns, pace, severity};
use super::source::{NO_GROUP, NO_TALLY, Source};
use super::table::Slot;
use super::tally::Tally;
use super::time_text::rfc3339;
use crate::address::Address;
use crate::packet::Nanoseconds;
use std::collections::BTreeMap;

/// Targets listed in one record; a sweep over more says so by its outcome counts.
const TARGETS_LISTED: usize = 256;
/// Memory kept for writing the next record.
const SCRATCH_BYTES: usize = 1 << 20;
/// From this many half-open aborts by a foreign stack on, the scan is an idle scan seen from its target.
const FOREIGN_RESETS: u8 = 2;

/// The reason of an update that only tells the totals.
pub(crate) const PROGRESS: &str = "progress";

/// Later stages of the same scan.
const STAGE_VERSION: u8 = 1;
const STAGE_OS: u8 = 2;

impl Detector {
    /// Open a scan for a source whose evidence is enough.
    #[cold]
    pub(crate) fn open(&mut self, slot: Slot, time_ns: Nanoseconds) {
        if self.give_tally(slot).is_none() {
            return;
        }
        let Some(source) = self.table.get(slot) else { return };
        let id = scan_id(source.key, source.first_seen_ns);
        let mut scan = Scan::new(id, time_ns);
        scan.was_acquainted = source.is_acquainted();
        let first_seen_ns = source.first_seen_ns;
        let Some(tally) = self.tally_of(slot) else { return };
        for contact in tally.listed.iter().filter(|contact| contact.rule.nats() > 0.0) {
            scan.add_part(Part::of(contact, first_seen_ns));
        }
        tally.scan = Some(Box::new(scan));
        self.note_scan_opened(slot);
        self.counters.scans_opened += 1;
        self.say(slot, Event::Opened, None, time_ns);
        self.schedule_look(slot);
    }

    /// Note when a scan is looked at next: to close it, or to tell its totals.
    fn schedule_look(&mut self, slot: Slot) {
        let progress_ns =
            self.tally_of(slot).and_then(|tally| tally.scan.as_ref()).map_or(0, |scan| scan.progress.due_ns);
        self.next_look_ns = self.next_look_ns.min(self.closing_time_ns(slot)).min(progress_ns);
    }

    /// When a scan closes if nothing more comes.
    pub(crate) fn closing_time_ns(&self, slot: Slot) -> Nanoseconds {
        let Some(source) = self.table.get(slot) else { return self.now_ns };
        let median_gap_ns =
            self.tallies.get(source.tally as usize).and_then(Option::as_ref).map_or(0, |tally| tally.median_gap_ns());
        close_deadline_ns(source.last_seen_ns, median_gap_ns)
    }

    /// Look at an open scan again, now and then; say what changed.
    #[inline]
    pub(crate) fn review(&mut self, slot: Slot, time_ns: Nanoseconds) {
        let Some(source) = self.table.get(slot) else { return };
        let (techniques, probes, is_verified) = (source.techniques, source.probes, source.is_verified);
        let Some(scan) = self.tally_of(slot).and_then(|tally| tally.scan.as_mut()) else { return };
        let is_due = probes >= scan.review_at || techniques != scan.reviewed || is_verified != scan.said.is_verified;
        if is_due {
            scan.review_at = probes.saturating_mul(2).max(8);
            scan.reviewed = techniques;
            self.update(slot, time_ns);
        }
    }

    /// Tell the totals of a scan that goes on. What counts as told does not change: when totals are told depends on how long
    /// somebody watches, and what else is told must not.
    pub(crate) fn tell_progress(&mut self, slot: Slot, time_ns: Nanoseconds) {
        let Some(source) = self.table.get(slot) else { return };
        let (probes, is_member) = (source.probes, source.group != NO_GROUP);
        let Some(scan) = self.tally_of(slot).and_then(|tally| tally.scan.as_mut()) else { return };
        if scan.progress.is_news(time_ns, probes.into()) && !is_member {
            self.state(slot, Event::Updated, Some(String::from(PROGRESS)), time_ns);
        }
    }

    #[cold]
    pub(crate) fn update(&mut self, slot: Slot, time_ns: Nanoseconds) {
        let Some(now) = self.facts(slot) else { return };
        let Some(scan) = self.tally_of(slot).and_then(|tally| tally.scan.as_mut()) else { return };
        if now == scan.said || scan.updates >= UPDATES_AT_MOST {
            return;
        }
        let Some(reason) = reason_for(&scan.said, &now) else { return };
        scan.updates += 1;
        self.say(slot, Event::Updated, Some(reason), time_ns);
    }

    /// Close a source's scan, if it has one, and give its tally back.
    #[cold]
    pub(crate) fn close(&mut self, slot: Slot, time_ns: Nanoseconds) {
        if self.tally_of(slot).is_some_and(|tally| tally.scan.is_some()) {
            self.say(slot, Event::Closed, None, time_ns);
            self.counters.scans_closed += 1;
        }
        let Some(source) = self.table.get_mut(slot) else { return };
        let index = std::mem::replace(&mut source.tally, NO_TALLY);
        // What was a scan is over: a new one needs new evidence, and old contacts stay known through the services only.
        source.evidence = super::stacks::Stacks::NONE;
        source.probes = 0;
        source.outcomes = super::source::Outcomes::default();
        source.techniques = TechniqueSet(0);
        source.contact_count = 0;
        let last_seen_ns = source.last_seen_ns;
        source.first_seen_ns = last_seen_ns.saturating_add(1);
        source.last_contact_ns = 0;
        source.generation = source.generation.wrapping_add(1);
        if let Some(place) = self.tallies.get_mut(index as usize)
            && let Some(mut tally) = place.take()
        {
            tally.dissolve(&mut self.pages);
            self.free_tallies.push(index);
        }
    }

    /// Say that a scan now belongs to a group.
    pub(crate) fn say_folded(&mut self, slot: Slot, time_ns: Nanoseconds) {
        self.say(slot, Event::Updated, Some(String::from("part of a group")), time_ns);
    }

    fn say(&mut self, slot: Slot, event: Event, reason: Option<String>, time_ns: Nanoseconds) {
        let Some(said) = self.state(slot, event, reason, time_ns) else { return };
        if let Some(scan) = self.tally_of(slot).and_then(|tally| tally.scan.as_mut()) {
            scan.said = said;
        }
    }

    /// Give a record out; return the facts in it.
    fn state(&mut self, slot: Slot, event: Event, reason: Option<String>, time_ns: Nanoseconds) -> Option<Said> {
        let said = self.facts(slot)?;
        let mut scratch = std::mem::take(&mut self.scratch);
        let record = self.record(slot, event, reason, time_ns, &said);
        let written = record.map(|record| (record.probes, record.write(&mut scratch)));
        scratch.shrink_to(SCRATCH_BYTES);
        self.scratch = scratch;
        let (probes, json) = written?;
        if let Some(json) = json {
            self.emit(json);
        }
        if let Some(scan) = self.tally_of(slot).and_then(|tally| tally.scan.as_mut()) {
            scan.progress.note(probes);
        }
        Some(said)
    }

    /// The facts whose change is worth an update.
    fn facts(&self, slot: Slot) -> Option<Said> {
        let source = self.table.get(slot)?;
        let tally = self.tallies.get(source.tally as usize)?.as_ref()?;
        let (ports, targets) = tally.extent(&self.pages);
        let techniques = techniques_of(source);
        let stages = stages_of(source);
        let tricks = self.tricks_of(source, tally);
        Some(Said {
            techniques,
            pattern: Some(Pattern::of(ports, targets)),
            severity: severity(Gravity {
                techniques,
                probes: source.probes,
                has_learnt_open: !tally.open_ports.is_empty(),
                is_verified: source.is_verified,
                has_later_stage: stages != 0,
                tricks,
            }),
            tool: source.marks.tool().map(|tool| tool.name),
            is_verified: source.is_verified,
            stages,
            tricks,
        })
    }

    fn record(
        &self,
        slot: Slot,
        event: Event,
        reason: Option<String>,
        time_ns: Nanoseconds,
        said: &Said,
    ) -> Option<ScanRecord<'_>> {
        let source = self.table.get(slot)?;
        let tally = self.tallies.get(source.tally as usize)?.as_ref()?;
        let scan = tally.scan.as_ref()?;
        let is_v4 = source.key.is_v4();
        Some(ScanRecord {
            event,
            id: id_text(scan.id),
            time: rfc3339(time_ns),
            first_seen: rfc3339(source.first_seen_ns),
            last_seen: rfc3339(source.last_seen_ns),
            source: SourceRecord {
                address: Some(source.address().to_string()),
                prefix: Some(format!("{}/{}", source.key, source.key_bits())),
                members: Vec::new(),
                verified: source.is_verified,
                acquainted: scan.was_acquainted,
            },
            group: None,
            part_of: scan.part_of.map(id_text),
            targets: self.target_records(tally.touched(&self.pages, TARGETS_LISTED), is_v4, reason.as_deref()),
            reason,
            techniques: said.techniques.names().collect(),
            stages: stage_names(said.stages),
            tricks: said.tricks.names().collect(),
            pattern: said.pattern.map_or("vertical", Pattern::name),
            pace: pace(tally.median_gap_ns()),
            outcomes: OutcomesRecord {
                open: source.outcomes.open.into(),
                closed: source.outcomes.closed.into(),
                filtered: source.outcomes.filtered.into(),
                unknown: source.outcomes.unknown.into(),
            },
            learnt_open: self.target_records(learnt_open(tally), is_v4, None),
            probes: source.probes.into(),
            packets: source.packets.into(),
            evidence: EvidenceRecord {
                nats: rounded(source.evidence.nats()),
                threshold: rounded(self.threshold_nats),
                parts: scan.parts.iter().map(|part| self.part_record(part, is_v4)).collect(),
                parts_left_out: scan.parts_left_out,
            },
            severity: said.severity,
            tool: source.marks.tool(),
            attack: attack_ids(said),
            sensor: &self.sensor,
        })
    }

    /// What was touched, target by target. Half-way through a scan in random order that would be a list of thirty thousand
    /// ranges, of which totals say nothing more: there it is shortened. When the scan closes, it is exact.
    pub(crate) fn target_records(&self, map: TargetMap, is_v4: bool, reason: Option<&str>) -> Vec<TargetRecord> {
        let may_round = reason == Some(PROGRESS);
        map.into_iter()
            .map(|(target, mut spaces)| TargetRecord {
                address: self.targets.address(target, is_v4).to_string(),
                rounded: may_round && spaces.values_mut().fold(false, |is_any, ports| ports.shorten() | is_any),
                ranges: spaces
                    .into_iter()
                    .filter(|(space, _)| *space != PortSpace::Arp)
                    .map(|(space, ports)| (space.name(), ports))
                    .collect::<BTreeMap<_, _>>(),
            })
            .collect()
    }

    pub(crate) fn part_record(&self, part: &Part, is_v4: bool) -> PartRecord {
        let (rule, _) = part.rule.name_and_nats();
        let target = self.targets.address(part.target, is_v4);
        PartRecord {
            rule,
            contact: ContactText { class: part.class, port: part.port, target },
            outcome: outcome_name(part.outcome),
            nats: rounded(self.nats_of(part.rule)),
            time: rfc3339(part.time_ns),
            source: None,
            source_port: (has_ports(part.class) && part.source_port != 0).then_some(part.source_port),
        }
    }
}

/// Whether probes of a class come from a port.
const fn has_ports(class: ProbeClass) -> bool {
    matches!(class.space(), PortSpace::Tcp | PortSpace::Udp | PortSpace::Sctp)
}

/// The open ports a source saw, by target; an echoed ping is no port.
fn learnt_open(tally: &Tally) -> TargetMap {
    let mut map = TargetMap::new();
    for &(target, space, port) in tally.open_ports.iter().filter(|(_, space, _)| *space <= PortSpace::Sctp) {
        if map.len() < TARGETS_LISTED || map.contains_key(&target) {
            map.entry(target).or_default().entry(space).or_default().push(port);
        }
    }
    map
}

pub(crate) const fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pending | Outcome::Unknown => "unknown",
        Outcome::Open => "open",
        Outcome::Closed => "closed",
        Outcome::Filtered => "filtered",
    }
}

/// The identifier of a scan: the same in every run over the same packets.
pub(crate) fn scan_id(key: Address, first_seen_ns: Nanoseconds) -> u64 {
    public_hash(public_hash(key.0 as u64, (key.0 >> 64) as u64), first_seen_ns)
}

pub(crate) fn id_text(id: u64) -> String {
    format!("sw-{id:016x}")
}

/// The techniques of a source: a SYN alone may belong to either of two, its stack and its end tell which.
pub(crate) fn techniques_of(source: &Source) -> TechniqueSet {
    let mut techniques = source.techniques;
    if techniques.has(TechniqueSet::SYN) {
        let (crafted, system) = (source.marks.crafted_syns(), source.marks.system_syns());
        let is_connect = source.completed > 0 || (system > 0 && source.half_open == 0);
        let is_syn = crafted > 0 || source.half_open > 0 || !is_connect;
        if !is_syn {
            techniques = techniques.without(TechniqueSet::SYN);
        }
        if is_connect {
            techniques = techniques.with(TechniqueSet::CONNECT);
        }
    }
    if source.marks.foreign_resets >= FOREIGN_RESETS {
        techniques = techniques.with(TechniqueSet::IDLE);
    }
    techniques
}

/// Version detection talks to the ports a SYN scan found; OS detection sends probes of its own.
fn stages_of(source: &Source) -> u8 {
    let has_syn_scan = source.marks.crafted_syns() > 0;
    let version = if has_syn_scan && source.completed > 0 { STAGE_VERSION } else { 0 };
    let os = if source.marks.has_os_probe() { STAGE_OS } else { 0 };
    version | os
}

fn stage_names(stages: u8) -> Vec<&'static str> {
    let mut names = vec!["ports"];
    if stages & STAGE_VERSION != 0 {
        names.push("version");
    }
    if stages & STAGE_OS != 0 {
        names.push("os");
    }
    names
}

/// ATT&CK: T1046 network service discovery; T1595.001 scanning IP blocks, for sweeps over hosts.
fn attack_ids(said: &Said) -> Vec<&'static str> {
    match said.pattern {
        Some(Pattern::Vertical) | None => vec!["T1046"],
        Some(_) => vec!["T1046", "T1595.001"],
    }
}

/// Say in words what changed since the latest record.
fn reason_for(before: &Said, now: &Said) -> Option<String> {
    let mut reasons = Vec::new();
    let new = now.techniques.without(before.techniques);
    if new != TechniqueSet(0) {
        reasons.push(format!("technique {}", new.names().collect::<Vec<_>>().join(", ")));
    }
    if now.stages & !before.stages != 0 {
        reasons.push(format!("stage {}", stage_names(now.stages & !before.stages).split_off(1).join(", ")));
    }
    if now.pattern != before.pattern {
        reasons.push(format!("pattern {}", now.pattern.map_or("vertical", Pattern::name)));
    }
    let tricks = now.tricks.without(before.tricks);
    if !tricks.is_empty() {
        reasons.push(format!("trick {}", tricks.names().collect::<Vec<_>>().join(", ")));
    }
    if now.severity > before.severity {
        reasons.push(format!("severity {}", now.severity));
    }
    if let Some(tool) = now.tool
        && now.tool != before.tool
    {
        reasons.push(format!("tool {tool}"));
    }
    if now.is_verified && !before.is_verified {
        reasons.push(String::from("source verified"));
    }
    if reasons.is_empty() { None } else { Some(reasons.join("; ")) }
}
