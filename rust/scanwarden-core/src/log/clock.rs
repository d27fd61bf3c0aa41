//! From what a line says about time to nanoseconds since 1970, the missing year included.

use super::stamp::Stamp;
use crate::packet::Nanoseconds;

/// Nanoseconds in a second.
pub(crate) const NS_PER_S: u64 = 1_000_000_000;
const DAY_S: i64 = 86_400;

/// Turns the times of one log into nanoseconds since the epoch; knows what the lines leave out.
#[derive(Clone, Debug)]
pub struct Clock {
    utc_offset_s: i64,
    /// The latest moment known to have passed: the file's modification time, or now. Local seconds.
    reference_local_s: i64,
    last_day: (u8, u8),
    last_day_start_s: i64,
    last_date: (u16, u8, u8),
    last_date_days: i64,
    /// `yyyy-mm-ddThh:mm:ss`.
    pub(crate) last_iso: Stamp<19>,
    /// `Mmm dd hh:mm:ss`; with the year that was inferred, as long as nothing else was.
    pub(crate) last_rfc3164: Stamp<15>,
}

/// A time of day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TimeOfDay {
    pub(crate) seconds: u32,
    pub(crate) nanos: u32,
}

impl Clock {
    /// Read times that are `utc_offset_s` seconds east of UTC unless they say so themselves, in a log that was last
    /// written at `reference_ns`.
    pub fn new(utc_offset_s: i32, reference_ns: Nanoseconds) -> Self {
        let utc_offset_s = i64::from(utc_offset_s);
        Self {
            utc_offset_s,
            reference_local_s: whole_seconds(reference_ns) + utc_offset_s,
            last_day: (0, 0),
            last_day_start_s: 0,
            last_date: (0, 0, 0),
            last_date_days: 0,
            last_iso: Stamp::NONE,
            last_rfc3164: Stamp::NONE,
        }
    }

    /// Change how far east of UTC lines without a zone are: summer time began or ended.
    pub(crate) fn set_utc_offset(&mut self, utc_offset_s: i32) {
        let utc_offset_s = i64::from(utc_offset_s);
        self.reference_local_s += utc_offset_s - self.utc_offset_s;
        self.utc_offset_s = utc_offset_s;
        self.forget_year();
    }

    /// Say that `reference_ns` has passed; a follower of a live file calls this with the time of day. Never goes back.
    pub fn advance(&mut self, reference_ns: Nanoseconds) {
        let local_s = whole_seconds(reference_ns) + self.utc_offset_s;
        if local_s > self.reference_local_s {
            self.reference_local_s = local_s;
            self.forget_year();
        }
    }

    /// Infer the year anew.
    fn forget_year(&mut self) {
        self.last_day = (0, 0);
        self.last_rfc3164 = Stamp::NONE;
    }

    /// The latest moment known to have passed; `None` when none is.
    pub(crate) fn latest_ns(&self) -> Option<Nanoseconds> {
        to_ns(self.reference_local_s - self.utc_offset_s, 0).filter(|&latest_ns| latest_ns > 0)
    }

    /// The time of a line that names month and day but no year (RFC 3164 4.1.2): the newest year that does not put it
    /// more than a day in the future.
    #[inline]
    pub(crate) fn without_year(&mut self, month: u8, day: u8, time: TimeOfDay) -> Option<Nanoseconds> {
        let local_s = self.second_without_year(month, day, time.seconds)?;
        self.moment(local_s, time.nanos, None)
    }

    /// The same, in whole seconds since 1970 in the zone of the log.
    #[inline]
    pub(crate) fn second_without_year(&mut self, month: u8, day: u8, of_day_s: u32) -> Option<i64> {
        self.last_rfc3164 = Stamp::NONE;
        let latest_s = self.reference_local_s + DAY_S;
        let of_day_s = i64::from(of_day_s);
        if self.last_day != (month, day) || self.last_day_start_s + of_day_s > latest_s {
            let year = year_of(latest_s.div_euclid(DAY_S));
            // A leap day may be up to eight years back (1896 to 1904, and again around 2100).
            let start_s = (0..9).find_map(|back| {
                let start_s = days_from_civil(year - back, month, day)? * DAY_S;
                (start_s + of_day_s <= latest_s).then_some(start_s)
            })?;
            self.last_day = (month, day);
            self.last_day_start_s = start_s;
        }
        let local_s = self.last_day_start_s + of_day_s;
        // What a line says has passed, has passed: a followed file goes on into the next year without a new reference.
        self.reference_local_s = self.reference_local_s.max(local_s);
        Some(local_s)
    }

    /// The time of a line that names the whole date; `offset_s` is its own offset from UTC, if it says one.
    #[inline]
    pub(crate) fn with_date(
        &mut self,
        date: (u16, u8, u8),
        time: TimeOfDay,
        offset_s: Option<i32>,
    ) -> Option<Nanoseconds> {
        let local_s = self.second_of_date(date, time.seconds)?;
        self.moment(local_s, time.nanos, offset_s)
    }

    /// The whole seconds of a date and time since 1970, in whatever zone they are.
    #[inline]
    pub(crate) fn second_of_date(&mut self, date: (u16, u8, u8), of_day_s: u32) -> Option<i64> {
        if self.last_date != date {
            self.last_date_days = days_from_civil(i64::from(date.0), date.1, date.2)?;
            self.last_date = date;
        }
        Some(self.last_date_days * DAY_S + i64::from(of_day_s))
    }

    /// The moment of a second in the zone that is `offset_s` seconds east of UTC, or in that of the log.
    #[inline]
    pub(crate) fn moment(&self, local_s: i64, nanos: u32, offset_s: Option<i32>) -> Option<Nanoseconds> {
        to_ns(local_s - offset_s.map_or(self.utc_offset_s, i64::from), nanos)
    }
}

/// Seconds and nanoseconds since the epoch as one number; `None` before 1970 and after 2554.
#[inline]
pub(crate) fn to_ns(seconds: i64, nanos: u32) -> Option<Nanoseconds> {
    u64::try_from(seconds).ok()?.checked_mul(NS_PER_S)?.checked_add(u64::from(nanos))
}

/// Whole seconds of a moment; a 64-bit count of nanoseconds always fits.
fn whole_seconds(moment_ns: Nanoseconds) -> i64 {
    i64::try_from(moment_ns / NS_PER_S).unwrap_or(i64::MAX)
}

/// Days since 1970-01-01 of a date of the Gregorian calendar; `None` when there is no such day.
///
/// The arithmetic is Howard Hinnant's, "chrono-Compatible Low-Level Date Algorithms" (2013).
pub(crate) fn days_from_civil(year: i64, month: u8, day: u8) -> Option<i64> {
    if !(1..=12).contains(&month) || day == 0 || day > days_in_month(year, month) {
        return None;
    }
    let shifted_year = if month <= 2 { year - 1 } else { year };
    let era = shifted_year.div_euclid(400);
    let year_of_era = shifted_year.rem_euclid(400);
    let shifted_month = (i64::from(month) + 9) % 12;
    let day_of_year = (153 * shifted_month + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

const fn days_in_month(year: i64, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// The year a day belongs to.
fn year_of(days: i64) -> i64 {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let is_january_or_february = day_of_year >= 306;
    year_of_era + era * 400 + i64::from(is_january_or_february)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ns(year: i64, month: u8, day: u8, seconds: i64) -> u64 {
        to_ns(days_from_civil(year, month, day).unwrap_or_default() * DAY_S + seconds, 0).unwrap_or_default()
    }

    fn at(seconds: u32) -> TimeOfDay {
        TimeOfDay { seconds, nanos: 0 }
    }

    #[test]
    fn days_and_years_agree_with_the_calendar() {
        for (date, days) in
            [((1970, 1, 1), 0), ((2000, 2, 29), 11_016), ((2024, 12, 31), 20_088), ((2100, 3, 1), 47_541)]
        {
            assert_eq!(days_from_civil(date.0, date.1, date.2), Some(days));
            assert_eq!(year_of(days), date.0);
        }
        assert_eq!(days_from_civil(2023, 2, 29), None);
        assert_eq!(days_from_civil(2100, 2, 29), None);
        assert_eq!(days_from_civil(2023, 13, 1), None);
    }

    #[test]
    fn the_year_is_the_newest_that_is_not_a_day_ahead() {
        let reference = ns(2025, 3, 10, 12 * 3600);
        for (month, day, seconds, year) in [
            (3, 10, 0, 2025),
            (3, 11, 12 * 3600, 2025),
            (3, 11, 12 * 3600 + 1, 2024),
            (12, 31, 0, 2024),
            (1, 1, 0, 2025),
            (2, 29, 0, 2024),
        ] {
            let mut clock = Clock::new(0, reference);
            let got = clock.without_year(month, day, at(seconds));
            assert_eq!(got, Some(ns(year, month, day, i64::from(seconds))), "{month}-{day} {seconds}");
        }
    }

    #[test]
    fn a_log_goes_on_across_new_year() {
        let mut clock = Clock::new(3600, ns(2025, 1, 2, 0));
        let days = [(12, 30), (12, 31), (1, 1), (1, 2)];
        let times: Vec<_> = days.iter().filter_map(|&(month, day)| clock.without_year(month, day, at(5))).collect();
        assert_eq!(times.len(), 4);
        assert!(times.is_sorted(), "{times:?}");
        assert_eq!(times.first().copied(), Some(ns(2024, 12, 30, 5 - 3600)));
    }

    #[test]
    fn a_followed_log_carries_its_own_reference_into_the_new_year() {
        let mut clock = Clock::new(0, ns(2024, 12, 31, 23 * 3600));
        for (month, day, year) in [(12, 31, 2024), (1, 1, 2025), (1, 2, 2025), (1, 3, 2025), (12, 31, 2024)] {
            assert_eq!(clock.without_year(month, day, at(10)), Some(ns(year, month, day, 10)), "{month}-{day}");
        }
    }

    #[test]
    fn a_live_reference_moves_the_year() {
        let mut clock = Clock::new(0, ns(2024, 6, 1, 0));
        assert_eq!(clock.without_year(8, 1, at(0)), Some(ns(2023, 8, 1, 0)));
        clock.advance(ns(2024, 8, 2, 0));
        assert_eq!(clock.without_year(8, 1, at(0)), Some(ns(2024, 8, 1, 0)));
    }

    #[test]
    fn a_whole_date_needs_no_reference() {
        let mut clock = Clock::new(7200, 0);
        assert_eq!(clock.with_date((2024, 5, 1), at(7200), None), Some(ns(2024, 5, 1, 0)));
        assert_eq!(clock.with_date((2024, 5, 1), at(0), Some(-3600)), Some(ns(2024, 5, 1, 3600)));
        assert_eq!(clock.with_date((1969, 5, 1), at(0), None), None);
    }
}
