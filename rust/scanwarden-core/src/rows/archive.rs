//! Scans in rows sorted by source and time: one source after the other, so memory does not grow with the archive.

use super::wide::{WideSettings, WideSums};
use super::{Row, network_of};
use crate::address::Address;
use crate::detector::{Detector, Settings, SettingsError};

/// Rows of a source that are held back until they could be a scan together.
const HELD_AT_MOST: usize = 1024;
/// Contacts of a source without a scan that count for what many sources do together.
const CONTACTS_SUMMED: usize = 256;

/// Finds the scans of single sources, and sums up what is left for [`super::wide`].
pub struct Archive {
    detector: Detector,
    threshold_nats: f32,
    wide: WideSums,
    order: Option<i64>,
    /// Rows of one source and time: engines sort no further, so their order is settled here.
    tied: Vec<Row>,
    /// Rows of the current source that the detector has not seen.
    held: Vec<Row>,
    held_nats: f32,
    is_judged: bool,
    keys: Vec<Address>,
    suspicious: Vec<Row>,
    scans_before: u64,
    rows: u64,
    sources: u64,
    out_of_order: u64,
}

impl Archive {
    /// Build from the detector's settings; `wide` says how rows are summed up over sources.
    pub fn new(settings: &Settings, wide: WideSettings, random_key: u128) -> Result<Self, SettingsError> {
        let mut detector = Detector::new(settings, random_key)?;
        detector.judge_each_alone();
        Ok(Self {
            detector,
            threshold_nats: settings.threshold_nats,
            wide: WideSums::new(wide),
            order: None,
            tied: Vec::new(),
            held: Vec::new(),
            held_nats: 0.0,
            is_judged: false,
            keys: Vec::new(),
            suspicious: Vec::new(),
            scans_before: 0,
            rows: 0,
            sources: 0,
            out_of_order: 0,
        })
    }

    /// Take in the next row; rows come sorted by [`super::order_of`] and, within one number, by time.
    pub fn observe(&mut self, row: &Row, order: i64) {
        if self.order != Some(order) {
            self.out_of_order += u64::from(self.order.is_some_and(|last| last > order));
            self.end_source();
            self.wide.enter_network(network_of(row.source));
            self.order = Some(order);
            self.sources += 1;
        }
        self.rows += 1;
        self.wide.note_target(row.target);
        if self.tied.last().is_some_and(|last| last.time_ns != row.time_ns) {
            self.untie();
        }
        self.tied.push(*row);
    }

    fn untie(&mut self) {
        let mut tied = std::mem::take(&mut self.tied);
        tied.sort_unstable_by_key(|row| {
            (row.source, row.target, row.class, row.port, row.source_port, row.detail, row.outcome, row.make)
        });
        for row in &tied {
            self.take(row);
        }
        tied.clear();
        self.tied = tied;
    }

    fn take(&mut self, row: &Row) {
        let nats = Detector::most_nats(row);
        if nats > 0.0 && self.suspicious.len() < CONTACTS_SUMMED {
            self.suspicious.push(*row);
        }
        if self.is_judged {
            self.judge(row);
            return;
        }
        self.held.push(*row);
        self.held_nats += nats;
        if self.held_nats >= self.threshold_nats || self.held.len() >= HELD_AT_MOST {
            self.is_judged = true;
            for row in std::mem::take(&mut self.held) {
                self.judge(&row);
            }
        }
    }

    /// End of the rows: the last source's scans close.
    pub fn finish(&mut self) {
        self.end_source();
        self.order = None;
        self.wide.leave_network();
    }

    /// Take the oldest waiting event of a scan, a JSON object.
    pub fn take_event(&mut self) -> Option<String> {
        self.detector.take_event()
    }

    /// The sums over sources so far; call after [`Self::finish`].
    pub fn sums(&mut self) -> &mut WideSums {
        &mut self.wide
    }

    /// What was counted so far, by name.
    pub fn counters(&self) -> Vec<(&'static str, u64)> {
        let own = [("rows", self.rows), ("sources", self.sources), ("out_of_order", self.out_of_order)];
        own.into_iter().chain(self.wide.counters()).chain(self.detector.counters()).collect()
    }

    fn judge(&mut self, row: &Row) {
        let key = Detector::key_of(row.source, row.target);
        if self.keys.last() != Some(&key) && !self.keys.contains(&key) {
            self.keys.push(key);
        }
        self.detector.observe_row(row);
    }

    fn end_source(&mut self) {
        self.untie();
        if self.is_judged {
            self.detector.start_over(&self.keys);
        }
        let has_scan = self.detector.scans_opened() > self.scans_before;
        if !has_scan && !self.suspicious.is_empty() {
            self.wide.add_source(&mut self.suspicious);
        }
        self.scans_before = self.detector.scans_opened();
        self.held.clear();
        self.held_nats = 0.0;
        self.is_judged = false;
        self.keys.clear();
        self.suspicious.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::{RowOutcome, order_of};

    fn row(source: u32, port: u16, second: u64) -> Row {
        Row {
            time_ns: (1_700_000_000 + second) * 1_000_000_000,
            source: Address::from_v4(source),
            target: Address::from_v4(0xc000_0201),
            port,
            outcome: RowOutcome::Closed,
            packets: 1,
            ..Row::default()
        }
    }

    fn searched(rows: &[Row]) -> Option<Archive> {
        let mut archive = Archive::new(&Settings::default(), WideSettings::default(), 7).ok()?;
        for row in rows {
            archive.observe(row, row.order());
        }
        archive.finish();
        Some(archive)
    }

    fn events(rows: &[Row]) -> Vec<String> {
        let mut archive = searched(rows);
        std::iter::from_fn(|| archive.as_mut()?.take_event()).collect()
    }

    fn streamed(rows: &[Row]) -> Vec<String> {
        let mut detector = Detector::new(&Settings::default(), 7).ok();
        for row in rows {
            if let Some(detector) = &mut detector {
                detector.observe_row(row);
            }
        }
        if let Some(detector) = &mut detector {
            detector.finish();
        }
        std::iter::from_fn(|| detector.as_mut()?.take_event()).collect()
    }

    fn sorted(mut rows: Vec<Row>) -> Vec<Row> {
        rows.sort_by_key(|row| (order_of(row.source, row.target), row.time_ns));
        rows
    }

    #[test]
    fn one_source_gives_what_the_stream_gives() {
        let rows: Vec<Row> = (0..40).map(|port| row(0xcb00_7105, port, u64::from(port) * 5)).collect();
        let found = events(&rows);
        assert!(found.len() >= 2, "{found:?}");
        assert_eq!(found, streamed(&rows));
    }

    #[test]
    fn a_source_is_forgotten_before_the_next_begins_and_times_may_go_back() {
        let one: Vec<Row> = (0..10).map(|port| row(0xcb00_7105, port, u64::from(port))).collect();
        let other: Vec<Row> = (0..10).map(|port| row(0x0a01_0203, port, u64::from(port) + 3)).collect();
        let both = sorted(one.iter().chain(&other).copied().collect());
        let mut apart = [streamed(&one), streamed(&other)].concat();
        let mut found = events(&both);
        apart.sort();
        found.sort();
        assert_eq!(found, apart);
    }

    #[test]
    fn rows_of_one_time_give_the_same_in_any_order() {
        let rows: Vec<Row> = (0..40).map(|port| row(0xcb00_7105, port, 0)).collect();
        let back: Vec<Row> = rows.iter().rev().copied().collect();
        assert_eq!(events(&rows), events(&back));
    }

    #[test]
    fn two_mistakes_are_no_scan_and_are_summed_up() {
        let mut archive = searched(&[row(0xcb00_7105, 1, 0), row(0xcb00_7105, 2, 1)]);
        assert_eq!(archive.as_mut().map(Archive::take_event), Some(None));
        assert_eq!(archive.map(|mut archive| archive.sums().take().len()), Some(3), "two services and the targets");
    }
}
