//! What logs tell beside probes, as notices: who guesses passwords, and what other detectors saw.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::ids::{IdsAlert, IdsSystem};
use super::login::{LoginFailure, Peer};
use super::login_sums::LoginSums;
use super::tally::{MAX_SOURCES, WindowTally};
use crate::address::Address;
use crate::detector::time_text::{TimeText, rfc3339};
use crate::detector::to_json;
use crate::packet::Nanoseconds;

/// Most notices that wait to be taken; beyond it the oldest is dropped and counted.
const MAX_WAITING: usize = 65_536;
/// Most sources whose failures are summed up one by one.
const MAX_SUMS_TOLD: usize = 1_000;
const NS_PER_S: u64 = 1_000_000_000;
const ALERT_WINDOW_S: u64 = 600;

/// When failed logins are called guessing.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Guessing {
    /// How many failures of one source; 0 never calls anybody a guesser.
    pub max_retry: u32,
    /// Within how many seconds.
    pub find_time_s: u64,
    /// Tell each failure as well, those that are no attempt at a password included.
    pub tells_each: bool,
    /// At the end of the log, tell how often each source failed.
    pub sums_up: bool,
}

impl Default for Guessing {
    fn default() -> Self {
        // fail2ban's defaults (jail.conf): maxretry 5, findtime 10m.
        Self { max_retry: 5, find_time_s: 600, tells_each: false, sums_up: false }
    }
}

/// Turns failures and alerts into a bounded number of notices.
#[derive(Debug)]
pub(crate) struct Notices {
    sensor: String,
    guessing: Guessing,
    guessers: WindowTally,
    alerted: WindowTally,
    sums: LoginSums,
    waiting: VecDeque<String>,
    dropped: u64,
}

#[derive(Serialize)]
struct NoticeRecord<'a> {
    event: &'static str,
    id: String,
    time: TimeText,
    kind: &'static str,
    source: SourceRecord,
    targets: Vec<TargetRecord>,
    text: String,
    counts: BTreeMap<&'static str, u64>,
    sensor: &'a str,
}

#[derive(Serialize)]
struct SourceRecord {
    address: String,
    prefix: Option<String>,
    verified: bool,
}

#[derive(Serialize)]
struct TargetRecord {
    address: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    tcp: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    udp: Option<String>,
}

impl Notices {
    pub(crate) fn new(sensor: &str, guessing: Guessing) -> Self {
        let find_time_ns = guessing.find_time_s.saturating_mul(NS_PER_S);
        Self {
            sensor: sensor.to_owned(),
            guessing,
            guessers: WindowTally::new(guessing.max_retry.min(1_000), find_time_ns, MAX_SOURCES),
            alerted: WindowTally::new(1, ALERT_WINDOW_S * NS_PER_S, MAX_SOURCES),
            sums: LoginSums::default(),
            waiting: VecDeque::new(),
            dropped: 0,
        }
    }

    pub(crate) fn take(&mut self) -> Option<String> {
        self.waiting.pop_front()
    }

    pub(crate) fn counters(&self) -> [(&'static str, u64); 2] {
        [
            ("evictions.log_sources", self.guessers.evictions() + self.alerted.evictions()),
            ("evictions.log_notices", self.dropped),
        ]
    }

    /// A name in place of an address is nobody to hold anything against: whoever owns the reverse zone chose it.
    pub(crate) fn login(&mut self, failure: &LoginFailure<'_>) {
        let Peer::Address(source) = failure.peer else { return };
        // journald knows who wrote; and whom sshd talks to over TCP has completed a handshake.
        let source_record = source_of(source, failure.is_vouched);
        if self.guessing.sums_up {
            self.sums.add(source, failure.attempts, failure.time_ns, failure.is_vouched);
        }
        if self.guessing.tells_each {
            let text = format!("a login from {source} failed: {}", failure.kind.name());
            let counts = BTreeMap::from([("failures", u64::from(failure.attempts))]);
            self.push("login_failure", failure.time_ns, source, &source_record, vec![], text, counts);
        }
        if self.guessing.max_retry == 0 || !failure.kind.is_attempt() {
            return;
        }
        let Some(crossing) = self.guessers.add(source, failure.time_ns, failure.attempts) else { return };
        let seconds = failure.time_ns.saturating_sub(crossing.since_ns) / NS_PER_S;
        let text = format!("{source} guesses logins: {} failures within {seconds} s", crossing.count);
        let counts = BTreeMap::from([("failures", crossing.count), ("window_s", seconds)]);
        self.push("login_guessing", failure.time_ns, source, &source_record, vec![], text, counts);
    }

    /// The log ends: sum up.
    pub(crate) fn finish(&mut self) {
        let (sums, mut left_out) = self.sums.take();
        left_out += sums.iter().skip(MAX_SUMS_TOLD).map(|sum| sum.count).sum::<u64>();
        for sum in sums.into_iter().take(MAX_SUMS_TOLD) {
            let times = if sum.count == 1 { String::from("once") } else { format!("{} times", sum.count) };
            let text = format!("{} failed to log in {times}", sum.source);
            let mut counts = BTreeMap::from([("failures", sum.count)]);
            if left_out > 0 {
                counts.insert("failures_of_others", left_out);
            }
            let record = source_of(sum.source, sum.is_vouched);
            self.push("login_failures", sum.last_ns, sum.source, &record, vec![], text, counts);
        }
    }

    /// Only alerts of a scan class, and of each source the first, the second, the fourth and so on.
    pub(crate) fn alert(&mut self, alert: &IdsAlert<'_>) {
        if !alert.is_scan {
            return;
        }
        let Some(crossing) = self.alerted.add(alert.source, alert.time_ns, 1) else { return };
        let system = match alert.system {
            IdsSystem::Suricata => "Suricata",
            IdsSystem::Fast => "Suricata or Snort",
            IdsSystem::Zeek => "Zeek",
            IdsSystem::PortSentry => "PortSentry",
            IdsSystem::Scanlogd => "scanlogd",
            IdsSystem::Psad => "psad",
            IdsSystem::Iplog => "iplog",
        };
        let text = format!("{system} reports a scan by {}: {}", alert.source, printable(alert.message));
        let counts = BTreeMap::from([("alerts", crossing.count), ("signature", u64::from(alert.signature))]);
        let targets = alert.destination.map(|address| target_of(address, alert)).into_iter().collect();
        self.push("ids_alert", alert.time_ns, alert.source, &source_of(alert.source, false), targets, text, counts);
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one record")]
    fn push(
        &mut self,
        kind: &'static str,
        time_ns: Nanoseconds,
        source: Address,
        record: &SourceRecord,
        targets: Vec<TargetRecord>,
        text: String,
        counts: BTreeMap<&'static str, u64>,
    ) {
        let record = NoticeRecord {
            event: "notice",
            id: id_of(kind, time_ns, source),
            time: rfc3339(time_ns),
            kind,
            source: SourceRecord { address: record.address.clone(), prefix: record.prefix.clone(), ..*record },
            targets,
            text,
            counts,
            sensor: &self.sensor,
        };
        if self.waiting.len() >= MAX_WAITING {
            self.waiting.pop_front();
            self.dropped += 1;
        }
        if let Some(json) = to_json(&record) {
            self.waiting.push_back(json);
        }
    }
}

fn source_of(source: Address, is_verified: bool) -> SourceRecord {
    let bits = if source.is_v4() { 32 } else { 128 };
    SourceRecord { address: source.to_string(), prefix: Some(format!("{source}/{bits}")), verified: is_verified }
}

fn target_of(address: Address, alert: &IdsAlert<'_>) -> TargetRecord {
    let port = |protocol| alert.port.filter(|_| alert.protocol == protocol).map(|port| port.to_string());
    TargetRecord { address: address.to_string(), tcp: port(6), udp: port(17) }
}

/// Name a notice as scans are named, so that a decision about it can refer to it; FNV-1a spreads the parts.
fn id_of(kind: &str, time_ns: Nanoseconds, source: Address) -> String {
    let bytes = kind.bytes().chain(time_ns.to_be_bytes()).chain(source.0.to_be_bytes());
    let hash =
        bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("sw-{hash:016x}")
}

/// A rule's text, cut and made safe to print.
fn printable(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text.get(..200).unwrap_or(text));
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}
