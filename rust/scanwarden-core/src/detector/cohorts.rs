//! Contacts of an open scan that wait for their answers together.
//!
//! A scan of many ports makes contacts faster than each could have its own place in the queue, and what becomes of one
//! of them only adds up. So contacts that came within a few hundredths of a second are counted, wait as one, and those
//! without an answer are silent together.

use crate::packet::Nanoseconds;

/// Contacts within 2^26 ns (67 ms) of each other wait together.
const SPAN_BITS: u32 = 26;
/// More spans than pass while a cohort waits, so that no number is in use twice.
const COHORTS: usize = 16;

const _: () = assert!(((COHORTS as u64) - 1) << SPAN_BITS >= super::pending::ANSWER_WITHIN_NS, "a cohort must be gone");

/// How many contacts wait, by the time they came.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C, align(64))]
pub(crate) struct Cohorts([u32; COHORTS]);

/// The number of the cohort of a time.
#[inline]
const fn number_at(now_ns: Nanoseconds) -> usize {
    (now_ns >> SPAN_BITS) as usize % COHORTS
}

impl Cohorts {
    /// Let one more contact wait; gives the cohort's number when it is the first of it.
    #[inline]
    pub(crate) fn join(&mut self, now_ns: Nanoseconds) -> Option<u16> {
        let number = number_at(now_ns);
        let count = self.0.get_mut(number)?;
        *count += 1;
        (*count == 1).then_some(number as u16)
    }

    /// How many wait in the cohort of a time; one that counts itself must not be its first.
    #[inline]
    pub(crate) fn waiting_mut(&mut self, now_ns: Nanoseconds) -> Option<&mut u32> {
        self.0.get_mut(number_at(now_ns))
    }

    /// One contact was answered: the latest cohort has one less. False when none waits.
    pub(crate) fn leave(&mut self, now_ns: Nanoseconds) -> bool {
        let latest = (now_ns >> SPAN_BITS) as usize;
        let waiting = (0..COHORTS).map(|back| latest.wrapping_sub(back) % COHORTS);
        for number in waiting {
            if let Some(count) = self.0.get_mut(number).filter(|count| **count > 0) {
                *count -= 1;
                return true;
            }
        }
        false
    }

    /// A cohort waited long enough: how many of it had no answer.
    pub(crate) fn disband(&mut self, number: u16) -> u32 {
        self.0.get_mut(usize::from(number)).map_or(0, std::mem::take)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPAN_NS: Nanoseconds = 1 << SPAN_BITS;

    #[test]
    fn the_first_of_a_cohort_is_told_its_number() {
        let mut cohorts = Cohorts::default();
        assert_eq!(cohorts.join(5), Some(0));
        assert_eq!(cohorts.join(6), None);
        assert_eq!(cohorts.join(SPAN_NS), Some(1));
        assert_eq!(cohorts.disband(0), 2);
        assert_eq!(cohorts.disband(0), 0);
        assert_eq!(cohorts.disband(1), 1);
    }

    #[test]
    fn an_answer_takes_from_the_latest_cohort_that_waits() {
        let mut cohorts = Cohorts::default();
        for time_ns in [0, SPAN_NS, 20 * SPAN_NS] {
            let _ = cohorts.join(time_ns);
        }
        assert!(cohorts.leave(20 * SPAN_NS));
        assert!(cohorts.leave(20 * SPAN_NS));
        assert_eq!((cohorts.disband(1), cohorts.disband(0)), (0, 1));
        assert!(!cohorts.leave(20 * SPAN_NS));
    }
}
