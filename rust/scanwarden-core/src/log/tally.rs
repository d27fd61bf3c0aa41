//! Counting per source within a sliding window, in bounded memory.

use std::collections::{BTreeSet, HashMap, VecDeque};

use crate::address::Address;
use crate::packet::Nanoseconds;

/// Most sources counted at a time; whoever was quiet longest goes first.
pub(crate) const MAX_SOURCES: usize = 16_384;

/// A source reached the threshold, or has doubled its count since that was last said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Crossing {
    /// How many were counted since the source began.
    pub(crate) count: u64,
    /// When the first of them was.
    pub(crate) since_ns: Nanoseconds,
}

/// Counts what sources do; says when one did it `threshold` times within `window_ns`, then at each doubling.
///
/// A source that is quiet for a whole window begins anew. The table is keyed by the standard library's keyed hash, so
/// nobody can choose addresses that collide.
#[derive(Debug)]
pub(crate) struct WindowTally {
    threshold: u64,
    window_ns: Nanoseconds,
    max_sources: usize,
    sources: HashMap<Address, Counted>,
    by_age: BTreeSet<(Nanoseconds, Address)>,
    evictions: u64,
}

#[derive(Debug)]
struct Counted {
    /// Until the threshold is reached: what lies within the window, oldest first, at most `threshold` entries.
    recent: VecDeque<(Nanoseconds, u32)>,
    /// After that: everything since the source began.
    total: u64,
    since_ns: Nanoseconds,
    last_ns: Nanoseconds,
    say_at: u64,
}

impl WindowTally {
    pub(crate) fn new(threshold: u32, window_ns: Nanoseconds, max_sources: usize) -> Self {
        Self {
            threshold: u64::from(threshold.max(1)),
            window_ns,
            max_sources: max_sources.max(1),
            sources: HashMap::new(),
            by_age: BTreeSet::new(),
            evictions: 0,
        }
    }

    /// Count `weight` at `time_ns`; times may lie a little in the past.
    pub(crate) fn add(&mut self, source: Address, time_ns: Nanoseconds, weight: u32) -> Option<Crossing> {
        self.make_room(source);
        let (threshold, window_ns) = (self.threshold, self.window_ns);
        let counted = self.sources.entry(source).or_insert_with(|| Counted::begin(time_ns, threshold));
        self.by_age.remove(&(counted.last_ns, source));
        if time_ns.saturating_sub(counted.last_ns) > window_ns {
            *counted = Counted::begin(time_ns, threshold);
        }
        counted.last_ns = counted.last_ns.max(time_ns);
        self.by_age.insert((counted.last_ns, source));
        counted.add(time_ns, weight, threshold, window_ns)
    }

    /// How many sources were forgotten because the table was full.
    pub(crate) fn evictions(&self) -> u64 {
        self.evictions
    }

    fn make_room(&mut self, source: Address) {
        if self.sources.len() < self.max_sources || self.sources.contains_key(&source) {
            return;
        }
        if let Some((_, quietest)) = self.by_age.pop_first() {
            self.sources.remove(&quietest);
            self.evictions += 1;
        }
    }
}

impl Counted {
    fn begin(time_ns: Nanoseconds, threshold: u64) -> Self {
        Self { recent: VecDeque::new(), total: 0, since_ns: time_ns, last_ns: time_ns, say_at: threshold }
    }

    fn add(&mut self, time_ns: Nanoseconds, weight: u32, threshold: u64, window_ns: Nanoseconds) -> Option<Crossing> {
        if self.total == 0 {
            self.recent.push_back((time_ns, weight));
            while self.recent.front().is_some_and(|(old_ns, _)| self.last_ns.saturating_sub(*old_ns) > window_ns) {
                self.recent.pop_front();
            }
            let sum: u64 = self.recent.iter().map(|(_, weight)| u64::from(*weight)).sum();
            if sum < threshold {
                return None;
            }
            self.since_ns = self.recent.front().map_or(time_ns, |(first_ns, _)| *first_ns);
            self.total = sum;
            self.recent = VecDeque::new();
        } else {
            self.total += u64::from(weight);
        }
        if self.total < self.say_at {
            return None;
        }
        self.say_at = self.total * 2;
        Some(Crossing { count: self.total, since_ns: self.since_ns })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW_NS: u64 = 600;

    fn said(tally: &mut WindowTally, times: &[u64]) -> Vec<u64> {
        times.iter().filter_map(|&time_ns| tally.add(Address(7), time_ns, 1)).map(|crossing| crossing.count).collect()
    }

    #[test]
    fn the_threshold_is_said_once_and_then_each_doubling() {
        let times: Vec<u64> = (0..41).collect();
        assert_eq!(said(&mut WindowTally::new(5, WINDOW_NS, 10), &times), [5, 10, 20, 40]);
    }

    #[test]
    fn what_left_the_window_does_not_count() {
        let mut tally = WindowTally::new(3, WINDOW_NS, 10);
        assert!(said(&mut tally, &[0, 500, 1_000, 1_500, 2_000]).is_empty());
        assert_eq!(tally.add(Address(7), 2_001, 1), Some(Crossing { count: 3, since_ns: 1_500 }));
    }

    #[test]
    fn a_source_that_rested_begins_anew() {
        let mut tally = WindowTally::new(2, WINDOW_NS, 10);
        assert_eq!(said(&mut tally, &[0, 1, 2, 1_000, 1_001]), [2, 2]);
    }

    #[test]
    fn one_line_may_stand_for_many() {
        assert_eq!(WindowTally::new(5, WINDOW_NS, 10).add(Address(7), 3, 6), Some(Crossing { count: 6, since_ns: 3 }));
    }

    #[test]
    fn a_full_table_forgets_the_quietest() {
        let mut tally = WindowTally::new(2, WINDOW_NS, 3);
        for (time_ns, source) in [(1, 1), (2, 2), (3, 3), (4, 1), (5, 4), (6, 5)] {
            tally.add(Address(source), time_ns, 1);
        }
        assert_eq!((tally.sources.len(), tally.by_age.len(), tally.evictions()), (3, 3, 2));
        assert!(tally.sources.contains_key(&Address(1)), "it was heard after 2 and 3");
    }

    #[test]
    fn late_times_do_no_harm() {
        let mut tally = WindowTally::new(3, WINDOW_NS, 3);
        assert_eq!(said(&mut tally, &[1_000, 990, 980, 0, 1_000]), [3]);
        assert_eq!(tally.by_age.len(), tally.sources.len());
    }
}
