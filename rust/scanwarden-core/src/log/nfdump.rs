//! nfdump's CSV: one direction of a flow a line, columns by the header line of either generation.

use super::clock::Clock;
use super::columns::ColumnMap;
use super::cursor::Cursor;
use super::flow::{Flow, epoch_ns, flag_letters, port_number, set_flags, tcp_verdict};
use super::header_time::read_iso;
use super::reason::Reason;
use super::record::{Contact, Record};
use crate::packet::Nanoseconds;

const WANTED: [&[&str]; 7] = [
    &["ts", "firstSeen"],
    &["sa", "srcAddr"],
    &["da", "dstAddr"],
    &["sp", "srcPort"],
    &["dp", "dstPort"],
    &["pr", "proto"],
    &["flg", "flags"],
];

/// Reads lines; remembers the header line.
#[derive(Clone, Debug, Default)]
pub(crate) struct NfdumpReader {
    columns: Option<ColumnMap<7>>,
}

impl NfdumpReader {
    /// Read one line.
    ///
    /// # Errors
    /// [`Reason::Irrelevant`] for the header and the summary behind the flows, else what is wrong with the line.
    pub(crate) fn read(&mut self, line: &[u8], clock: &mut Clock) -> Result<Record, Reason> {
        if is_header(line) {
            self.columns = Some(ColumnMap::from_header(line, b',', &WANTED));
            return Err(Reason::Irrelevant);
        }
        if line.starts_with(b"Summary") || line.starts_with(b"flows,") {
            self.columns = None;
            return Err(Reason::Irrelevant);
        }
        let columns = self.columns.as_ref().ok_or(Reason::Irrelevant)?;
        let [start, source, destination, source_port, port, protocol, flags] = columns.pick(line, b',');
        let flow = Flow {
            time_ns: start_ns(start.ok_or(Reason::Columns)?, clock)?,
            source: source.ok_or(Reason::Columns)?,
            destination: destination.ok_or(Reason::Columns)?,
            protocol: protocol.ok_or(Reason::Columns)?,
            source_port,
            port,
        };
        let mut record = flow.record()?;
        match &mut record.contact {
            Contact::Tcp(_) => {
                let flags = flag_letters(flags.unwrap_or(&[]));
                record.verdict = tcp_verdict(flags, None);
                set_flags(&mut record, flags);
            }
            Contact::Icmp { kind, code } | Contact::Icmpv6 { kind, code } => {
                (*kind, *code) = icmp_of(port.unwrap_or(&[])).ok_or(Reason::Columns)?;
            }
            _ => {}
        }
        Ok(record)
    }
}

/// Say whether a line names columns.
pub(crate) fn is_header(line: &[u8]) -> bool {
    [&b"ts,te,td,"[..], b"firstSeen,", b"cnt,af,firstSeen,"].iter().any(|first| line.starts_with(first))
}

/// A date, or seconds since the epoch; milliseconds where there is no fraction and the number is that large.
fn start_ns(text: &[u8], clock: &mut Clock) -> Result<Nanoseconds, Reason> {
    if text.get(4) == Some(&b'-') {
        return read_iso(&mut Cursor::new(text), clock);
    }
    let mut cursor = Cursor::new(text);
    let millis = cursor.number(13, 9_999_999_999_999).filter(|&number| cursor.is_empty() && number > 99_999_999_999);
    epoch_ns(text).or_else(|| millis?.checked_mul(1_000_000)).ok_or(Reason::Time)
}

/// nfdump keeps ICMP's type and code in the destination port, as `type.code` or as type · 256 + code.
fn icmp_of(port: &[u8]) -> Option<(u8, u8)> {
    let mut cursor = Cursor::new(port);
    if let Some(kind) = cursor.u8() {
        if cursor.eat(b".") {
            return Some((kind, cursor.u8()?));
        }
    }
    let [kind, code] = port_number(port)?.to_be_bytes();
    Some((kind, code))
}
