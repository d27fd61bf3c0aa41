//! What stands in front of a message: time, host, program, and whether a facility contradicts them.

use super::clock::Clock;
use super::cursor::Cursor;
use super::header_time::{read_iso, read_rare_time, read_rfc3164};
use super::reason::Reason;
use crate::packet::Nanoseconds;

/// Facility 0 of RFC 5424 6.2.1: kernel messages.
pub const FACILITY_KERNEL: u8 = 0;

/// Facility 1: user-level messages.
const FACILITY_USER: u8 = 1;

/// A line's header, and the message behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header<'a> {
    /// When, in nanoseconds since 1970-01-01T00:00:00Z.
    pub time_ns: Nanoseconds,
    /// The syslog facility, when the line has a `<PRI>`.
    pub facility: Option<u8>,
    /// The program field without brackets, process id and colon.
    pub program: &'a [u8],
    /// The process id behind the program; empty when there is none.
    pub pid: &'a [u8],
    /// What the program wrote.
    pub message: &'a [u8],
}

/// Read the header of `line` in any of the shapes that syslog daemons and `journalctl` write.
///
/// Shapes: RFC 3164 (with or without `<PRI>`, year, fraction, facility token), ISO 8601 (RFC 3339) instead of its date,
/// and RFC 5424. The program is the word after the host up to its colon; nothing later in the line can become it.
///
/// # Errors
/// The reason why there is no header, no program, or no such time.
#[inline]
pub fn read_header<'a>(line: &'a [u8], clock: &mut Clock) -> Result<Header<'a>, Reason> {
    let mut cursor = Cursor::new(line);
    let facility = read_priority(&mut cursor)?;
    if facility.is_some() && cursor.eat(b"1 ") {
        return read_rfc5424(&mut cursor, facility, clock);
    }
    let time_ns = read_time(&mut cursor, clock)?;
    cursor.expect(b" ").ok_or(Reason::Header)?;
    let tag = read_host_and_tag(&mut cursor)?;
    let facility = facility.or(tag.facility);
    Ok(Header { time_ns, facility, program: tag.program, pid: tag.pid, message: cursor.rest() })
}

/// Read the time in any of the shapes that stand in front of a host.
#[inline]
pub(crate) fn read_time(cursor: &mut Cursor<'_>, clock: &mut Clock) -> Result<Nanoseconds, Reason> {
    let begin = *cursor;
    let read = match cursor.peek() {
        Some(b'0'..=b'9') => read_iso(cursor, clock),
        Some(b'A'..=b'Z' | b'a'..=b'z' | 0x80..) => read_rfc3164(cursor, clock),
        _ => return Err(Reason::Header),
    };
    match read {
        Err(Reason::Header) => {
            *cursor = begin;
            read_rare_time(cursor, clock)
        }
        read => read,
    }
}

/// Read `<PRI>` and return its facility (RFC 5424 6.2.1: PRI = facility · 8 + severity, at most 191).
#[inline]
fn read_priority(cursor: &mut Cursor<'_>) -> Result<Option<u8>, Reason> {
    if !cursor.eat(b"<") {
        return Ok(None);
    }
    let priority = cursor.number(3, 191).ok_or(Reason::Header)?;
    cursor.expect(b">").ok_or(Reason::Header)?;
    Ok(Some((priority / 8) as u8))
}

/// The program field and what stands with it.
struct Tag<'a> {
    program: &'a [u8],
    pid: &'a [u8],
    facility: Option<u8>,
}

impl Tag<'_> {
    const KERNEL: Self = Tag { program: b"kernel", pid: b"", facility: None };
}

/// Read `host program[pid]: `; the host may be missing, a facility token may stand between.
#[inline]
fn read_host_and_tag<'a>(cursor: &mut Cursor<'a>) -> Result<Tag<'a>, Reason> {
    cursor.skip_blanks();
    if is_glued_kernel_tag(cursor) {
        return Ok(Tag::KERNEL);
    }
    let host = word(cursor)?;
    if host.ends_with(b":") || host.starts_with(b"[") {
        return split_tag(host, None);
    }
    if let Some(facility) = facility_token(host) {
        // OpenWrt's own log has no host.
        return split_tag(word(cursor)?, told(facility));
    }
    if cursor.eat(b"kernel: ") || is_glued_kernel_tag(cursor) {
        return Ok(Tag::KERNEL);
    }
    let mut tag = word(cursor)?;
    if tag == host && !tag.ends_with(b":") {
        // Some routers put their name there twice.
        tag = word(cursor)?;
    }
    match facility_token(tag) {
        Some(facility) => split_tag(word(cursor)?, told(facility)),
        None => split_tag(tag, None),
    }
}

/// As a word, "user" says nothing: where the C library lacks the kernel's facility, the kernel's lines have it.
fn told(facility: u8) -> Option<u8> {
    Some(facility).filter(|&number| number != FACILITY_USER)
}

/// Old daemons print no blank between the kernel's tag and its uptime stamp.
#[inline]
fn is_glued_kernel_tag(cursor: &mut Cursor<'_>) -> bool {
    let is_glued = cursor.rest().starts_with(b"kernel:[");
    if is_glued {
        cursor.eat(b"kernel:");
    }
    is_glued
}

/// Read printable ASCII up to a blank.
#[inline]
fn word<'a>(cursor: &mut Cursor<'a>) -> Result<&'a [u8], Reason> {
    let word = cursor.take_while(|byte| byte.is_ascii_graphic());
    match cursor.peek() {
        _ if word.is_empty() => Err(Reason::NoProgram),
        None => Ok(word),
        Some(b' ') => {
            cursor.eat(b" ");
            Ok(word)
        }
        Some(byte) if byte < b' ' || byte == 0x7f => Err(Reason::ControlByte),
        Some(_) => Err(Reason::Header),
    }
}

/// Split `program[pid]:`, `[program]:`, `[program]` or a program without a colon.
fn split_tag(tag: &[u8], facility: Option<u8>) -> Result<Tag<'_>, Reason> {
    let written = tag;
    let tag = tag.strip_suffix(b":").unwrap_or(tag);
    let (program, pid) = match tag.strip_suffix(b"]").and_then(|open| split_at_bracket(open)) {
        Some((b"", inside)) => (inside, &b""[..]),
        Some((program, pid)) => (program, pid),
        None => (tag, &b""[..]),
    };
    // The kernel's tag is exactly "kernel:"; the looser shapes are for daemons.
    if program.is_empty() || (program == b"kernel" && pid.is_empty() && written != b"kernel:") {
        return Err(Reason::NoProgram);
    }
    Ok(Tag { program, pid, facility })
}

fn split_at_bracket(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr(b'[', text)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// The facility of a `facility.severity` token, as `OpenWrt` and `BusyBox` print it before the program.
fn facility_token(token: &[u8]) -> Option<u8> {
    const FACILITIES: [&[u8]; 24] = [
        b"kern",
        b"user",
        b"mail",
        b"daemon",
        b"auth",
        b"syslog",
        b"lpr",
        b"news",
        b"uucp",
        b"cron",
        b"authpriv",
        b"ftp",
        b"ntp",
        b"security",
        b"console",
        b"clock",
        b"local0",
        b"local1",
        b"local2",
        b"local3",
        b"local4",
        b"local5",
        b"local6",
        b"local7",
    ];
    const SEVERITIES: [&[u8]; 11] =
        [b"emerg", b"alert", b"crit", b"err", b"error", b"warn", b"warning", b"notice", b"info", b"debug", b"panic"];
    let dot = token.iter().position(|&byte| byte == b'.')?;
    let (facility, severity) = (token.get(..dot)?, token.get(dot + 1..)?);
    if !SEVERITIES.contains(&severity) {
        return None;
    }
    FACILITIES.iter().position(|&known| known == facility).map(|number| number as u8)
}

/// Read the rest of an RFC 5424 line (6.2, 6.3): time, host, program, process id, message id, structured data.
fn read_rfc5424<'a>(cursor: &mut Cursor<'a>, facility: Option<u8>, clock: &mut Clock) -> Result<Header<'a>, Reason> {
    let time_ns = read_iso(cursor, clock)?;
    cursor.expect(b" ").ok_or(Reason::Header)?;
    word(cursor)?;
    let program = word(cursor)?;
    let pid = word(cursor)?;
    word(cursor)?;
    skip_structured(cursor).ok_or(Reason::Header)?;
    // RFC 5424 6.4: a UTF-8 message may start with a byte order mark.
    cursor.eat(b"\xef\xbb\xbf");
    if program == b"-" {
        return Err(Reason::NoProgram);
    }
    let pid = if pid == b"-" { &b""[..] } else { pid };
    Ok(Header { time_ns, facility, program, pid, message: cursor.rest() })
}

/// Step over `-` or `[id name="value" …]…`, and the blank behind it.
fn skip_structured(cursor: &mut Cursor<'_>) -> Option<()> {
    if cursor.eat(b"-") {
        return cursor.item_end();
    }
    if cursor.peek() != Some(b'[') {
        return None;
    }
    while cursor.eat(b"[") {
        structured_name(cursor)?;
        while cursor.eat(b" ") {
            structured_name(cursor)?;
            cursor.expect(b"=\"")?;
            skip_quoted_value(cursor)?;
        }
        cursor.expect(b"]")?;
    }
    cursor.item_end()
}

/// RFC 5424 6.3.2: printable ASCII without `=`, blank, `]` and `"`, at most 32 bytes (ids of real daemons are longer).
fn structured_name(cursor: &mut Cursor<'_>) -> Option<()> {
    let name = cursor.take_while(|byte| byte.is_ascii_graphic() && !matches!(byte, b'=' | b']' | b'"'));
    (1..=64).contains(&name.len()).then_some(())
}

/// Step to the closing quote; a backslash takes the next byte with it.
fn skip_quoted_value(cursor: &mut Cursor<'_>) -> Option<()> {
    loop {
        cursor.take_while(|byte| byte != b'"' && byte != b'\\');
        if cursor.eat(b"\"") {
            return Some(());
        }
        cursor.expect(b"\\")?;
        let (_, rest) = cursor.rest().split_first()?;
        *cursor = Cursor::new(rest);
    }
}

/// Step over the uptime stamp `[ secs.usecs] ` and the caller that newer kernels print behind it (`[    T1] `).
#[inline]
pub(crate) fn skip_uptime(message: &[u8]) -> &[u8] {
    match read_uptime(message) {
        Some((_, rest)) => rest,
        None => message,
    }
}

/// Read the uptime stamp; returns nanoseconds since boot and the text behind it.
#[inline]
pub(crate) fn read_uptime(message: &[u8]) -> Option<(u64, &[u8])> {
    let mut cursor = Cursor::new(message);
    cursor.expect(b"[")?;
    cursor.skip_blanks();
    let seconds = cursor.number(10, 9_999_999_999)?;
    cursor.expect(b".")?;
    let micros = cursor.number(6, 999_999)?;
    cursor.expect(b"]")?;
    skip_caller(&mut cursor);
    cursor.item_end()?;
    Some((seconds.checked_mul(1_000_000_000)?.checked_add(micros * 1_000)?, cursor.rest()))
}

/// `CONFIG_PRINTK_CALLER`: a task as `T` and its number, or a processor as `C` and its number.
fn skip_caller(cursor: &mut Cursor<'_>) {
    let mut ahead = *cursor;
    if ahead.eat(b"[") {
        ahead.skip_blanks();
        let is_caller = ahead.eat(b"T") || ahead.eat(b"C");
        if is_caller && ahead.u32().is_some() && ahead.eat(b"]") {
            *cursor = ahead;
        }
    }
}

/// Step over a file name that `grep` put in front (`path:`, or `path:line:`); `None` when there is none.
pub(crate) fn skip_path(line: &[u8]) -> Option<&[u8]> {
    let mut cursor = Cursor::new(line);
    let path = cursor.take_while(|byte| byte != b':' && byte > b' ' && byte != 0x7f);
    if path.is_empty() || !cursor.eat(b":") {
        return None;
    }
    let mut numbered = cursor;
    if numbered.u32().is_some() && numbered.eat(b":") {
        return Some(numbered.rest());
    }
    Some(cursor.rest())
}
