//! The dates of log lines.

use super::clock::{Clock, TimeOfDay};
use super::cursor::Cursor;
use super::month::month_of;
use super::reason::Reason;
use crate::packet::Nanoseconds;

/// Read `Mmm [d]d [yyyy ]hh:mm:ss[.fraction]` (RFC 3164 4.1.2, and what daemons add to it).
#[inline]
pub(crate) fn read_rfc3164(cursor: &mut Cursor<'_>, clock: &mut Clock) -> Result<Nanoseconds, Reason> {
    if let Some(local_s) = clock.last_rfc3164.again(cursor) {
        let nanos = read_decimals(cursor)?;
        return clock.moment(local_s, nanos, None).ok_or(Reason::Time);
    }
    read_new_rfc3164(cursor, clock)
}

fn read_new_rfc3164(cursor: &mut Cursor<'_>, clock: &mut Clock) -> Result<Nanoseconds, Reason> {
    let begin = *cursor;
    let name = cursor.take_while(|byte| byte != b' ' && byte != b':');
    let month = month_of(name).ok_or(Reason::Header)?;
    cursor.expect(b" ").ok_or(Reason::Header)?;
    cursor.eat(b" ");
    let day = cursor.number(2, 31).ok_or(Reason::Header)? as u8;
    // "mars 5." and the like: some locales put a point behind the day.
    cursor.eat(b".");
    cursor.expect(b" ").ok_or(Reason::Header)?;
    if let Some(year) = year_then_blank(cursor) {
        let time = read_time_of_day(cursor)?;
        return clock.with_date((year, month, day), time, None).ok_or(Reason::Time);
    }
    let of_day_s = read_second_of_day(cursor)?;
    let behind = *cursor;
    let nanos = read_decimals(cursor)?;
    let local_s = clock.second_without_year(month, day, of_day_s).ok_or(Reason::Time)?;
    clock.last_rfc3164.keep(&begin, &behind, local_s);
    clock.moment(local_s, nanos, None).ok_or(Reason::Time)
}

/// Read the shapes that few write: seconds since the epoch (`journalctl -o short-unix`), and dates behind a weekday
/// (`journalctl -o short-full`: `Thu 2024-03-07 05:09:20 CET`; `OpenWrt`'s `logread`: `Thu Mar  7 05:09:20 2024`).
#[cold]
pub(crate) fn read_rare_time(cursor: &mut Cursor<'_>, clock: &mut Clock) -> Result<Nanoseconds, Reason> {
    if let Some(b'0'..=b'9') = cursor.peek() {
        let text = cursor.take_while(|byte| byte.is_ascii_digit() || byte == b'.');
        return super::flow::epoch_ns(text).filter(|_| text.len() > 10).ok_or(Reason::Header);
    }
    cursor.take_while(|byte| byte.is_ascii_alphabetic() || byte >= 0x80);
    cursor.eat(b".");
    cursor.expect(b" ").ok_or(Reason::Header)?;
    if let Some(date) = read_iso_date(&mut cursor.clone()) {
        cursor.take_while(|byte| byte != b' ');
        cursor.expect(b" ").ok_or(Reason::Header)?;
        let time = read_time_of_day(cursor)?;
        cursor.expect(b" ").ok_or(Reason::Header)?;
        let offset_s = read_zone_name(cursor)?;
        return clock.with_date(date, time, offset_s).ok_or(Reason::Time);
    }
    let month = month_of(cursor.take_while(|byte| byte != b' ')).ok_or(Reason::Header)?;
    cursor.skip_blanks();
    let day = cursor.number(2, 31).ok_or(Reason::Header)? as u8;
    cursor.expect(b" ").ok_or(Reason::Header)?;
    let time = read_time_of_day(cursor)?;
    cursor.expect(b" ").ok_or(Reason::Header)?;
    let year = four_digits(cursor).ok_or(Reason::Header)?;
    clock.with_date((year, month, day), time, None).ok_or(Reason::Time)
}

/// Read `UTC`, a number such as `+03`, or letters, which are taken for the zone of the log.
fn read_zone_name(cursor: &mut Cursor<'_>) -> Result<Option<i32>, Reason> {
    let mut ahead = *cursor;
    let name = ahead.take_while(|byte| byte.is_ascii_alphabetic());
    if name.is_empty() {
        return read_zone(cursor);
    }
    *cursor = ahead;
    Ok(matches!(name, b"UTC" | b"GMT").then_some(0))
}

fn year_then_blank(cursor: &mut Cursor<'_>) -> Option<u16> {
    let mut ahead = *cursor;
    let year = four_digits(&mut ahead)?;
    ahead.expect(b" ")?;
    *cursor = ahead;
    Some(year)
}

/// Read `yyyy-mm-dd` `T` or blank `hh:mm:ss[.fraction][zone]` (RFC 3339 5.6; `journalctl` prints the zone without colon).
#[inline]
pub(crate) fn read_iso(cursor: &mut Cursor<'_>, clock: &mut Clock) -> Result<Nanoseconds, Reason> {
    let local_s = match clock.last_iso.again(cursor) {
        Some(local_s) => Some(local_s),
        None => read_new_iso(cursor, clock)?,
    };
    let nanos = read_decimals(cursor)?;
    let offset_s = read_zone(cursor)?;
    local_s.and_then(|local_s| clock.moment(local_s, nanos, offset_s)).ok_or(Reason::Time)
}

/// Read date and time; `None` for a day that does not exist.
fn read_new_iso(cursor: &mut Cursor<'_>, clock: &mut Clock) -> Result<Option<i64>, Reason> {
    let begin = *cursor;
    let date = read_iso_date(cursor).ok_or(Reason::Header)?;
    if !cursor.eat(b"T") && !cursor.eat(b" ") {
        return Err(Reason::Header);
    }
    let of_day_s = read_second_of_day(cursor)?;
    let local_s = clock.second_of_date(date, of_day_s);
    if let Some(local_s) = local_s {
        clock.last_iso.keep(&begin, cursor, local_s);
    }
    Ok(local_s)
}

#[inline]
fn read_iso_date(cursor: &mut Cursor<'_>) -> Option<(u16, u8, u8)> {
    let year = four_digits(cursor)?;
    cursor.expect(b"-")?;
    let month = two_digits(cursor)?;
    cursor.expect(b"-")?;
    let day = two_digits(cursor)?;
    Some((year, month, day))
}

/// Read a four-digit year.
#[inline]
pub(crate) fn four_digits(cursor: &mut Cursor<'_>) -> Option<u16> {
    let mut ahead = *cursor;
    let year = u16::from(two_digits(&mut ahead)?) * 100 + u16::from(two_digits(&mut ahead)?);
    *cursor = ahead;
    Some(year)
}

/// Read exactly two digits.
#[inline]
pub(crate) fn two_digits(cursor: &mut Cursor<'_>) -> Option<u8> {
    let (&[high, low], rest) = cursor.rest().split_first_chunk::<2>()?;
    let (high, low) = (high.wrapping_sub(b'0'), low.wrapping_sub(b'0'));
    if high > 9 || low > 9 {
        return None;
    }
    *cursor = Cursor::new(rest);
    Some(high * 10 + low)
}

/// Read `hh:mm:ss` and a fraction of up to nine digits behind a point or comma; a leap second counts as the 60th.
#[inline]
pub(crate) fn read_time_of_day(cursor: &mut Cursor<'_>) -> Result<TimeOfDay, Reason> {
    let seconds = read_second_of_day(cursor)?;
    let nanos = read_decimals(cursor)?;
    Ok(TimeOfDay { seconds, nanos })
}

#[inline]
fn read_second_of_day(cursor: &mut Cursor<'_>) -> Result<u32, Reason> {
    let (hour, minute, second) = clock_digits(cursor).ok_or(Reason::Header)?;
    if hour > 23 || minute > 59 || second > 60 {
        return Err(Reason::Time);
    }
    Ok(u32::from(hour) * 3600 + u32::from(minute) * 60 + u32::from(second))
}

/// Read the decimals of a second, if there are any.
#[inline]
fn read_decimals(cursor: &mut Cursor<'_>) -> Result<u32, Reason> {
    if cursor.eat(b".") || cursor.eat(b",") { read_fraction(cursor).ok_or(Reason::Time) } else { Ok(0) }
}

#[inline]
fn clock_digits(cursor: &mut Cursor<'_>) -> Option<(u8, u8, u8)> {
    let hour = two_digits(cursor)?;
    cursor.expect(b":")?;
    let minute = two_digits(cursor)?;
    cursor.expect(b":")?;
    Some((hour, minute, two_digits(cursor)?))
}

/// Read one to nine digits of a second as nanoseconds.
#[inline]
pub(crate) fn read_fraction(cursor: &mut Cursor<'_>) -> Option<u32> {
    const SCALE: [u32; 10] = [0, 100_000_000, 10_000_000, 1_000_000, 100_000, 10_000, 1_000, 100, 10, 1];
    let before = cursor.rest().len();
    let value = cursor.number(9, 999_999_999)? as u32;
    SCALE.get(before - cursor.rest().len()).map(|scale| value * scale)
}

/// Read `Z`, `±hh:mm`, `±hhmm` or `±hh`; nothing means that the line does not say.
#[inline]
pub(crate) fn read_zone(cursor: &mut Cursor<'_>) -> Result<Option<i32>, Reason> {
    let sign = match cursor.peek() {
        Some(b'Z') => {
            cursor.eat(b"Z");
            return Ok(Some(0));
        }
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => return Ok(None),
    };
    let _ = cursor.eat(b"+") || cursor.eat(b"-");
    let hours = two_digits(cursor).ok_or(Reason::Time)?;
    cursor.eat(b":");
    let minutes = two_digits(cursor).unwrap_or(0);
    if hours > 18 || minutes > 59 {
        return Err(Reason::Time);
    }
    Ok(Some(sign * (i32::from(hours) * 3600 + i32::from(minutes) * 60)))
}
