//! How the memory budget is shared out among the tables.

use super::groups::Groups;
use super::leads::Leads;
use super::memo::Memo;
use super::pending::Waiting;
use super::ports::Page;
use super::source::Source;
use super::table::SourceTable;
use super::tally::Tally;
use super::targets::Targets;

/// Told the address and the bytes of a table's memory before it is used for the first time, so that whoever may call
/// the operating system can ask for large pages: a look-up anywhere in megabytes of small ones waits for their table too.
pub(crate) type Advise<'a> = &'a dyn Fn(usize, usize);

/// Fill a table with one value, in memory on which advice was given.
pub(crate) fn advised<T: Clone>(value: T, count: usize, advise: Advise<'_>) -> Vec<T> {
    let mut table: Vec<T> = Vec::with_capacity(count);
    advise(table.as_ptr().addr(), count * size_of::<T>());
    table.resize(count, value);
    table
}

/// The least that anything can be done with.
const LEAST_BYTES: usize = 1 << 20;
/// Tallies at a time, at most; more scans than this at once close the least suspicious ones early.
const TALLIES: usize = 2048;

/// Sizes of the tables, in entries where nothing else is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Budget {
    pub(crate) sources: usize,
    pub(crate) doorkeeper_bytes: usize,
    pub(crate) waiting: usize,
    pub(crate) pages: usize,
    pub(crate) tallies: usize,
    pub(crate) v6_targets: usize,
    /// Conversations and handshakes, each.
    pub(crate) conversations: usize,
    pub(crate) services: usize,
    pub(crate) routers: usize,
    pub(crate) knocking: usize,
    pub(crate) prefixes: usize,
    pub(crate) prefix_contacts: usize,
}

impl Budget {
    /// Share out `memory_bytes`, but no less than 1 MiB: what is left by the other tables is for sources.
    pub(crate) fn of(memory_bytes: usize) -> Self {
        let bytes = memory_bytes.max(LEAST_BYTES);
        let mut budget = Self {
            sources: 0,
            doorkeeper_bytes: bytes / 8,
            waiting: bytes / 20 / size_of::<Waiting>(),
            pages: bytes / 8 / size_of::<Page>(),
            tallies: (bytes >> 14).min(TALLIES),
            v6_targets: (bytes >> 11).min(1 << 14),
            conversations: bytes >> 10,
            services: bytes >> 11,
            routers: 1 << 10,
            knocking: 1 << 10,
            prefixes: (bytes >> 13).min(1 << 12),
            prefix_contacts: (bytes >> 11).min(1 << 14),
        };
        budget.sources = bytes.saturating_sub(budget.bytes_without_sources()) / SourceTable::BYTES_A_SOURCE;
        budget
    }

    /// Bytes held when full, by everything but the sources.
    fn bytes_without_sources(&self) -> usize {
        let memos = [
            self.conversations,
            self.conversations,
            self.services,
            self.routers,
            self.knocking,
            self.prefixes,
            self.prefix_contacts,
        ];
        self.doorkeeper_bytes
            + self.waiting * size_of::<Waiting>()
            + self.pages * size_of::<Page>()
            + self.tallies * Tally::BYTES
            + Targets::bytes_for(self.v6_targets)
            + memos.into_iter().map(Memo::bytes_for).sum::<usize>()
            + Groups::bytes()
            + Leads::BYTES
    }

    /// Bytes held when full.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes_without_sources() + self.sources * SourceTable::BYTES_A_SOURCE
    }
}

const _: () = assert!(SourceTable::BYTES_A_SOURCE >= size_of::<Source>(), "a source takes its share of a bucket too");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_the_budget_it_is_not_exceeded_and_most_of_it_is_used() {
        for memory_bytes in [1 << 20, 3 << 20, 8 << 20, 32 << 20, 100_000_000, 1 << 30] {
            let held = Budget::of(memory_bytes).bytes();
            assert!(held <= memory_bytes && held > memory_bytes / 100 * 95, "{held} of {memory_bytes}");
        }
    }

    #[test]
    fn half_of_the_default_is_for_sources() {
        let budget = Budget::of(32 << 20);
        assert!(budget.sources * size_of::<Source>() > 16 << 20, "{budget:?}");
    }

    #[test]
    fn less_than_the_least_is_the_least() {
        assert_eq!(Budget::of(0), Budget::of(LEAST_BYTES));
    }
}
