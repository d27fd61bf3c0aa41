//! Argus flows as CSV ("binetflow"): both directions of a flow a line, their flags in the `State` column.

use super::clock::Clock;
use super::columns::ColumnMap;
use super::cursor::Cursor;
use super::flow::{Flow, flag_letters, port_number, set_flags, tcp_verdict};
use super::header_time::{four_digits, read_time_of_day, two_digits};
use super::login_text::split_first;
use super::reason::Reason;
use super::record::{Contact, Record, Verdict};
use crate::packet::Nanoseconds;

const WANTED: [&[&str]; 8] =
    [&["StartTime"], &["SrcAddr"], &["DstAddr"], &["Sport"], &["Dport"], &["Proto"], &["State"], &["Dir"]];

/// Reads lines; remembers the header line.
#[derive(Clone, Debug, Default)]
pub(crate) struct ArgusReader {
    columns: Option<ColumnMap<8>>,
}

impl ArgusReader {
    /// Read one line.
    ///
    /// # Errors
    /// [`Reason::Irrelevant`] for the header, ARP and the like, else what is wrong with the line.
    pub(crate) fn read(&mut self, line: &[u8], clock: &mut Clock) -> Result<Record, Reason> {
        if is_header(line) {
            self.columns = Some(ColumnMap::from_header(line, b',', &WANTED));
            return Err(Reason::Irrelevant);
        }
        let columns = self.columns.as_ref().ok_or(Reason::Columns)?;
        let [start, source, destination, source_port, port, protocol, state, direction] = columns.pick(line, b',');
        let flow = Flow {
            time_ns: read_start(start.ok_or(Reason::Columns)?, clock)?,
            source: source.ok_or(Reason::Columns)?,
            destination: destination.ok_or(Reason::Columns)?,
            protocol: protocol.ok_or(Reason::Columns)?,
            source_port,
            port,
        };
        if matches!(flow.protocol, b"arp" | b"rarp" | b"llc") {
            return Err(Reason::Irrelevant);
        }
        let mut record = flow.record()?;
        fill_state(&mut record, state.unwrap_or(&[]), source_port.unwrap_or(&[]));
        // "<-" and "<?": the destination began it.
        if direction.is_some_and(|arrow| arrow.starts_with(b"<") && !arrow.contains(&b'>')) {
            record.verdict = Verdict::Allowed;
        }
        Ok(record)
    }
}

/// Say whether a line names columns.
pub(crate) fn is_header(line: &[u8]) -> bool {
    line.starts_with(b"StartTime,")
}

/// Read the state: for TCP the flags of both directions (`S_RA`), else a word.
fn fill_state(record: &mut Record, state: &[u8], source_port: &[u8]) {
    match &mut record.contact {
        Contact::Tcp(_) => {
            let Some((sent, answer)) = split_first(state, b"_") else {
                record.verdict = Verdict::Allowed;
                return;
            };
            let sent = flag_letters(sent);
            record.verdict = tcp_verdict(sent, Some(flag_letters(answer)));
            set_flags(record, sent);
        }
        Contact::Icmp { kind, .. } | Contact::Icmpv6 { kind, .. } => {
            // Argus puts the type into the source port.
            *kind = port_number(source_port).and_then(|number| u8::try_from(number).ok()).unwrap_or(0);
        }
        _ => {
            record.verdict = match state {
                b"CON" | b"FIN" | b"RSP" | b"ACC" => Verdict::Allowed,
                b"URP" => Verdict::Closed,
                _ => Verdict::None,
            };
        }
    }
}

/// Read `yyyy/mm/dd hh:mm:ss[.fraction]`.
fn read_start(text: &[u8], clock: &mut Clock) -> Result<Nanoseconds, Reason> {
    let mut cursor = Cursor::new(text);
    let date = read_date(&mut cursor).ok_or(Reason::Time)?;
    let time = read_time_of_day(&mut cursor)?;
    clock.with_date(date, time, None).ok_or(Reason::Time)
}

fn read_date(cursor: &mut Cursor<'_>) -> Option<(u16, u8, u8)> {
    let year = four_digits(cursor)?;
    cursor.expect(b"/")?;
    let month = two_digits(cursor)?;
    cursor.expect(b"/")?;
    let day = two_digits(cursor)?;
    cursor.expect(b" ")?;
    Some((year, month, day))
}
