//! The detector: packets and log probes in, statements about scans out.
//!
//! `observe` turns packets into contacts (a source's first touch of a target, port and class). `engine` keeps contacts
//! and their outcomes and weighs them (`weights`) into each source's evidence; when that crosses the threshold a
//! `scan` opens, is updated and closes, each time with a `record`. Everything is held in tables of fixed size:
//! `table` (sources), `doorkeeper` (first visits), `pending` and `cohorts` (unanswered contacts), `memo` (conversations),
//! `ports` and `tally` (what large scans touched). Time is what the packets say; nothing here reads a clock.

mod alternatives;
mod banned;
mod cohorts;
mod contact;
mod describe;
mod doorkeeper;
mod engine;
mod fetch;
mod fingerprint;
mod flood;
mod group_scan;
mod groups;
mod hash;
mod home;
mod knocks;
mod memo;
mod observe;
mod pending;
mod ports;
mod record;
mod scan;
mod settings;
mod shortcut;
mod source;
mod stacks;
mod table;
mod tally;
mod targets;
pub(crate) mod time_text;
mod traps;
mod tricks;
mod weights;

pub use engine::Detector;
pub(crate) use fetch::Ends;
pub use home::Home;
pub use observe::log::{ReportedKind, ReportedOutcome, ReportedProbe, TRAP_NATS};
pub use settings::{Settings, SettingsError, parse_prefix};
