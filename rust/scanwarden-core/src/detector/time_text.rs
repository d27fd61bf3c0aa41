//! Times as RFC 3339 text, nanoseconds kept.

use super::digits::two_digits;
use crate::packet::Nanoseconds;
use serde::{Serialize, Serializer};

/// A time as `2026-01-02T03:04:05.123456789Z`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TimeText([u8; 30]);

impl Serialize for TimeText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

/// Write a time as text.
#[expect(clippy::many_single_char_names, reason = "the letters of the pattern, as in RFC 3339")]
pub(crate) fn rfc3339(time_ns: Nanoseconds) -> TimeText {
    let (seconds, fraction) = (time_ns / 1_000_000_000, time_ns % 1_000_000_000);
    let (year, month, day) = civil_from_days((seconds / 86_400).cast_signed());
    // 64 bits of nanoseconds end in the year 2554.
    let year = year.unsigned_abs();
    let ([c, e], [d, y]) = (two_digits(year / 100), two_digits(year));
    let ([o, m], [a, b]) = (two_digits(month.unsigned_abs()), two_digits(day.unsigned_abs()));
    let ([h, k], [i, j]) = (two_digits(seconds / 3600 % 24), two_digits(seconds / 60 % 60));
    let [s, t] = two_digits(seconds % 60);
    let ([f1, f2], [f3, f4]) = (two_digits(fraction / 10_000_000), two_digits(fraction / 100_000));
    let ([f5, f6], [f7, f8]) = (two_digits(fraction / 1000), two_digits(fraction / 10));
    let [_, f9] = two_digits(fraction);
    TimeText([
        c, e, d, y, b'-', o, m, b'-', a, b, b'T', h, k, b':', i, j, b':', s, t, b'.', f1, f2, f3, f4, f5, f6, f7, f8,
        f9, b'Z',
    ])
}

/// Days since 1970-01-01 to year, month, day of the proleptic Gregorian calendar (Hinnant, "chrono-Compatible Low-Level
/// Date Algorithms").
const fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + (month <= 2) as i64, month, day)
}

#[cfg(test)]
mod tests {
    use super::super::json::to_json;
    use super::*;

    #[test]
    fn times_are_written_in_utc_with_nanoseconds() {
        for (time_ns, text) in [
            (0, "1970-01-01T00:00:00.000000000Z"),
            (951_782_400_000_000_001, "2000-02-29T00:00:00.000000001Z"),
            (1_767_323_045_123_456_789, "2026-01-02T03:04:05.123456789Z"),
        ] {
            assert_eq!(to_json(&rfc3339(time_ns)), Some(format!("\"{text}\"")));
        }
    }
}
