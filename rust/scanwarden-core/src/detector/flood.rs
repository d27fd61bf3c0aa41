//! Floods: very many new sources a second. A flood is one notice, not ten thousand scans.
//!
//! While a flood lasts, a scan needs twice the evidence and no new groups are formed: forged sources hit closed ports
//! by chance. A real scanner among them goes on and crosses the higher bar a few packets later.

use super::describe::id_text;
use super::engine::Detector;
use super::hash::public_hash;
use super::json::to_json;
use super::port_set::PortSet;
use super::record::{NoticeRecord, TargetRecord};
use super::time_text::rfc3339;
use crate::address::Address;
use crate::packet::Nanoseconds;
use std::collections::BTreeMap;

/// From this many new sources in one second on, it is a flood: busy sites meet a few hundred.
const NEW_SOURCES_A_SECOND: u32 = 1000;
/// A flood is over after this many seconds below half of that.
const CALM_SECONDS: u64 = 5;
/// Evidence needed while a flood lasts, as a multiple of the usual.
pub(crate) const THRESHOLD_FACTOR: f32 = 2.0;

/// Counts new sources by the second.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FloodWatch {
    second: u64,
    new_sources: u32,
    /// The port most of them came for, by majority vote (Boyer and Moore 1981).
    favourite: (Address, u16),
    votes: u32,
    began_ns: Nanoseconds,
    last_high_second: u64,
    total: u64,
    peak: u32,
    pub(crate) is_on: bool,
}

/// What a finished second changed.
enum Change {
    None,
    Began,
    Ended,
}

impl FloodWatch {
    #[inline]
    fn note(&mut self, target: Address, port: u16) {
        self.new_sources += 1;
        // Without branches: where a flood goes to several ports, nothing here can be foretold.
        self.favourite = if self.votes == 0 { (target, port) } else { self.favourite };
        self.votes = self.votes.wrapping_add(if self.favourite == (target, port) { 1 } else { u32::MAX });
    }

    fn finish_second(&mut self, now_second: u64, now_ns: Nanoseconds) -> Change {
        let finished = std::mem::replace(&mut self.new_sources, 0);
        if finished >= NEW_SOURCES_A_SECOND / 2 && self.is_on {
            self.last_high_second = self.second;
        }
        self.peak = self.peak.max(finished);
        self.total += u64::from(finished);
        let change = if !self.is_on && finished >= NEW_SOURCES_A_SECOND {
            self.is_on = true;
            self.began_ns = now_ns;
            self.last_high_second = self.second;
            self.total = u64::from(finished);
            self.peak = finished;
            Change::Began
        } else if self.is_on && now_second.saturating_sub(self.last_high_second) > CALM_SECONDS {
            self.is_on = false;
            Change::Ended
        } else {
            Change::None
        };
        if !self.is_on {
            self.votes = 0;
        }
        self.second = now_second;
        change
    }
}

impl Detector {
    /// A source was seen for the first time, or again after it was forgotten.
    #[inline]
    pub(crate) fn note_new_source(&mut self, target: Address, port: u16) {
        self.flood.note(target, port);
        // Do not wait for the second to end: what comes next is judged by what is known now.
        if self.flood.new_sources == NEW_SOURCES_A_SECOND && !self.flood.is_on {
            self.finish_flood_second();
        }
    }

    /// Look at the past second, if it is over.
    #[inline]
    pub(crate) fn watch_for_flood(&mut self) {
        if self.now_s != self.flood.second {
            self.finish_flood_second();
        }
    }

    #[cold]
    fn finish_flood_second(&mut self) {
        let now_ns = self.now_ns;
        match self.flood.finish_second(self.now_s, now_ns) {
            Change::Began => self.say_flood("began"),
            Change::Ended => self.say_flood("ended"),
            Change::None => {}
        }
    }

    /// End of input: a flood that goes on is over.
    pub(crate) fn end_flood(&mut self) {
        if self.flood.is_on {
            self.flood.is_on = false;
            self.say_flood("ended");
        }
    }

    fn say_flood(&mut self, stage: &'static str) {
        let flood = self.flood;
        let (target, port) = flood.favourite;
        let text = if stage == "began" {
            format!("flood: {} new sources within a second, most of them to port {port} of {target}", flood.peak)
        } else {
            format!("flood is over: {} new sources in all, at most {} a second", flood.total, flood.peak)
        };
        let record = NoticeRecord {
            event: "notice",
            id: id_text(public_hash(flood.began_ns, target.0 as u64)),
            time: rfc3339(self.now_ns),
            kind: "flood",
            source: None,
            targets: vec![TargetRecord {
                address: target.to_string(),
                rounded: false,
                ranges: BTreeMap::from([("tcp", PortSet::from(vec![port]))]),
            }],
            text,
            counts: BTreeMap::from([("new_sources", flood.total), ("peak_a_second", u64::from(flood.peak))]),
            sensor: &self.sensor,
        };
        if let Some(json) = to_json(&record) {
            self.emit(json);
        }
    }
}
