//! The detector: packets and log probes in, statements about scans out.
//!
//! `observe` turns packets into contacts (a source's first touch of a target, port and class). `engine` keeps contacts
//! and their outcomes and weighs them (`weights`) into each source's evidence; when that crosses the threshold a
//! `scan` opens, is updated and closes, each time with a `record`. Everything is held in tables of fixed size:
//! `table` (sources), `doorkeeper` (first visits), `pending` and `cohorts` (unanswered contacts), `memo` (conversations),
//! `ports` and `tally` (what large scans touched). Time is what the packets say; nothing here reads a clock.

mod alone;
mod alternatives;
mod banned;
mod budget;
mod cohorts;
mod contact;
mod contact_text;
mod describe;
mod digits;
mod doorkeeper;
mod engine;
mod fetch;
mod fingerprint;
mod flood;
mod group_scan;
mod groups;
mod hash;
mod home;
mod json;
mod knocks;
mod leads;
mod learnt;
mod memo;
mod observe;
mod open_ports;
mod pending;
mod port_set;
mod ports;
mod record;
mod scan;
mod settings;
mod shortcut;
mod source;
mod spread;
mod stacks;
mod table;
mod tally;
mod tap;
mod targets;
pub(crate) mod time_text;
mod touch;
mod traps;
mod tricks;
mod weights;

pub(crate) use contact::TechniqueSet;
pub(crate) use describe::id_text;
pub use engine::Detector;
pub(crate) use fetch::Ends;
pub(crate) use hash::public_hash;
pub use home::Home;
pub(crate) use json::to_json;
#[cfg(test)]
pub(crate) use leads::NO_LEAD;
pub(crate) use observe::log::class_of_flags;
pub use observe::log::{ReportedKind, ReportedOutcome, ReportedProbe, TRAP_NATS};
pub(crate) use observe::row::{class_name, class_of, class_of_name};
pub(crate) use port_set::PortSet;
pub(crate) use record::{
    Event, EvidenceRecord, MemberRecord, OutcomesRecord, ScanRecord, SourceRecord, TargetRecord, rounded,
};
pub use settings::{Settings, SettingsError, parse_prefix};
pub(crate) use shortcut::Calm;
pub(crate) use time_text::rfc3339;
