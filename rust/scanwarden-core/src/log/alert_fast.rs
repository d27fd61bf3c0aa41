//! One-line alerts: Suricata's `fast.log`, Snort's `alert_fast`.

use super::address_text::whole_address;
use super::clock::Clock;
use super::cursor::Cursor;
use super::header_time::{four_digits, read_time_of_day, two_digits};
use super::ids::{IdsAlert, IdsSystem, is_scan_rule, protocol_number};
use super::login_text::{split_first, split_last};
use super::reason::Reason;
use crate::address::Address;
use crate::packet::Nanoseconds;

/// Read `time [Drop] [**] [gid:sid:rev] text [**] [Classification: …] [Priority: n] {PROTO} a:p -> b:p`.
///
/// # Errors
/// The reason why the line does not fit.
pub(crate) fn read_alert<'a>(line: &'a [u8], clock: &mut Clock) -> Result<IdsAlert<'a>, Reason> {
    if super::kernel::has_control_byte(line) {
        return Err(Reason::ControlByte);
    }
    let mut cursor = Cursor::new(line);
    let time_ns = read_time(&mut cursor, clock)?;
    let (action, rest) = split_first(cursor.rest(), b"[**] [").ok_or(Reason::Header)?;
    if !action.iter().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b' ' | b'[' | b']')) {
        return Err(Reason::Header);
    }
    let mut cursor = Cursor::new(rest);
    let ids = read_ids(&mut cursor).ok_or(Reason::Columns)?;
    let (message, rest) = split_first(cursor.rest(), b" [**]").ok_or(Reason::Columns)?;
    read_rest(time_ns, ids, message, rest)
}

/// Read what syslog gets: `[gid:sid:rev] text [Classification: …] [Priority: n][:] [<if>] {PROTO} a:p -> b:p`.
///
/// # Errors
/// [`Reason::Irrelevant`] for what is no alert, else the reason why the line does not fit.
pub(crate) fn read_syslog_alert(text: &[u8], time_ns: Nanoseconds) -> Result<IdsAlert<'_>, Reason> {
    if super::kernel::has_control_byte(text) {
        return Err(Reason::ControlByte);
    }
    let mut cursor = Cursor::new(text);
    let text = cursor.rest().strip_prefix(b"[Drop] ").unwrap_or(cursor.rest());
    cursor = Cursor::new(text);
    cursor.expect(b"[").ok_or(Reason::Irrelevant)?;
    let ids = read_ids(&mut cursor).ok_or(Reason::Irrelevant)?;
    let marks = [&b" [Classification: "[..], b" [Priority: ", b" {"];
    let end = marks.iter().filter_map(|mark| memchr::memmem::find(cursor.rest(), mark)).min().ok_or(Reason::Columns)?;
    let (message, rest) = cursor.rest().split_at_checked(end).ok_or(Reason::Columns)?;
    read_rest(time_ns, ids, message, rest)
}

/// Say whether a syslog program writes such alerts.
pub(crate) fn is_detector(program: &[u8]) -> bool {
    matches!(program, b"snort" | b"suricata" | b"barnyard" | b"barnyard2")
}

fn read_rest<'a>(
    time_ns: Nanoseconds,
    (generator, signature): (u32, u32),
    message: &'a [u8],
    rest: &'a [u8],
) -> Result<IdsAlert<'a>, Reason> {
    let (labels, packet) = split_last(rest, b"{").ok_or(Reason::Columns)?;
    let category = split_first(labels, b"[Classification: ")
        .and_then(|(_, rest)| split_first(rest, b"]"))
        .map_or(&b""[..], |(name, _)| name);
    let (name, endpoints) = split_first(packet, b"} ").ok_or(Reason::Columns)?;
    let (from, to) = split_first(endpoints, b" -> ").ok_or(Reason::Columns)?;
    let protocol = protocol_number(name);
    let (source, _) = endpoint(from, protocol).ok_or(Reason::Address)?;
    let (destination, port) = endpoint(to.trim_ascii_end(), protocol).ok_or(Reason::Address)?;
    Ok(IdsAlert {
        time_ns,
        system: IdsSystem::Fast,
        source,
        destination: Some(destination),
        port,
        protocol,
        generator,
        signature,
        message,
        category,
        is_scan: is_scan_rule(generator, message, category),
    })
}

/// Read `mm/dd[/yy[yy]]-hh:mm:ss.fraction`; without a year it is inferred as for syslog.
fn read_time(cursor: &mut Cursor<'_>, clock: &mut Clock) -> Result<Nanoseconds, Reason> {
    let (month, day, year) = read_date(cursor).ok_or(Reason::Header)?;
    let time = read_time_of_day(cursor)?;
    match year {
        Some(year) => clock.with_date((year, month, day), time, None),
        None => clock.without_year(month, day, time),
    }
    .ok_or(Reason::Time)
}

fn read_date(cursor: &mut Cursor<'_>) -> Option<(u8, u8, Option<u16>)> {
    let month = two_digits(cursor)?;
    cursor.expect(b"/")?;
    let day = two_digits(cursor)?;
    let mut year = None;
    if cursor.eat(b"/") {
        year = four_digits(cursor).or_else(|| two_digits(cursor).map(|short| 2000 + u16::from(short)));
        year?;
    }
    cursor.expect(b"-")?;
    Some((month, day, year))
}

/// Read `gid:sid:rev] `.
fn read_ids(cursor: &mut Cursor<'_>) -> Option<(u32, u32)> {
    let generator = cursor.u32()?;
    cursor.expect(b":")?;
    let signature = cursor.u32()?;
    cursor.expect(b":")?;
    cursor.u32()?;
    cursor.expect(b"] ")?;
    Some((generator, signature))
}

/// Read `addr:port` where the protocol has ports, else `addr` (with or without the type and code some versions add).
fn endpoint(text: &[u8], protocol: u8) -> Option<(Address, Option<u16>)> {
    let has_ports = matches!(protocol, 6 | 17 | 132);
    if !has_ports {
        if let Some(address) = whole_address(text) {
            return Some((address, None));
        }
    }
    let (host, port) = split_last(text, b":")?;
    let mut cursor = Cursor::new(port);
    let port = cursor.u16().filter(|_| cursor.is_empty())?;
    Some((whole_address(host)?, has_ports.then_some(port)))
}
