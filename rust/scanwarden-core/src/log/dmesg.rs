//! The kernel's ring buffer as `dmesg` prints it: no host, no program, and seconds since boot unless asked otherwise.
//!
//! Such lines are believed only in a log that is a saved ring buffer as a whole. In a syslog file the same shape may be the
//! second line of anybody's message.

use super::clock::Clock;
use super::cursor::Cursor;
use super::header::{FACILITY_KERNEL, read_uptime};
use super::header_time::{four_digits, read_iso, read_time_of_day};
use super::month::month_of;
use super::reason::Reason;
use crate::packet::Nanoseconds;

/// Read `[<PRI>][ secs.usecs] `, or what the options of `dmesg` make of it: `-T` `[Fri Mar  7 05:09:30 2025] `, `-x`
/// `kern  :warn  : ` in front, `--time-format iso` `2025-03-07T05:09:30,123456+01:00 `; returns the time and the message.
///
/// # Errors
/// [`Reason::Header`], [`Reason::Time`], or [`Reason::Facility`] for what a process wrote to `/dev/kmsg`.
pub(crate) fn read_dmesg<'a>(
    line: &'a [u8],
    boot_ns: u64,
    clock: &mut Clock,
) -> Result<(Nanoseconds, &'a [u8]), Reason> {
    let mut cursor = Cursor::new(line);
    if cursor.eat(b"<") {
        let priority = cursor.number(4, 8191).ok_or(Reason::Header)?;
        cursor.expect(b">").ok_or(Reason::Header)?;
        if priority / 8 != u64::from(FACILITY_KERNEL) {
            return Err(Reason::Facility);
        }
    }
    if cursor.peek().is_some_and(|byte| byte.is_ascii_lowercase()) {
        read_level(&mut cursor)?;
    }
    if cursor.peek().is_some_and(|byte| byte.is_ascii_digit()) {
        let time_ns = read_iso(&mut cursor, clock)?;
        return cursor.eat(b" ").then(|| (time_ns, cursor.rest())).ok_or(Reason::Header);
    }
    if let Some((since_boot_ns, message)) = read_uptime(cursor.rest()) {
        return Ok((boot_ns.checked_add(since_boot_ns).ok_or(Reason::Time)?, message));
    }
    let time_ns = read_calendar(&mut cursor, clock)?;
    Ok((time_ns, cursor.rest()))
}

/// Read `facility:level: `, both padded with blanks.
fn read_level(cursor: &mut Cursor<'_>) -> Result<(), Reason> {
    let facility = cursor.take_while(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    cursor.skip_blanks();
    cursor.expect(b":").ok_or(Reason::Header)?;
    cursor.take_while(|byte| byte.is_ascii_lowercase());
    cursor.skip_blanks();
    cursor.expect(b": ").ok_or(Reason::Header)?;
    if facility == b"kern" { Ok(()) } else { Err(Reason::Facility) }
}

/// Read ctime(3)'s form in brackets, in the zone of the host.
fn read_calendar(cursor: &mut Cursor<'_>, clock: &mut Clock) -> Result<Nanoseconds, Reason> {
    let (month, day) = read_day(cursor).ok_or(Reason::Header)?;
    let time = read_time_of_day(cursor)?;
    cursor.expect(b" ").ok_or(Reason::Header)?;
    let year = four_digits(cursor).ok_or(Reason::Header)?;
    cursor.expect(b"] ").ok_or(Reason::Header)?;
    clock.with_date((year, month, day), time, None).ok_or(Reason::Time)
}

fn read_day(cursor: &mut Cursor<'_>) -> Option<(u8, u8)> {
    cursor.expect(b"[")?;
    cursor.take_while(|byte| byte.is_ascii_alphabetic());
    cursor.expect(b" ")?;
    let month = month_of(cursor.take_while(|byte| byte != b' '))?;
    cursor.skip_blanks();
    let day = cursor.number(2, 31)? as u8;
    cursor.expect(b" ")?;
    Some((month, day))
}

/// Say whether a line begins as one of a ring buffer; one that begins with a date may be anybody's, so it does not.
pub(crate) fn is_dmesg(line: &[u8]) -> bool {
    !line.starts_with(b"2") && read_dmesg(line, 0, &mut Clock::new(0, 0)).is_ok()
}
