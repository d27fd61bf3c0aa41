//! Sources judged one after the other: what an archive sorted by source needs.

use super::engine::Detector;
use super::flood::FloodWatch;
use super::groups::Groups;
use super::pending::ANSWER_WITHIN_NS;
use super::table::Slot;
use crate::address::Address;
use crate::packet::Nanoseconds;

impl Detector {
    /// From now on judge every source by itself: no groups, no floods.
    pub fn judge_each_alone(&mut self) {
        self.is_each_alone = true;
    }

    /// How many scans were opened so far.
    pub fn scans_opened(&self) -> u64 {
        self.counters.scans_opened
    }

    /// End of input for these keys, the only sources seen since the last call: their scans close, all of them are
    /// forgotten, and the clock may start anew.
    pub fn start_over(&mut self, keys: &[Address]) {
        self.advance(self.now_ns.saturating_add(ANSWER_WITHIN_NS));
        let mut open: Vec<(Nanoseconds, Slot)> = self
            .tallies
            .iter()
            .flatten()
            .map(|tally| (self.table.get(tally.slot).map_or(0, |source| source.first_seen_ns), tally.slot))
            .collect();
        open.sort_unstable();
        for (_, slot) in open {
            let last_seen_ns = self.table.get(slot).map_or(self.now_ns, |source| source.last_seen_ns);
            self.close(slot, last_seen_ns);
        }
        for &key in keys {
            self.table.remove(self.hash.address(key), key);
        }
        self.groups = Groups::default();
        self.flood = FloodWatch::default();
        self.next_look_ns = Nanoseconds::MAX;
        self.started_ns = 0;
        self.restart_clock();
    }
}
