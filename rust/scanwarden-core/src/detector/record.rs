//! The records the detector emits: one JSON object each, with the keys of the reference page.

use super::contact_text::ContactText;
use super::fingerprint::Tool;
use super::json::write_json;
use super::port_set::PortSet;
use super::time_text::TimeText;
use serde::Serialize;
use std::collections::BTreeMap;

/// What happened to a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Event {
    Opened,
    Updated,
    Closed,
}

/// A statement about one scan.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ScanRecord<'a> {
    pub(crate) event: Event,
    pub(crate) id: String,
    pub(crate) time: TimeText,
    pub(crate) first_seen: TimeText,
    pub(crate) last_seen: TimeText,
    pub(crate) source: SourceRecord,
    pub(crate) group: Option<&'static str>,
    pub(crate) part_of: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) targets: Vec<TargetRecord>,
    pub(crate) techniques: Vec<&'static str>,
    pub(crate) stages: Vec<&'static str>,
    pub(crate) tricks: Vec<&'static str>,
    pub(crate) pattern: &'static str,
    pub(crate) pace: &'static str,
    pub(crate) outcomes: OutcomesRecord,
    pub(crate) learnt_open: Vec<TargetRecord>,
    pub(crate) probes: u64,
    pub(crate) packets: u64,
    pub(crate) evidence: EvidenceRecord,
    pub(crate) severity: u8,
    pub(crate) tool: Option<Tool>,
    pub(crate) attack: Vec<&'static str>,
    pub(crate) sensor: &'a str,
}

impl ScanRecord<'_> {
    /// Write the record as a JSON object, by way of memory that is used again: a large scan's ports take megabytes.
    pub(crate) fn write(&self, scratch: &mut Vec<u8>) -> Option<String> {
        scratch.clear();
        write_json(self, scratch)?;
        std::str::from_utf8(scratch).ok().map(String::from)
    }
}

/// Who it was, as far as packets tell.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct SourceRecord {
    pub(crate) address: Option<String>,
    pub(crate) prefix: Option<String>,
    pub(crate) members: Vec<MemberRecord>,
    pub(crate) verified: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) acquainted: bool,
}

/// One member of a group.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct MemberRecord {
    pub(crate) address: String,
    pub(crate) verified: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) acquainted: bool,
}

/// One target and what of it was touched, as range strings by port space.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct TargetRecord {
    pub(crate) address: String,
    /// The ranges hold more than was touched.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) rounded: bool,
    #[serde(flatten)]
    pub(crate) ranges: BTreeMap<&'static str, PortSet>,
}

/// What the source learnt, in numbers of contacts.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct OutcomesRecord {
    pub(crate) open: u64,
    pub(crate) closed: u64,
    pub(crate) filtered: u64,
    pub(crate) unknown: u64,
}

/// Why we say so.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct EvidenceRecord {
    pub(crate) nats: f64,
    pub(crate) threshold: f64,
    pub(crate) parts: Vec<PartRecord>,
    pub(crate) parts_left_out: u64,
}

/// One contact that was weighed.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct PartRecord {
    pub(crate) rule: &'static str,
    pub(crate) contact: ContactText,
    pub(crate) outcome: &'static str,
    pub(crate) nats: f64,
    pub(crate) time: TimeText,
    /// The member that made the contact, in a group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<String>,
    /// Left out where the probe has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source_port: Option<u16>,
}

/// Something worth knowing that is no scan.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct NoticeRecord<'a> {
    pub(crate) event: &'static str,
    pub(crate) id: String,
    pub(crate) time: TimeText,
    pub(crate) kind: &'static str,
    pub(crate) source: Option<SourceRecord>,
    pub(crate) targets: Vec<TargetRecord>,
    pub(crate) text: String,
    pub(crate) counts: BTreeMap<&'static str, u64>,
    pub(crate) sensor: &'a str,
}

/// Round to hundredths: records are read by people.
pub(crate) fn rounded(nats: f32) -> f64 {
    (f64::from(nats) * 100.0).round() / 100.0
}
