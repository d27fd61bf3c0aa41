//! An open scan: what was already said of it, and how it is described.

use super::contact::{Outcome, PortSpace, ProbeClass, TechniqueSet};
use super::port_set::PortSet;
use super::source::Contact;
use super::weights::Rule;
use crate::packet::Nanoseconds;
use crate::tricks::Tricks;
use std::collections::BTreeMap;

/// Weighed contacts kept for the explanation.
pub(crate) const PARTS_KEPT: usize = 32;
/// A scan speaks up again at most this often before its closing line.
pub(crate) const UPDATES_AT_MOST: u8 = 24;
/// Totals of a scan that goes on are told this long after its opening, and then each time its age has doubled: sixteen times
/// in two days.
const FIRST_PROGRESS_NS: Nanoseconds = 2 * 1_000_000_000;
const PROGRESS_AT_MOST: u8 = 16;
/// A scan closes after this long without a packet …
const CLOSE_AFTER_NS: Nanoseconds = 15 * 60 * 1_000_000_000;
/// … or this many median gaps, whichever is longer …
const CLOSE_AFTER_GAPS: u64 = 10;
/// … but never later than this.
const CLOSE_AT_LATEST_NS: Nanoseconds = 24 * 3600 * 1_000_000_000;

/// One weighed contact.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    pub(crate) rule: Rule,
    pub(crate) class: ProbeClass,
    pub(crate) outcome: Outcome,
    pub(crate) target: u32,
    pub(crate) port: u16,
    /// Zero where there is none.
    pub(crate) source_port: u16,
    pub(crate) time_ns: Nanoseconds,
}

impl Part {
    /// The part that a contact of a source makes.
    pub(crate) fn of(contact: &Contact, source_first_seen_ns: Nanoseconds) -> Self {
        Self {
            rule: contact.rule,
            class: contact.class,
            outcome: contact.outcome,
            target: contact.target,
            port: contact.port,
            source_port: contact.source_port,
            time_ns: source_first_seen_ns + u64::from(contact.time_ms) * 1_000_000,
        }
    }
}

/// What was said of a scan so far.
#[derive(Clone, Debug)]
pub(crate) struct Scan {
    pub(crate) id: u64,
    pub(crate) parts: Vec<Part>,
    pub(crate) parts_left_out: u64,
    pub(crate) part_of: Option<u64>,
    /// The source exchanged data with us before its scan opened: somebody else may have scanned in its name.
    pub(crate) was_acquainted: bool,
    pub(crate) said: Said,
    pub(crate) updates: u8,
    /// The probe classes that were seen when the description was last looked at.
    pub(crate) reviewed: TechniqueSet,
    /// The description is looked at again at this many probes.
    pub(crate) review_at: u32,
    pub(crate) progress: Progress,
}

/// The facts of the latest record, whose change is worth an update.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Said {
    pub(crate) techniques: TechniqueSet,
    pub(crate) pattern: Option<Pattern>,
    pub(crate) severity: u8,
    pub(crate) tool: Option<&'static str>,
    pub(crate) is_verified: bool,
    pub(crate) stages: u8,
    pub(crate) tricks: Tricks,
}

/// When the totals of a scan that goes on are told again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Progress {
    opened_ns: Nanoseconds,
    pub(crate) due_ns: Nanoseconds,
    told: u8,
    /// Probes in the latest record.
    probes: u64,
}

impl Progress {
    pub(crate) fn since(opened_ns: Nanoseconds) -> Self {
        Self { opened_ns, due_ns: opened_ns.saturating_add(FIRST_PROGRESS_NS), told: 0, probes: 0 }
    }

    /// A record told so many probes.
    pub(crate) fn note(&mut self, probes: u64) {
        self.probes = probes;
    }

    /// At a time that is due: say whether there is something new to tell, and look at the clock again when twice as much time
    /// has passed.
    pub(crate) fn is_news(&mut self, now_ns: Nanoseconds, probes: u64) -> bool {
        let age_ns = now_ns.saturating_sub(self.opened_ns).max(FIRST_PROGRESS_NS);
        self.due_ns = self.opened_ns.saturating_add(age_ns.saturating_mul(2));
        let is_news = probes > self.probes && self.told < PROGRESS_AT_MOST;
        self.told += u8::from(is_news);
        is_news
    }
}

impl Scan {
    pub(crate) fn new(id: u64, opened_ns: Nanoseconds) -> Self {
        Self {
            progress: Progress::since(opened_ns),
            id,
            parts: Vec::new(),
            parts_left_out: 0,
            part_of: None,
            was_acquainted: false,
            said: Said::default(),
            updates: 0,
            reviewed: TechniqueSet(0),
            review_at: 8,
        }
    }

    /// Keep a weighed contact for the explanation.
    pub(crate) fn add_part(&mut self, part: Part) {
        if self.parts.len() < PARTS_KEPT {
            self.parts.push(part);
        } else {
            self.parts_left_out += 1;
        }
    }
}

/// A scan that was last seen then closes no earlier than this, whatever its gaps.
pub(crate) const fn earliest_close_ns(last_seen_ns: Nanoseconds) -> Nanoseconds {
    last_seen_ns.saturating_add(CLOSE_AFTER_NS)
}

/// When a scan with this history closes.
pub(crate) fn close_deadline_ns(last_seen_ns: Nanoseconds, median_gap_ns: Nanoseconds) -> Nanoseconds {
    let quiet_ns = (median_gap_ns.saturating_mul(CLOSE_AFTER_GAPS)).clamp(CLOSE_AFTER_NS, CLOSE_AT_LATEST_NS);
    last_seen_ns.saturating_add(quiet_ns)
}

/// The shape over ports and targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pattern {
    Vertical,
    Horizontal,
    Strobe,
    Block,
}

/// Up to this many ports over many hosts are a sweep of one service.
const SWEEP_PORTS: usize = 2;
/// Up to this many ports over many hosts are a chosen few.
const STROBE_PORTS: usize = 16;

impl Pattern {
    /// Name the shape of so many ports on so many targets.
    pub(crate) const fn of(ports: usize, targets: usize) -> Self {
        match (ports, targets) {
            (_, 0..=1) => Self::Vertical,
            (0..=SWEEP_PORTS, 2..) => Self::Horizontal,
            (0..=STROBE_PORTS, 3..) => Self::Strobe,
            _ => Self::Block,
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Vertical => "vertical",
            Self::Horizontal => "horizontal",
            Self::Strobe => "strobe",
            Self::Block => "block",
        }
    }
}

/// Name the pace of a median gap.
pub(crate) const fn pace(median_gap_ns: Nanoseconds) -> &'static str {
    match median_gap_ns / 1_000_000_000 {
        0 => "burst",
        1..=59 => "steady",
        _ => "slow",
    }
}

/// Everything severity depends on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gravity {
    pub(crate) techniques: TechniqueSet,
    pub(crate) probes: u32,
    pub(crate) has_learnt_open: bool,
    pub(crate) is_verified: bool,
    pub(crate) has_later_stage: bool,
    pub(crate) tricks: Tricks,
}

/// From 1 (look and forget) to 5 (they know and they dig): what the source could do with what it learnt.
pub(crate) fn severity(gravity: Gravity) -> u8 {
    let discovery_only = TechniqueSet(0b1111 << 14).with(TechniqueSet::RST);
    if gravity.techniques.without(discovery_only) == TechniqueSet(0) {
        return 1;
    }
    let mut severity = 2;
    severity += u8::from(gravity.probes >= 100);
    severity += u8::from(gravity.has_learnt_open);
    severity += u8::from(!gravity.tricks.is_empty());
    severity += u8::from(gravity.has_later_stage || (gravity.is_verified && gravity.probes >= 1000));
    severity.min(5)
}

/// Targets with their touched ports, ordered.
pub(crate) type TargetMap = BTreeMap<u32, BTreeMap<PortSpace, PortSet>>;
