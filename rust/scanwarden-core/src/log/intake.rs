//! The way of a log: its lines, the detector, and notices.

use serde::Deserialize;

use super::evidence::LogProbe;
use super::format::Format;
use super::ids::IdsAlert;
use super::login::LoginFailure;
use super::notices::{Guessing, Notices};
use super::reader::Reader;
use super::record::Record;
use super::settings::LogSettings;
use super::visitor::LogVisitor;
use crate::detector::{Detector, ReportedProbe};
use crate::packet::Nanoseconds;
use crate::rows::Row;

/// How a log is taken in.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogIntakeSettings {
    /// Name of the sensor, written into every notice.
    pub sensor: String,
    /// How the lines are read.
    pub log: LogSettings,
    /// When failed logins are called guessing.
    pub guessing: Guessing,
}

impl LogIntakeSettings {
    /// Read settings from a JSON object.
    ///
    /// # Errors
    /// Says which key is wrong, in words for the user.
    pub fn from_json(json: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(json).map_err(|error| format!("log settings: {error}"))
    }
}

/// Probes that wait for each other, to be observed together.
const WAITING: usize = 128;

/// Reads one log into a detector; login failures and alerts become notices.
#[derive(Debug)]
pub struct LogIntake {
    reader: Reader,
    notices: Notices,
    /// Empty between calls.
    waiting: Vec<ReportedProbe>,
}

impl LogIntake {
    /// Read a log of `format`.
    pub fn new(format: Format, settings: &LogIntakeSettings) -> Self {
        Self {
            reader: Reader::new(format, settings.log.clone()),
            notices: Notices::new(&settings.sensor, settings.guessing),
            waiting: Vec::with_capacity(WAITING),
        }
    }

    /// Read the next bytes of the log.
    pub fn feed(&mut self, chunk: &[u8], detector: &mut Detector) {
        let mut visit = Visit { detector, notices: &mut self.notices, waiting: &mut self.waiting };
        self.reader.feed(chunk, &mut visit);
        visit.observe_waiting();
    }

    /// Read the next bytes of the log into rows, without a detector.
    pub fn feed_rows(&mut self, chunk: &[u8], rows: &mut Vec<Row>) {
        self.reader.feed(chunk, &mut VisitRows { rows, notices: &mut self.notices });
    }

    /// Say that a log that was read into rows ends here.
    pub fn finish_rows(&mut self, rows: &mut Vec<Row>) {
        self.reader.finish(&mut VisitRows { rows, notices: &mut self.notices });
    }

    /// Say that the log ends here.
    pub fn finish(&mut self, detector: &mut Detector) {
        let mut visit = Visit { detector, notices: &mut self.notices, waiting: &mut self.waiting };
        self.reader.finish(&mut visit);
        visit.observe_waiting();
        self.notices.finish();
    }

    /// Say that `now_ns` has passed: lines without a year are dated by it.
    pub fn advance(&mut self, now_ns: Nanoseconds) {
        self.reader.advance(now_ns);
    }

    /// Say how far east of UTC lines without a zone are from now on, in seconds.
    pub fn set_utc_offset(&mut self, utc_offset_s: i32) {
        self.reader.set_utc_offset(utc_offset_s);
    }

    /// How many bytes of an unfinished line are held.
    pub fn unfinished_bytes(&self) -> usize {
        self.reader.unfinished_bytes()
    }

    /// The next notice, a JSON object, oldest first.
    pub fn take_notice(&mut self) -> Option<String> {
        self.notices.take()
    }

    /// How many lines were read.
    pub fn lines(&self) -> u64 {
        self.reader.counts().lines
    }

    /// Everything counted, by name; why lines were not used stands under `unused.`.
    pub fn counters(&self) -> Vec<(String, u64)> {
        let counts = self.reader.counts();
        let own = [
            ("lines", counts.lines),
            ("records", counts.records),
            ("probes", counts.probes),
            ("login_failures", counts.login_failures),
            ("alerts", counts.alerts),
            ("evictions.logins", counts.login_evictions),
        ];
        let reasons = counts.reasons.iter().map(|(reason, count)| (format!("unused.{}", reason.name()), count));
        own.into_iter()
            .chain(self.notices.counters())
            .map(|(name, count)| (name.to_owned(), count))
            .chain(reasons)
            .collect()
    }
}

struct Visit<'a> {
    detector: &'a mut Detector,
    notices: &'a mut Notices,
    waiting: &'a mut Vec<ReportedProbe>,
}

impl Visit<'_> {
    fn observe_waiting(&mut self) {
        self.detector.observe_all_reported(self.waiting);
        self.waiting.clear();
    }
}

impl LogVisitor for Visit<'_> {
    #[inline]
    fn probe(&mut self, probe: &LogProbe, _record: &Record) {
        self.waiting.push(ReportedProbe::from(probe));
        if self.waiting.len() == WAITING {
            self.observe_waiting();
        }
    }

    fn login_failure(&mut self, failure: &LoginFailure<'_>) {
        self.notices.login(failure);
    }

    fn alert(&mut self, alert: &IdsAlert<'_>) {
        self.notices.alert(alert);
    }
}

struct VisitRows<'a> {
    rows: &'a mut Vec<Row>,
    notices: &'a mut Notices,
}

impl LogVisitor for VisitRows<'_> {
    #[inline]
    fn probe(&mut self, probe: &LogProbe, _record: &Record) {
        self.rows.extend(ReportedProbe::from(probe).row());
    }

    fn login_failure(&mut self, failure: &LoginFailure<'_>) {
        self.notices.login(failure);
    }

    fn alert(&mut self, alert: &IdsAlert<'_>) {
        self.notices.alert(alert);
    }
}
