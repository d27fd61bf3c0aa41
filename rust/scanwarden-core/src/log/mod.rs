//! Log lines as evidence: what wrote a line, what it says about a packet, and whether that is a probe.
//!
//! Lines are hostile input. A line is read by the grammar of its one writer from the first byte to the last, or it is
//! counted under a [`reason::Reason`]; nothing is searched for in arbitrary text. No allocation per line, no panic.
//! What does not live here: opening files, following them, and the clock (the caller's).

pub(crate) mod address_text;
pub mod clock;
pub(crate) mod cursor;
pub mod evidence;
pub mod format;
pub mod header;
pub(crate) mod header_time;
pub(crate) mod interpreter;
pub mod kernel;
pub(crate) mod kernel_ip;
pub(crate) mod kernel_transport;
pub(crate) mod lines;
pub(crate) mod month;
pub mod reader;
pub mod reason;
pub mod record;
pub mod settings;
pub mod verdict;
pub mod visitor;
