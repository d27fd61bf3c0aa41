//! Contacts that wait for an answer: a queue in order of deadline.
//!
//! Every wait is equally long and time never goes backwards, so a ring is a priority queue.

use super::contact::ProbeClass;
use crate::packet::Nanoseconds;
use std::collections::VecDeque;

/// How long an answer may take: TCP's own first retransmission comes after one second (RFC 6298 2).
pub(crate) const ANSWER_WITHIN_NS: Nanoseconds = 1_000_000_000;

/// So many are looked at ahead of time, at most.
const UPCOMING: usize = 32;

/// One contact without an answer yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Waiting {
    pub(crate) deadline_ns: Nanoseconds,
    pub(crate) slot: u32,
    pub(crate) generation: u32,
    pub(crate) target: u32,
    /// The port; of a cohort, its number.
    pub(crate) port: u16,
    pub(crate) class: ProbeClass,
    /// Not one contact but a cohort of an open scan's contacts.
    pub(crate) is_cohort: bool,
}

const _: () = assert!(size_of::<Waiting>() == 24, "many wait");

impl Waiting {
    const NOBODY: Self =
        Self { deadline_ns: 0, slot: 0, generation: 0, target: 0, port: 0, class: ProbeClass::Syn, is_cohort: false };
}

/// The queue.
pub(crate) struct Pending {
    queue: VecDeque<Waiting>,
    capacity: usize,
}

impl Pending {
    /// Hold at most `capacity` waiting contacts; the memory for all of them is taken now.
    ///
    /// A ring that was never full takes a new page for every few hundred contacts: under a flood of random sources, of
    /// which some come twice, memory would grow for minutes.
    pub(crate) fn new(capacity: usize) -> Self {
        let mut queue = VecDeque::with_capacity(capacity);
        queue.resize(capacity, Waiting::NOBODY);
        queue.clear();
        Self { queue, capacity }
    }

    /// The earliest deadline, or the end of time.
    #[inline]
    pub(crate) fn next_deadline_ns(&self) -> Nanoseconds {
        self.queue.front().map_or(Nanoseconds::MAX, |waiting| waiting.deadline_ns)
    }

    /// Add one; when the queue is full, the longest-waiting one is returned to be decided early.
    #[inline]
    pub(crate) fn push(&mut self, waiting: Waiting) -> Option<Waiting> {
        let pushed_out = if self.queue.len() >= self.capacity { self.queue.pop_front() } else { None };
        self.queue.push_back(waiting);
        pushed_out
    }

    /// The next few to be decided until `now_ns`, or because there is no room for so many more.
    #[inline]
    pub(crate) fn upcoming(&self, more: usize, now_ns: Nanoseconds) -> impl Iterator<Item = &Waiting> {
        let displaced = (self.queue.len() + more).saturating_sub(self.capacity).min(more);
        let is_next = move |(n, waiting): &(usize, &Waiting)| *n < displaced || waiting.deadline_ns <= now_ns;
        self.queue.iter().take(UPCOMING).enumerate().take_while(is_next).map(|(_, waiting)| waiting)
    }

    /// Take the next one whose deadline has come.
    #[inline]
    pub(crate) fn pop_due(&mut self, now_ns: Nanoseconds) -> Option<Waiting> {
        if self.next_deadline_ns() <= now_ns { self.queue.pop_front() } else { None }
    }
}
