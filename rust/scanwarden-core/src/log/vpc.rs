//! AWS VPC flow logs: blank-separated columns, version 2's order unless a header line says otherwise.

use super::clock::Clock;
use super::columns::ColumnMap;
use super::cursor::Cursor;
use super::flow::{Flow, epoch_ns, set_flags};
use super::header_time::read_iso;
use super::reason::Reason;
use super::record::{Contact, Direction, Record, Verdict};
use crate::packet::TcpFlags;

const WANTED: [&[&str]; 10] = [
    &["srcaddr"],
    &["dstaddr"],
    &["srcport"],
    &["dstport"],
    &["protocol"],
    &["start"],
    &["action"],
    &["log-status"],
    &["tcp-flags"],
    &["flow-direction"],
];
/// The default format of version 2.
const VERSION_2: &[u8] =
    b"version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status";

/// Reads lines; remembers the order that the last header line named.
#[derive(Clone, Debug)]
pub(crate) struct VpcReader {
    columns: ColumnMap<10>,
}

impl VpcReader {
    pub(crate) fn new() -> Self {
        Self { columns: ColumnMap::from_header(VERSION_2, b' ', &WANTED) }
    }

    /// Read one line.
    ///
    /// # Errors
    /// [`Reason::Irrelevant`] for header lines and records without a flow (NODATA, SKIPDATA), else what is wrong.
    pub(crate) fn read(&mut self, line: &[u8]) -> Result<Record, Reason> {
        if is_header(line) {
            self.columns = ColumnMap::from_header(line, b' ', &WANTED);
            return Err(Reason::Irrelevant);
        }
        let [source, destination, source_port, port, protocol, start, action, status, flags, direction] =
            self.columns.pick(without_time(line), b' ');
        if matches!(status, Some(b"NODATA" | b"SKIPDATA")) || source == Some(b"-") {
            return Err(Reason::Irrelevant);
        }
        let flow = Flow {
            time_ns: start.and_then(epoch_ns).ok_or(Reason::Time)?,
            source: source.ok_or(Reason::Columns)?,
            destination: destination.ok_or(Reason::Columns)?,
            protocol: protocol.ok_or(Reason::Columns)?,
            source_port,
            port,
        };
        let mut record = flow.record()?;
        record.verdict = match action {
            Some(b"REJECT") => Verdict::Refused,
            Some(b"ACCEPT") => Verdict::Allowed,
            _ => return Err(Reason::Columns),
        };
        if direction == Some(b"egress") {
            record.direction = Direction::Out;
        }
        // The log has no ICMP type: what was refused cannot be told from an error.
        if matches!(record.contact, Contact::Icmp { .. } | Contact::Icmpv6 { .. }) {
            record.contact = Contact::Unknown;
        }
        if let Some(flags) = flags.and_then(decimal) {
            set_flags(&mut record, TcpFlags(flags));
        }
        Ok(record)
    }
}

/// Step over the time that an export of `CloudWatch` Logs puts in front (`2014-12-14T04:06:50.000Z `).
pub(crate) fn without_time(line: &[u8]) -> &[u8] {
    let mut clock = Clock::new(0, 0);
    let mut cursor = Cursor::new(line);
    let is_time = line.get(4) == Some(&b'-') && read_iso(&mut cursor, &mut clock).is_ok() && cursor.eat(b" ");
    if is_time { cursor.rest() } else { line }
}

/// Say whether a line names columns.
pub(crate) fn is_header(line: &[u8]) -> bool {
    let mut names = line.split(|&byte| byte == b' ');
    names.clone().any(|name| name == b"srcaddr") && names.any(|name| name == b"dstaddr")
}

fn decimal(text: &[u8]) -> Option<u16> {
    let mut cursor = Cursor::new(text);
    cursor.u16().filter(|_| cursor.is_empty())
}
