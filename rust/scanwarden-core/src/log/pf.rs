//! pf's filterlog: one packet as comma-separated columns.
//!
//! The column order is that of filterlog(8) as `pfSense` and `OPNsense` ship it.

use super::address_text::whole_address;
use super::cursor::Cursor;
use super::reason::Reason;
use super::record::{Contact, Direction, InterfaceName, Record, TcpContact, Verdict};
use crate::packet::TcpFlags;

/// Columns of one line, from the left.
struct Columns<'a> {
    rest: Option<&'a [u8]>,
}

impl<'a> Columns<'a> {
    fn next(&mut self) -> Option<&'a [u8]> {
        let text = self.rest?;
        let end = memchr::memchr(b',', text).unwrap_or(text.len());
        self.rest = text.get(end + 1..);
        text.get(..end)
    }

    fn skip(&mut self, count: usize) -> Option<()> {
        (0..count).try_for_each(|_| self.next().map(|_| ()))
    }

    fn number(&mut self, max: u64) -> Option<u64> {
        let mut cursor = Cursor::new(self.next()?);
        let value = cursor.number(10, max)?;
        cursor.is_empty().then_some(value)
    }

    fn port(&mut self) -> Option<u16> {
        self.number(0xffff).map(|port| port as u16)
    }
}

/// Fill `record` from `message`, the text after `filterlog: `.
///
/// # Errors
/// [`Reason::Columns`] when a column is missing or is not what stands there.
pub(crate) fn read_filterlog(message: &[u8], record: &mut Record) -> Result<(), Reason> {
    if super::kernel::has_control_byte(message) {
        return Err(Reason::ControlByte);
    }
    read_columns(&mut Columns { rest: Some(message) }, record).ok_or(Reason::Columns)
}

fn read_columns(columns: &mut Columns<'_>, record: &mut Record) -> Option<()> {
    // Rule, sub-rule, anchor, tracker.
    columns.skip(4)?;
    record.interface = InterfaceName::new(columns.next()?);
    columns.next()?;
    record.verdict = match columns.next()? {
        b"block" | b"reject" => Verdict::Refused,
        b"pass" => Verdict::Allowed,
        _ => Verdict::Ignored,
    };
    record.direction = match columns.next()? {
        b"in" => Direction::In,
        b"out" => Direction::Out,
        _ => return None,
    };
    match columns.next()? {
        b"4" => read_v4(columns, record),
        b"6" => read_v6(columns, record),
        _ => None,
    }
}

fn read_v4(columns: &mut Columns<'_>, record: &mut Record) -> Option<()> {
    columns.skip(2)?;
    record.ttl = columns.number(0xff)? as u8;
    record.ip_id = Some(columns.number(0xffff)? as u16);
    let offset = columns.number(0xffff)?;
    record.dont_fragment = columns.next()? == b"DF";
    record.protocol = columns.number(0xff)? as u8;
    columns.next()?;
    read_rest(columns, record, offset)
}

fn read_v6(columns: &mut Columns<'_>, record: &mut Record) -> Option<()> {
    columns.skip(2)?;
    record.ttl = columns.number(0xff)? as u8;
    columns.next()?;
    record.protocol = columns.number(0xff)? as u8;
    read_rest(columns, record, 0)
}

fn read_rest(columns: &mut Columns<'_>, record: &mut Record, offset: u64) -> Option<()> {
    record.len = columns.number(0xffff)? as u32;
    record.source = whole_address(columns.next()?)?;
    record.destination = whole_address(columns.next()?)?;
    record.contact = match record.protocol {
        _ if offset != 0 => Contact::Unknown,
        6 => Contact::Tcp(read_tcp(columns)?),
        17 => Contact::Udp { source_port: columns.port()?, port: columns.port()? },
        1 => Contact::Icmp { kind: icmp_kind(columns.next()), code: 0 },
        // filterlog prints no ICMPv6 type; an unknown one is no request.
        58 => Contact::Icmpv6 { kind: 0, code: 0 },
        number => Contact::Protocol(number),
    };
    Some(())
}

fn read_tcp(columns: &mut Columns<'_>) -> Option<TcpContact> {
    let (source_port, port) = (columns.port()?, columns.port()?);
    columns.next()?;
    let flags = read_flags(columns.next()?)?;
    let sequence = columns.next().and_then(whole_number);
    let acknowledgement = columns.next().and_then(whole_number);
    let window = columns.next().and_then(whole_number).and_then(|window| u16::try_from(window).ok());
    Some(TcpContact { source_port, port, flags: Some(flags), window, sequence, acknowledgement })
}

/// A whole column as a number; a sequence range (`29633380:29633800`) is none.
fn whole_number(column: &[u8]) -> Option<u32> {
    let mut cursor = Cursor::new(column);
    let value = cursor.u32()?;
    cursor.is_empty().then_some(value)
}

/// tcpdump's letters: `S`, `A`, `P` …, `E` for ECE and `W` for CWR; none is a NULL probe.
fn read_flags(letters: &[u8]) -> Option<TcpFlags> {
    letters.iter().try_fold(0, |flags, letter| Some(flags | flag_of(*letter)?)).map(TcpFlags)
}

const fn flag_of(letter: u8) -> Option<u16> {
    Some(match letter {
        b'F' => TcpFlags::FIN,
        b'S' => TcpFlags::SYN,
        b'R' => TcpFlags::RST,
        b'P' => TcpFlags::PSH,
        b'A' | b'.' => TcpFlags::ACK,
        b'U' => TcpFlags::URG,
        b'E' => TcpFlags::ECE,
        b'C' | b'W' => TcpFlags::CWR,
        _ => return None,
    })
}

/// filterlog's word for an ICMP type; words for errors and replies all become 3, which is never a probe.
fn icmp_kind(word: Option<&[u8]>) -> u8 {
    match word {
        Some(b"request") => 8,
        Some(b"tstamp") => 13,
        Some(b"mask") => 17,
        _ => 3,
    }
}
