//! Who comes to a port after a scan has learnt that it is open.
//!
//! The break-in often comes from another address than the scan. A source that was never seen, and that in its first
//! seconds touches nothing here but one port which a scan learnt within a week, is worth a notice. A port that strangers
//! used before it was learnt is a public service and tells nothing; so does one that three have come to since.

use super::contact::PortSpace;
use super::describe::id_text;
use super::engine::{Detector, NANOSECONDS_A_SECOND};
use super::hash::public_hash;
use super::json::to_json;
use super::port_set::PortSet;
use super::record::{NoticeRecord, SourceRecord, TargetRecord};
use super::source::{Contact, NO_GROUP, Source};
use super::table::Slot;
use super::time_text::rfc3339;
use crate::address::Address;
use crate::packet::Nanoseconds;
use std::collections::BTreeMap;

/// Open ports that are remembered; without room the one used longest ago goes.
const PORTS: usize = 512;
/// Places of ports remembered by their hash.
const PLACES: usize = 1024;
/// How long what was learnt is news.
const MEMORY_S: u64 = 7 * 86_400;
/// From so many strangers on, by day and halved each day, a port is public.
const FAMILIAR: u16 = 3;
const DAY_S: u64 = 86_400;
/// A scanner goes on to its next port in this time; without room a visit is not judged.
const WAIT_S: u64 = 10;
const WAITING: usize = 64;

#[derive(Clone, Copy, Debug)]
struct OpenPort {
    target: Address,
    space: PortSpace,
    port: u16,
    strangers: u16,
    day: u64,
    learnt_s: Option<u64>,
    used_s: u64,
}

/// A stranger that has touched one port so far.
#[derive(Clone, Copy, Debug)]
struct Visit {
    slot: Slot,
    generation: u32,
    port: OpenPort,
    due_s: u64,
}

/// Who came.
struct Came {
    address: Address,
    prefix: String,
    first_seen_ns: Nanoseconds,
    is_verified: bool,
}

impl Came {
    fn of(source: &Source) -> Self {
        Self {
            address: source.address(),
            prefix: format!("{}/{}", source.key, source.key_bits()),
            first_seen_ns: source.first_seen_ns,
            is_verified: source.is_verified,
        }
    }
}

/// The open ports of ours that strangers or scans have met.
#[derive(Debug)]
pub(crate) struct LearntPorts {
    ports: Vec<OpenPort>,
    /// Where the latest port with these bits of its hash is, so that busy ports are found at once.
    places: [u16; PLACES],
    visits: Vec<Visit>,
}

impl Default for LearntPorts {
    fn default() -> Self {
        Self { ports: Vec::new(), places: [0; PLACES], visits: Vec::new() }
    }
}

impl LearntPorts {
    /// Find a port or make room for it; `hash` is that of the port.
    fn touch(
        &mut self,
        hash: u64,
        (target, space, port): (Address, PortSpace, u16),
        now_s: u64,
    ) -> Option<&mut OpenPort> {
        let is_it = |one: &OpenPort| one.port == port && one.space == space && one.target == target;
        let place = self.places.get_mut(hash as usize % PLACES)?;
        let index = if self.ports.get(usize::from(*place)).is_some_and(is_it) {
            usize::from(*place)
        } else if let Some(index) = self.ports.iter().position(is_it) {
            index
        } else {
            let fresh =
                OpenPort { target, space, port, strangers: 0, day: now_s / DAY_S, learnt_s: None, used_s: now_s };
            let mut index = self.ports.len();
            if index < PORTS {
                self.ports.push(fresh);
            } else {
                let oldest = self.ports.iter().enumerate().min_by_key(|(_, one)| one.used_s);
                index = oldest.map_or(0, |(at, _)| at);
                *self.ports.get_mut(index)? = fresh;
            }
            index
        };
        *place = index as u16;
        let found = self.ports.get_mut(index)?;
        found.used_s = now_s;
        let days = (now_s / DAY_S).saturating_sub(found.day).min(16);
        found.strangers >>= days;
        found.day = now_s / DAY_S;
        Some(found)
    }
}

impl Detector {
    /// A contact turned out to be with an open port: of a scan, or of a stranger who may be worth a look.
    pub(crate) fn note_open_contact(&mut self, slot: Slot, contact: &Contact) {
        let space = contact.class.space();
        if !matches!(space, PortSpace::Tcp | PortSpace::Udp | PortSpace::Sctp) {
            return;
        }
        let Some(source) = self.table.get(slot) else { return };
        let (probes, group, generation, is_v4) = (source.probes, source.group, source.generation, source.key.is_v4());
        let target = self.targets.address(contact.target, is_v4);
        let is_scan = self.tally_of(slot).is_some_and(|tally| tally.scan.is_some());
        let (now_s, hash) = (self.now_s, self.hash.service(target, contact.port, space as u8));
        if is_scan {
            if let Some(known) = self.learnt.touch(hash, (target, space, contact.port), now_s) {
                known.learnt_s = Some(now_s);
            }
        } else if probes == 1 && group == NO_GROUP && !self.flood.is_on {
            let Some(known) = self.learnt.touch(hash, (target, space, contact.port), now_s) else { return };
            let is_news = known.learnt_s.is_some_and(|at| now_s.saturating_sub(at) <= MEMORY_S);
            let is_public = known.strangers >= FAMILIAR;
            known.strangers = known.strangers.saturating_add(1);
            let port = *known;
            if is_news && !is_public && self.learnt.visits.len() < WAITING {
                self.learnt.visits.push(Visit { slot, generation, port, due_s: now_s + WAIT_S });
            }
        }
    }

    /// A scan has opened: what its source met before is learnt as well.
    pub(crate) fn note_scan_opened(&mut self, slot: Slot) {
        let Some(source) = self.table.get(slot) else { return };
        let is_v4 = source.key.is_v4();
        let Some(tally) = self.tally_of(slot) else { return };
        let open = tally.open_ports.clone();
        for (target, space, port) in open {
            let target = self.targets.address(target, is_v4);
            let (now_s, hash) = (self.now_s, self.hash.service(target, port, space as u8));
            if let Some(known) = self.learnt.touch(hash, (target, space, port), now_s) {
                // The scanner itself was no stranger who uses the port.
                known.strangers = known.strangers.saturating_sub(1);
                known.learnt_s = Some(now_s);
            }
        }
    }

    /// Judge the visits that are old enough: who has touched nothing else since came for that port.
    pub(crate) fn judge_visits(&mut self) {
        let now_s = self.now_s;
        if self.learnt.visits.first().is_none_or(|visit| visit.due_s > now_s) {
            return;
        }
        let visits = std::mem::take(&mut self.learnt.visits);
        for visit in visits {
            if visit.due_s > now_s {
                self.learnt.visits.push(visit);
            } else if let Some(source) = self.table.get(visit.slot)
                && source.generation == visit.generation
                && source.probes == 1
            {
                let came = Came::of(source);
                self.say_visit(&visit.port, came);
            }
        }
    }

    #[cold]
    fn say_visit(&mut self, port: &OpenPort, came: Came) {
        let protocol = match port.space {
            PortSpace::Udp => "udp",
            PortSpace::Sctp => "sctp",
            _ => "tcp",
        };
        let visited_s = came.first_seen_ns / NANOSECONDS_A_SECOND;
        let ago_s = visited_s.saturating_sub(port.learnt_s.unwrap_or(visited_s));
        let text = format!(
            "{}, never seen before, came for {}/{protocol} of {} alone, which a scan learnt to be open {} before",
            came.address,
            port.port,
            port.target,
            span_text(ago_s)
        );
        let record = NoticeRecord {
            event: "notice",
            id: id_text(public_hash(came.first_seen_ns, came.address.0 as u64)),
            time: rfc3339(self.now_ns),
            kind: "learnt_then_used",
            source: Some(SourceRecord {
                address: Some(came.address.to_string()),
                prefix: Some(came.prefix),
                members: Vec::new(),
                verified: came.is_verified,
                acquainted: false,
            }),
            targets: vec![TargetRecord {
                address: port.target.to_string(),
                rounded: false,
                ranges: BTreeMap::from([(protocol, PortSet::from(vec![port.port]))]),
            }],
            text,
            counts: BTreeMap::from([("learnt_ago_s", ago_s)]),
            sensor: &self.sensor,
        };
        if let Some(json) = to_json(&record) {
            self.emit(json);
        }
    }
}

/// A length of time as people say it.
fn span_text(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}
