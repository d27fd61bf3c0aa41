//! Scans in what the hosts of a fleet report, when one of the hosts may lie.
//!
//! A host may report anything about anybody. So one host counts once: of all that it reports of a source within a day
//! only the first contact is evidence. The heaviest contact is worth a good third of the threshold, so no two hosts
//! open a scan, and how many reported is told with the scan.

use super::packed::{ROW_BYTES, get};
use super::{Row, RowOutcome};
use crate::address::Address;
use crate::detector::{Detector, Settings, SettingsError};
use crate::packet::Nanoseconds;
use std::collections::HashMap;

/// Sources whose reporters are remembered; beyond, the older half goes.
const SOURCES: usize = 131_072;
/// Reporters remembered in all; beyond, the older half goes.
const REPORTERS: usize = 2_097_152;
/// A reporter counts again after one to two times this.
const MEMORY_NS: Nanoseconds = 24 * 3600 * 1_000_000_000;
/// How rows name traps.
const TRAP: u8 = 5;
const PROVED_TRAP: u8 = 6;
/// Clocks of hosts may differ by this much; rows from further ahead are refused, for they would push the clock on.
const CLOCK_SKEW_NS: Nanoseconds = 10 * 1_000_000_000;

/// Who reported which source: two generations, so that memory is bounded and old reports are forgotten.
#[derive(Default)]
struct Reporters {
    current: HashMap<Address, Vec<u16>>,
    previous: HashMap<Address, Vec<u16>>,
    kept: usize,
    born_ns: Nanoseconds,
}

impl Reporters {
    /// Note that a host reported a source; say whether that is news.
    fn note(&mut self, source: Address, host: u16, now_ns: Nanoseconds) -> bool {
        let is_old = now_ns.saturating_sub(self.born_ns) > MEMORY_NS;
        if is_old || self.current.len() >= SOURCES || self.kept >= REPORTERS {
            self.previous = std::mem::take(&mut self.current);
            self.kept = 0;
            self.born_ns = now_ns;
        }
        if self.previous.get(&source).is_some_and(|hosts| hosts.contains(&host)) {
            return false;
        }
        let hosts = self.current.entry(source).or_default();
        let Err(place) = hosts.binary_search(&host) else { return false };
        hosts.insert(place, host);
        self.kept += 1;
        true
    }

    fn of(&self, source: Address) -> Vec<u16> {
        let mut hosts: Vec<u16> = [&self.current, &self.previous]
            .into_iter()
            .filter_map(|kept| kept.get(&source))
            .flatten()
            .copied()
            .collect();
        hosts.sort_unstable();
        hosts.dedup();
        hosts
    }
}

/// A trap weighs what its host says, up to a whole scan: to others it is a closed port.
fn untrapped(row: Row) -> Row {
    if matches!(row.detail, TRAP | PROVED_TRAP) { Row { detail: 0, outcome: RowOutcome::Closed, ..row } } else { row }
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Rows that count.
    pub counted: u64,
    /// Rows about a source that this host reported already.
    pub repeated: u64,
    /// Rows that cannot be: wrong bytes, or a time ahead of the clock.
    pub refused: u64,
}

/// The detector of a fleet.
pub struct Fleet {
    detector: Detector,
    reporters: Reporters,
    total: Taken,
}

impl Fleet {
    /// Build from the detector's settings.
    pub fn new(settings: &Settings, random_key: u128) -> Result<Self, SettingsError> {
        let detector = Detector::new(settings, random_key)?;
        Ok(Self { detector, reporters: Reporters::default(), total: Taken::default() })
    }

    /// Take in packed rows that a host reported; `now_ns` is when the batch arrived.
    pub fn observe(&mut self, host: u16, rows: &[u8], now_ns: Nanoseconds) -> Taken {
        let mut taken = Taken::default();
        for bytes in rows.chunks(ROW_BYTES) {
            let Some(row) = get(bytes).filter(|row| row.time_ns <= now_ns.saturating_add(CLOCK_SKEW_NS)) else {
                taken.refused += 1;
                continue;
            };
            let row = untrapped(row);
            let key = Detector::key_of(row.source, row.target);
            if self.reporters.note(key, host, now_ns) {
                taken.counted += 1;
                self.detector.observe_row(&row);
            } else {
                taken.repeated += 1;
            }
        }
        self.total.counted += taken.counted;
        self.total.repeated += taken.repeated;
        self.total.refused += taken.refused;
        taken
    }

    /// The hosts that reported a source lately.
    pub fn reporters(&self, source: Address) -> Vec<u16> {
        // An IPv6 source is remembered by its network, unless it is of the target's own.
        let hosts = self.reporters.of(Detector::key_of(source, Address::UNSPECIFIED));
        if hosts.is_empty() { self.reporters.of(source) } else { hosts }
    }

    /// The detector behind it.
    pub fn detector(&mut self) -> &mut Detector {
        &mut self.detector
    }

    /// What was counted so far, by name.
    pub fn counters(&self) -> Vec<(&'static str, u64)> {
        let own = [
            ("rows.counted", self.total.counted),
            ("rows.repeated", self.total.repeated),
            ("rows.refused", self.total.refused),
        ];
        own.into_iter().chain(self.detector.counters()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::packed::put;

    const NOW_NS: u64 = 1_700_000_000_000_000_000;
    const SOURCE: Address = Address::from_v4(0xcb00_7105);

    fn report(target: u32, port: u16, class: u8) -> Vec<u8> {
        report_of(target, port, class, 0)
    }

    fn report_of(target: u32, port: u16, class: u8, detail: u8) -> Vec<u8> {
        let row = Row {
            detail,
            time_ns: NOW_NS,
            source: SOURCE,
            target: Address::from_v4(0xc000_0200 + target),
            port,
            class,
            outcome: RowOutcome::Closed,
            ..Row::default()
        };
        let mut bytes = Vec::new();
        put(&row, &mut bytes);
        bytes
    }

    fn fleet() -> Result<Fleet, SettingsError> {
        Fleet::new(&Settings::default(), 1)
    }

    #[test]
    fn one_probe_at_each_of_four_hosts_is_a_scan_that_none_of_them_sees() -> Result<(), SettingsError> {
        let mut fleet = fleet()?;
        for host in 0..4 {
            assert_eq!(fleet.detector().take_event(), None);
            fleet.observe(host, &report(host.into(), 22, 0), NOW_NS);
        }
        assert!(fleet.detector().take_event().is_some_and(|event| event.contains("203.0.113.5")));
        assert_eq!(fleet.reporters(SOURCE), [0, 1, 2, 3]);
        Ok(())
    }

    #[test]
    fn one_or_two_hosts_convict_nobody_whatever_they_say() -> Result<(), SettingsError> {
        let mut fleet = fleet()?;
        for host in 0..2 {
            for port in 0..500 {
                let detail = if port == 0 { PROVED_TRAP } else { 0 };
                fleet.observe(host, &report_of(host.into(), port, (port % 13) as u8, detail), NOW_NS);
            }
        }
        assert_eq!(fleet.detector().take_event(), None);
        assert_eq!(fleet.counters().first(), Some(&("rows.counted", 2)));
        Ok(())
    }

    #[test]
    fn what_is_no_row_or_comes_from_the_future_is_refused() -> Result<(), SettingsError> {
        let mut fleet = fleet()?;
        let early = NOW_NS - CLOCK_SKEW_NS - 1;
        assert_eq!(fleet.observe(1, &report(1, 1, 0), early), Taken { refused: 1, ..Taken::default() });
        assert_eq!(fleet.observe(1, &[7; ROW_BYTES + 3], NOW_NS), Taken { refused: 2, ..Taken::default() });
        Ok(())
    }
}
