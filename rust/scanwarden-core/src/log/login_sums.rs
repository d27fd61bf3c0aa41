//! How often each source failed to log in, in a log as a whole.

use std::collections::HashMap;

use crate::address::Address;
use crate::packet::Nanoseconds;

/// Most sources whose failures are summed up; those that come later are only counted.
const MAX_SOURCES: usize = 16_384;

/// The failures of one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LoginSum {
    pub(crate) source: Address,
    pub(crate) count: u64,
    pub(crate) last_ns: Nanoseconds,
    pub(crate) is_vouched: bool,
}

/// The failures by source. The table is keyed by the standard library's keyed hash.
#[derive(Debug, Default)]
pub(crate) struct LoginSums {
    sources: HashMap<Address, LoginSum>,
    left_out: u64,
}

impl LoginSums {
    pub(crate) fn add(&mut self, source: Address, attempts: u32, time_ns: Nanoseconds, is_vouched: bool) {
        let is_full = self.sources.len() >= MAX_SOURCES;
        if is_full && !self.sources.contains_key(&source) {
            self.left_out += 1;
            return;
        }
        let fresh = LoginSum { source, count: 0, last_ns: time_ns, is_vouched };
        let sum = self.sources.entry(source).or_insert(fresh);
        sum.count += u64::from(attempts);
        sum.last_ns = sum.last_ns.max(time_ns);
    }

    /// Take out the sums, those with most failures first, and how many failures belong to sources without a sum.
    pub(crate) fn take(&mut self) -> (Vec<LoginSum>, u64) {
        let mut sums: Vec<LoginSum> = std::mem::take(&mut self.sources).into_values().collect();
        sums.sort_unstable_by(|a, b| b.count.cmp(&a.count).then(a.source.0.cmp(&b.source.0)));
        (sums, std::mem::take(&mut self.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_failed_most_come_first_and_the_table_is_bounded() {
        let mut sums = LoginSums::default();
        sums.add(Address::from_v4(7), 3, 10, false);
        for host in 0..(MAX_SOURCES as u32 + 5) {
            sums.add(Address::from_v4(host), 1, 20, false);
        }
        let (sums, left_out) = sums.take();
        assert_eq!((sums.len(), left_out), (MAX_SOURCES, 5));
        let first = sums.first().map(|sum| (sum.source, sum.count, sum.last_ns));
        assert_eq!(first, Some((Address::from_v4(7), 4, 20)));
    }
}
