//! Log lines as evidence: what wrote a line, what it says about a packet, and whether that is a probe.
//!
//! Lines are hostile input. A line is read by the grammar of its one writer from the first byte to the last, or it is
//! counted under a [`reason::Reason`]; nothing is searched for in arbitrary text. No allocation per line, no panic.
//! What does not live here: opening files, following them, and the clock (the caller's).

pub(crate) mod address_text;
pub(crate) mod alert_fast;
pub(crate) mod argus;
pub mod clock;
pub(crate) mod columns;
pub(crate) mod cursor;
pub mod detect_format;
pub(crate) mod dmesg;
pub(crate) mod dropbear;
pub(crate) mod eve;
pub mod evidence;
pub(crate) mod flow;
pub(crate) mod flow_tools;
pub mod format;
pub mod header;
pub(crate) mod header_time;
pub mod ids;
pub mod intake;
pub(crate) mod interpreter;
pub(crate) mod journald;
pub(crate) mod journald_flat;
pub mod kernel;
pub(crate) mod kernel_ip;
pub(crate) mod kernel_transport;
pub(crate) mod lines;
pub mod login;
pub(crate) mod login_sums;
pub(crate) mod login_text;
pub(crate) mod logins;
pub(crate) mod mikrotik;
pub(crate) mod month;
pub(crate) mod nfdump;
pub mod nflog;
pub mod notices;
pub(crate) mod old_tools;
pub(crate) mod ossec_test;
pub(crate) mod pam;
pub(crate) mod pf;
pub(crate) mod proxmox;
pub mod reader;
pub mod reason;
pub mod record;
pub mod settings;
pub(crate) mod sshd;
pub(crate) mod sshd_failed;
pub(crate) mod sshd_session;
pub(crate) mod stamp;
pub(crate) mod tally;
pub mod verdict;
pub mod visitor;
pub(crate) mod vpc;
pub(crate) mod zeek;
