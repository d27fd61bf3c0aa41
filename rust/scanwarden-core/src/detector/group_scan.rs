//! Opening, joining and closing groups, and what is said of them.

use super::contact::{PortSpace, TechniqueSet};
use super::describe::{PROGRESS, id_text, techniques_of};
use super::engine::Detector;
use super::groups::{
    Group, GroupKind, PROGRAM_NOT_SHOWN, Rotation, Tenant, are_decoys_of_each_other, decoys, distributed,
    rotation_prefix, window_ns,
};
use super::hash::public_hash;
use super::json::to_json;
use super::port_set::PortSet;
use super::record::{
    Event, EvidenceRecord, MemberRecord, OutcomesRecord, PartRecord, ScanRecord, SourceRecord, rounded,
};
use super::scan::{Gravity, Part, Pattern, Progress, TargetMap, close_deadline_ns, pace, severity};
use super::source::{Contact, NO_GROUP, NO_TALLY, Source};
use super::table::Slot;
use super::time_text::rfc3339;
use crate::address::Address;
use crate::packet::Nanoseconds;
use crate::tricks::Tricks;
use std::collections::BTreeMap;

/// A prefix that was silent for this long starts anew.
const ROTATION_MEMORY_S: u32 = 600;
const TARGETS_LISTED: usize = 256;

/// What a group's record sums up over its members.
#[derive(Default)]
struct Sum {
    members: Vec<MemberRecord>,
    techniques: TechniqueSet,
    outcomes: OutcomesRecord,
    probes: u64,
    packets: u64,
    nats: f64,
    targets: TargetMap,
    open: TargetMap,
    is_v4: bool,
    is_verified: bool,
    tool: Option<super::fingerprint::Tool>,
    median_gap_ns: Nanoseconds,
    tricks: Tricks,
}

impl Detector {
    /// Before a source opens: does it act with others? True when it became a member instead.
    pub(crate) fn joins_a_group(&mut self, slot: Slot, time_ns: Nanoseconds) -> bool {
        if let Some(index) = self.open_group_for(slot) {
            self.join(index, slot, time_ns);
            return true;
        }
        self.open_decoys(slot, time_ns) || self.open_distributed(slot, time_ns)
    }

    /// An open group that this source's contacts belong to.
    fn open_group_for(&self, slot: Slot) -> Option<u8> {
        let source = self.table.get(slot)?;
        let contacts = self.contacts_listed(source);
        self.groups.iter().find_map(|(index, group)| {
            let is_member = match group.kind {
                GroupKind::Decoys => group.members.iter().take(8).any(|member| {
                    self.tenant(*member)
                        .is_some_and(|other| are_decoys_of_each_other(&contacts, &self.contacts_listed(other)))
                }),
                GroupKind::Distributed => {
                    group.signature == source.evidence.make
                        && group.last_seen_ns + window_ns(GroupKind::Distributed) >= source.last_seen_ns
                        && !self.repeats_the_work(&contacts, group)
                }
                GroupKind::Rotation => group.prefix == Some(rotation_prefix(source)),
            };
            is_member.then_some(index)
        })
    }

    /// Whether a source mostly repeats what members did, on their targets; sharing work means doing other work.
    fn repeats_the_work(&self, contacts: &[Contact], group: &Group) -> bool {
        let done: Vec<Contact> = group
            .members
            .iter()
            .filter_map(|member| self.tenant(*member))
            .flat_map(|other| self.contacts_listed(other))
            .collect();
        let is_elsewhere = !contacts.iter().any(|contact| done.iter().any(|other| other.target == contact.target));
        let repeated = contacts.iter().filter(|a| done.iter().any(|b| a.is(b.target, b.port, b.class))).count();
        is_elsewhere || repeated * 3 > contacts.len()
    }

    fn open_decoys(&mut self, slot: Slot, time_ns: Nanoseconds) -> bool {
        let Some((contacts, others)) = self.candidates(slot, GroupKind::Decoys, time_ns) else { return false };
        match decoys(&contacts, &others) {
            Some(members) => self.open_group(GroupKind::Decoys, slot, &members, time_ns),
            None => false,
        }
    }

    fn open_distributed(&mut self, slot: Slot, time_ns: Nanoseconds) -> bool {
        let signature = self.table.get(slot).map_or(0, |source| source.evidence.make);
        if signature == PROGRAM_NOT_SHOWN {
            return false;
        }
        let Some((contacts, mut others)) = self.candidates(slot, GroupKind::Distributed, time_ns) else { return false };
        others.retain(|(tenant, _)| self.tenant(*tenant).is_some_and(|other| other.evidence.make == signature));
        match distributed(&contacts, &others) {
            Some(members) => {
                let kind = if self.take_turns(slot, &members) { GroupKind::Rotation } else { GroupKind::Distributed };
                self.open_group(kind, slot, &members, time_ns)
            }
            None => false,
        }
    }

    /// Whether sources of one prefix come one after the other: one scanner that changes its address.
    fn take_turns(&self, slot: Slot, members: &[Tenant]) -> bool {
        let Some(source) = self.table.get(slot) else { return false };
        let mut all: Vec<&Source> = members.iter().filter_map(|member| self.tenant(*member)).chain([source]).collect();
        let is_one_prefix = all.iter().all(|other| rotation_prefix(other) == rotation_prefix(source));
        all.sort_by_key(|other| other.first_seen_ns);
        is_one_prefix && all.windows(2).all(|pair| matches!(pair, [a, b] if a.last_contact_ns <= b.first_seen_ns))
    }

    /// Half of the way to a scan of its own, a source may already be one of many that share the work.
    #[cold]
    pub(crate) fn consider_distributed(&mut self, slot: Slot, time_ns: Nanoseconds) {
        if time_ns < self.next_group_test_ns {
            return;
        }
        self.next_group_test_ns = time_ns + 50_000_000;
        if let Some(index) = self.open_group_for(slot) {
            if self.groups.get(index).is_some_and(|group| group.kind == GroupKind::Distributed) {
                self.join(index, slot, time_ns);
            }
            return;
        }
        self.open_distributed(slot, time_ns);
    }

    /// One more refused contact of an address: does its prefix go through its addresses?
    pub(crate) fn consider_rotation(&mut self, slot: Slot, contact: &Contact, time_ns: Nanoseconds) {
        let now_s = self.now_s();
        let Some(source) = self.table.get(slot) else { return };
        let (prefix, bits) = rotation_prefix(source);
        let is_known = |group: &Group| group.kind == GroupKind::Rotation && group.prefix == Some((prefix, bits));
        let open = self.groups.iter().find(|(_, group)| is_known(group)).map(|(index, _)| index);
        if let Some(index) = open {
            self.join(index, slot, time_ns);
            return;
        }
        let prefix_hash = self.hash.pair(self.hash.address(prefix), u64::from(bits));
        let contact_hash = self
            .hash
            .pair(prefix_hash, u64::from(contact.target) << 24 | u64::from(contact.port) << 8 | contact.class as u64);
        let is_overlap =
            self.prefix_contacts.get(contact_hash, now_s).is_some_and(|seen| seen.age_s < ROTATION_MEMORY_S);
        self.prefix_contacts.put(contact_hash, now_s, 0, 0);
        let known = self.prefixes.get(prefix_hash, now_s).filter(|known| known.age_s < ROTATION_MEMORY_S);
        let address = self.hash.address(source.key) as u32;
        let mut rotation = Rotation::unpack(known.map_or(0, |known| known.first));
        let is_same_address = known.is_some_and(|known| known.second == address);
        rotation.contacts = rotation.contacts.saturating_add(1);
        rotation.overlaps = rotation.overlaps.saturating_add(u8::from(is_overlap));
        if !is_same_address {
            let is_return = source.probes > 1 && known.is_some();
            rotation.returns = rotation.returns.saturating_add(u8::from(is_return));
            rotation.addresses = rotation.addresses.saturating_add(u8::from(!is_return));
        }
        self.prefixes.put(prefix_hash, now_s, rotation.pack(), address);
        if rotation.is_one_scanner() && self.group_of(slot).is_none() {
            self.open_rotation(slot, time_ns);
        }
    }

    #[cold]
    fn open_rotation(&mut self, slot: Slot, time_ns: Nanoseconds) {
        if let Some(index) = self.open_group_for(slot) {
            self.join(index, slot, time_ns);
            return;
        }
        let Some(source) = self.table.get(slot) else { return };
        let prefix = rotation_prefix(source);
        let members: Vec<Tenant> = self
            .groups
            .lately(time_ns.saturating_sub(window_ns(GroupKind::Rotation)))
            .into_iter()
            .filter(|tenant| {
                tenant.slot != slot && self.tenant(*tenant).is_some_and(|other| rotation_prefix(other) == prefix)
            })
            .collect();
        self.open_group(GroupKind::Rotation, slot, &members, time_ns);
    }

    /// The contacts of a source and of the others that touched its latest target.
    #[expect(clippy::type_complexity, reason = "used once, next to its definition")]
    fn candidates(
        &self,
        slot: Slot,
        kind: GroupKind,
        time_ns: Nanoseconds,
    ) -> Option<(Vec<Contact>, Vec<(Tenant, Vec<Contact>)>)> {
        let source = self.table.get(slot)?;
        let contacts = self.contacts_listed(source);
        let target = contacts.last()?.target;
        let others = self
            .groups
            .others(slot, target, time_ns.saturating_sub(window_ns(kind)))
            .into_iter()
            .filter_map(|tenant| {
                let other = self.tenant(tenant)?;
                (other.group == NO_GROUP).then(|| (tenant, self.contacts_listed(other)))
            })
            .collect();
        Some((contacts, others))
    }

    fn contacts_listed(&self, source: &Source) -> Vec<Contact> {
        if source.tally == NO_TALLY {
            return source.inline_contacts().to_vec();
        }
        let Some(tally) = self.tallies.get(source.tally as usize).and_then(Option::as_ref) else { return Vec::new() };
        let is_new = |first: &&Contact| !tally.listed.iter().any(|kept| kept.is(first.target, first.port, first.class));
        // Those that have a page are listed no more, and pages know no source ports.
        source.first_contacts().filter(is_new).chain(&tally.listed).copied().collect()
    }

    fn tenant(&self, tenant: Tenant) -> Option<&Source> {
        self.table.get(tenant.slot).filter(|source| source.generation == tenant.generation)
    }

    pub(crate) fn group_of(&self, slot: Slot) -> Option<u8> {
        self.table.get(slot).map(|source| source.group).filter(|group| *group != NO_GROUP)
    }

    fn open_group(&mut self, kind: GroupKind, slot: Slot, others: &[Tenant], time_ns: Nanoseconds) -> bool {
        let Some(source) = self.table.get(slot) else { return false };
        let first_seen_ns = others
            .iter()
            .filter_map(|tenant| self.tenant(*tenant))
            .map(|other| other.first_seen_ns)
            .min()
            .map_or(source.first_seen_ns, |first| first.min(source.first_seen_ns));
        let seed = public_hash(source.key.masked(8).0 as u64, kind as u64);
        let group = Group {
            kind,
            id: public_hash(seed, first_seen_ns),
            members: Vec::new(),
            unlisted: 0,
            prefix: (kind == GroupKind::Rotation).then(|| rotation_prefix(source)),
            first_seen_ns,
            last_seen_ns: source.last_seen_ns,
            signature: source.evidence.make,
            next_update_at: usize::MAX,
            had_verified: false,
            progress: Progress::since(time_ns),
            parts: Vec::new(),
        };
        let own = Tenant { slot, generation: source.generation };
        let Some(index) = self.groups.open(group) else { return false };
        for tenant in others.iter().copied().chain([own]) {
            self.enrol(index, tenant);
        }
        if let Some(group) = self.groups.get_mut(index) {
            group.next_update_at = group.members.len() * 2;
        }
        self.counters.scans_opened += 1;
        self.say_group(index, Event::Opened, None, time_ns);
        self.fold_scans(index, time_ns);
        let deadline_ns = self.group_deadline_ns(index);
        self.next_look_ns = self.next_look_ns.min(deadline_ns).min(Progress::since(time_ns).due_ns);
        true
    }

    fn enrol(&mut self, index: u8, tenant: Tenant) -> bool {
        let _ = self.give_tally(tenant.slot);
        let Some(source) = self.table.get_mut(tenant.slot).filter(|source| source.generation == tenant.generation)
        else {
            return false;
        };
        source.group = index;
        let source = *source;
        self.leads.forget_all();
        let contacts = self.contacts_listed(&source);
        let Some(group) = self.groups.get_mut(index) else { return false };
        group.keep_parts(&source, &contacts);
        group.add(tenant)
    }

    fn join(&mut self, index: u8, slot: Slot, time_ns: Nanoseconds) {
        let Some(source) = self.table.get(slot) else { return };
        let tenant = Tenant { slot, generation: source.generation };
        if source.group == index {
            return;
        }
        if self.enrol(index, tenant) {
            let members = self.groups.get(index).map_or(0, |group| group.members.len());
            self.say_group(index, Event::Updated, Some(format!("{members} members")), time_ns);
        }
    }

    /// Members that were reported on their own before now belong to the group.
    fn fold_scans(&mut self, index: u8, time_ns: Nanoseconds) {
        let Some(group) = self.groups.get(index) else { return };
        let (id, members) = (group.id, group.members.clone());
        for member in members {
            let is_open =
                self.tally_of(member.slot).and_then(|tally| tally.scan.as_mut()).map(|scan| scan.part_of = Some(id));
            if is_open.is_some() {
                self.say_folded(member.slot, time_ns);
            }
        }
    }

    /// A contact of a member: the group goes on.
    #[inline]
    pub(crate) fn touch_group(&mut self, index: u8, slot: Slot, time_ns: Nanoseconds) {
        let is_verified = self.table.get(slot).is_some_and(|source| source.is_verified);
        let Some(group) = self.groups.get_mut(index) else { return };
        group.last_seen_ns = group.last_seen_ns.max(time_ns);
        if is_verified && !group.had_verified {
            group.had_verified = true;
            self.say_group(index, Event::Updated, Some(String::from("a member is verified")), time_ns);
        }
    }

    pub(crate) fn group_deadline_ns(&self, index: u8) -> Nanoseconds {
        self.groups.get(index).map_or(Nanoseconds::MAX, |group| {
            let gap_ns = group.last_seen_ns.saturating_sub(group.first_seen_ns) / (group.members.len() as u64).max(1);
            close_deadline_ns(group.last_seen_ns, gap_ns)
        })
    }

    /// Close a group and let its members go.
    pub(crate) fn close_group(&mut self, index: u8, time_ns: Nanoseconds) {
        self.say_group(index, Event::Closed, None, time_ns);
        self.counters.scans_closed += 1;
        let Some(group) = self.groups.take(index) else { return };
        for member in group.members {
            if self.tenant(member).is_some() {
                if let Some(source) = self.table.get_mut(member.slot) {
                    source.group = NO_GROUP;
                }
                self.close(member.slot, time_ns);
            }
        }
    }

    /// Close the groups that were silent for too long, and tell the totals of those that go on.
    pub(crate) fn look_at_groups(&mut self, due_ns: Nanoseconds) {
        let groups: Vec<u8> = self.groups.iter().map(|(index, _)| index).collect();
        for index in groups {
            let deadline_ns = self.group_deadline_ns(index);
            if deadline_ns <= due_ns {
                self.close_group(index, deadline_ns);
            } else if self.groups.get(index).is_some_and(|group| group.progress.due_ns <= due_ns) {
                self.tell_group_progress(index, due_ns);
            }
        }
    }

    fn tell_group_progress(&mut self, index: u8, time_ns: Nanoseconds) {
        let probes = self.probes_of_group(index);
        let is_news = self.groups.get_mut(index).is_some_and(|group| group.progress.is_news(time_ns, probes));
        if is_news {
            self.say_group(index, Event::Updated, Some(String::from(PROGRESS)), time_ns);
        }
    }

    fn probes_of_group(&self, index: u8) -> u64 {
        let members = self.groups.get(index).map_or(&[][..], |group| &group.members);
        members.iter().filter_map(|member| self.tenant(*member)).map(|source| u64::from(source.probes)).sum()
    }

    fn say_group(&mut self, index: u8, event: Event, reason: Option<String>, time_ns: Nanoseconds) {
        let Some(group) = self.groups.get(index) else { return };
        let record = self.group_record(group, event, reason, time_ns);
        let probes = record.probes;
        if let Some(json) = to_json(&record) {
            self.emit(json);
        }
        if let Some(group) = self.groups.get_mut(index) {
            group.progress.note(probes);
        }
    }

    fn sum_up(&self, group: &Group) -> Sum {
        let mut sum = Sum::default();
        let mut members: Vec<&Source> = group.members.iter().filter_map(|member| self.tenant(*member)).collect();
        members.sort_by_key(|source| (source.first_seen_ns, source.key));
        for source in members {
            sum.is_v4 = source.key.is_v4();
            sum.members.push(MemberRecord {
                address: source.address().to_string(),
                verified: source.is_verified,
                acquainted: source.is_acquainted(),
            });
            sum.is_verified |= source.is_verified;
            sum.techniques = sum.techniques.with(techniques_of(source));
            sum.outcomes.open += u64::from(source.outcomes.open);
            sum.outcomes.closed += u64::from(source.outcomes.closed);
            sum.outcomes.filtered += u64::from(source.outcomes.filtered);
            sum.outcomes.unknown += u64::from(source.outcomes.unknown);
            sum.probes += u64::from(source.probes);
            sum.packets += u64::from(source.packets);
            sum.nats += f64::from(source.evidence.nats());
            sum.tool = sum.tool.or_else(|| source.marks.tool());
            let Some(tally) = self.tallies.get(source.tally as usize).and_then(Option::as_ref) else { continue };
            sum.median_gap_ns = sum.median_gap_ns.max(tally.median_gap_ns());
            for (target, spaces) in tally.touched(&self.pages, TARGETS_LISTED) {
                for (space, ports) in spaces {
                    sum.targets.entry(target).or_default().entry(space).or_default().add_all(&ports);
                }
            }
            for &(target, space, port) in &tally.open_ports {
                sum.open.entry(target).or_default().entry(space).or_default().push(port);
            }
            sum.tricks = sum.tricks.with(self.tricks_of(source, tally));
        }
        sum
    }

    /// One contact of a member, for the group's explanation.
    fn member_part(&self, (member, part): &(Address, Part)) -> PartRecord {
        PartRecord { source: Some(member.to_string()), ..self.part_record(part, member.is_v4()) }
    }

    fn group_record(
        &self,
        group: &Group,
        event: Event,
        reason: Option<String>,
        time_ns: Nanoseconds,
    ) -> ScanRecord<'_> {
        let sum = self.sum_up(group);
        let mut ports: BTreeMap<PortSpace, PortSet> = BTreeMap::new();
        for (space, touched) in sum.targets.values().flatten() {
            ports.entry(*space).or_default().add_all(touched);
        }
        let pattern = Pattern::of(ports.values().map(PortSet::count).sum(), sum.targets.len());
        let mut parts: Vec<&(Address, Part)> = group.parts.iter().collect();
        parts.sort_by_key(|(member, part)| (part.time_ns, *member));
        let parts: Vec<PartRecord> = parts.into_iter().map(|part| self.member_part(part)).collect();
        let weighed = sum.outcomes.closed + sum.outcomes.filtered + sum.outcomes.unknown;
        let is_sweep = pattern != Pattern::Vertical;
        ScanRecord {
            event,
            id: id_text(group.id),
            time: rfc3339(time_ns),
            first_seen: rfc3339(group.first_seen_ns),
            last_seen: rfc3339(group.last_seen_ns),
            source: SourceRecord {
                address: None,
                prefix: group.prefix.map(|(prefix, bits)| format!("{prefix}/{bits}")),
                members: sum.members,
                verified: sum.is_verified,
                acquainted: false,
            },
            group: Some(group.kind.name()),
            part_of: None,
            targets: self.target_records(sum.targets, sum.is_v4, reason.as_deref()),
            reason,
            severity: severity(Gravity {
                techniques: sum.techniques,
                probes: u32::try_from(sum.probes).unwrap_or(u32::MAX),
                has_learnt_open: !sum.open.is_empty(),
                is_verified: sum.is_verified,
                has_later_stage: false,
                tricks: sum.tricks,
            }),
            techniques: sum.techniques.names().collect(),
            stages: vec!["ports"],
            tricks: sum.tricks.names().collect(),
            pattern: pattern.name(),
            pace: pace(sum.median_gap_ns),
            outcomes: sum.outcomes,
            learnt_open: self.target_records(sum.open, sum.is_v4, None),
            probes: sum.probes,
            packets: sum.packets,
            evidence: EvidenceRecord {
                nats: rounded(sum.nats as f32),
                threshold: rounded(self.threshold_nats),
                parts_left_out: weighed.saturating_sub(parts.len() as u64),
                parts,
            },
            tool: sum.tool,
            attack: if is_sweep { vec!["T1046", "T1595.001"] } else { vec!["T1046"] },
            sensor: &self.sensor,
        }
    }
}
