//! What the log tests share: a visitor that keeps everything, and the way to the sample logs.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part of it")]

use std::path::PathBuf;

use scanwarden_core::address::Address;
use scanwarden_core::log::evidence::{LogProbe, LogProbeKind};
use scanwarden_core::log::format::Format;
use scanwarden_core::log::ids::IdsAlert;
use scanwarden_core::log::login::{LoginFailure, LoginFailureKind, Peer};
use scanwarden_core::log::reader::{LogCounts, Reader};
use scanwarden_core::log::reason::Reason;
use scanwarden_core::log::record::Record;
use scanwarden_core::log::settings::LogSettings;
use scanwarden_core::log::visitor::LogVisitor;

/// 2026-01-01T00:00:00Z.
pub const REFERENCE_NS: u64 = 1_767_225_600_000_000_000;

/// Keeps what a reader finds.
#[derive(Default)]
pub struct Seen {
    pub probes: Vec<LogProbe>,
    pub records: Vec<Record>,
    pub refused: Vec<(Record, Reason)>,
    pub failures: Vec<Failure>,
    pub alerts: Vec<Alert>,
}

/// A login failure, owned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub time_ns: u64,
    pub host: String,
    pub user: String,
    pub kind: LoginFailureKind,
    pub attempts: u32,
}

/// An alert, owned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    pub source: Address,
    pub message: String,
    pub is_scan: bool,
    pub time_ns: u64,
    pub port: Option<u16>,
}

impl LogVisitor for Seen {
    fn probe(&mut self, probe: &LogProbe, record: &Record) {
        self.probes.push(*probe);
        self.records.push(*record);
    }

    fn no_probe(&mut self, record: &Record, reason: Reason) {
        self.refused.push((*record, reason));
        self.records.push(*record);
    }

    fn login_failure(&mut self, failure: &LoginFailure<'_>) {
        let host = match failure.peer {
            Peer::Address(address) => address.to_string(),
            Peer::Name(name) => String::from_utf8_lossy(name).into_owned(),
        };
        let user = String::from_utf8_lossy(failure.user).into_owned();
        let (time_ns, kind, attempts) = (failure.time_ns, failure.kind, failure.attempts);
        self.failures.push(Failure { time_ns, host, user, kind, attempts });
    }

    fn alert(&mut self, alert: &IdsAlert<'_>) {
        let message = String::from_utf8_lossy(alert.message).into_owned();
        let (source, is_scan, time_ns, port) = (alert.source, alert.is_scan, alert.time_ns, alert.port);
        self.alerts.push(Alert { source, message, is_scan, time_ns, port });
    }
}

/// Settings with a fixed reference time.
pub fn settings() -> LogSettings {
    LogSettings { reference_ns: REFERENCE_NS, ..LogSettings::default() }
}

/// Read `text` as `format`.
pub fn read_with(format: Format, settings: LogSettings, text: &[u8]) -> (Seen, LogCounts) {
    let mut reader = Reader::new(format, settings);
    let mut seen = Seen::default();
    reader.feed(text, &mut seen);
    reader.finish(&mut seen);
    let counts = reader.counts().clone();
    (seen, counts)
}

/// Read `text` as `format` with the usual settings.
pub fn read(format: Format, text: &str) -> (Seen, LogCounts) {
    read_with(format, settings(), text.as_bytes())
}

/// The destination port of a probe, or 0.
pub fn port_of(probe: &LogProbe) -> u16 {
    match probe.kind {
        LogProbeKind::Tcp { port, .. } | LogProbeKind::Udp { port, .. } | LogProbeKind::Sctp { port, .. } => port,
        _ => 0,
    }
}

/// The folder of sample logs, or `None` (with a word on standard error) where there is none.
///
/// `SCANWARDEN_CASES` names it, else `shared/cases` beside any folder above the repository.
pub fn sample_logs() -> Option<PathBuf> {
    let named = std::env::var_os("SCANWARDEN_CASES").map(PathBuf::from);
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let above = root.ancestors().map(|folder| folder.join("shared/cases"));
    let found = named.into_iter().chain(above).map(|folder| folder.join("logs")).find(|folder| folder.is_dir());
    if found.is_none() {
        eprintln!("skipped: no sample logs (set SCANWARDEN_CASES to the folder that holds logs/)");
    }
    found
}
