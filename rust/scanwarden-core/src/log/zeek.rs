//! Zeek's `conn.log` and `notice.log`, tab-separated or as JSON.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::address_text::whole_address;
use super::clock::Clock;
use super::columns::ColumnMap;
use super::cursor::Cursor;
use super::flow::{Flow, epoch_ns, port_number, set_flags};
use super::header_time::read_iso;
use super::ids::{IdsAlert, IdsSystem, protocol_number};
use super::reason::Reason;
use super::record::{Contact, Record, Verdict};
use crate::packet::{Nanoseconds, TcpFlags};

/// The columns of both logs that matter.
const WANTED: [&[&str]; 13] = [
    &["ts"],
    &["id.orig_h"],
    &["id.orig_p"],
    &["id.resp_h"],
    &["id.resp_p"],
    &["proto"],
    &["conn_state"],
    &["history"],
    &["note"],
    &["msg"],
    &["src"],
    &["dst"],
    &["p"],
];

/// Reads lines; for the tab-separated form it remembers the `#fields` line.
#[derive(Clone, Debug, Default)]
pub(crate) struct ZeekReader {
    columns: Option<ColumnMap<13>>,
}

/// What a line was.
pub(crate) enum ZeekLine<'a> {
    Flow(Record),
    Notice(IdsAlert<'a>),
}

/// One line's fields, still as text.
#[derive(Clone, Copy, Default)]
struct Fields<'a> {
    time: &'a [u8],
    source: &'a [u8],
    source_port: &'a [u8],
    destination: &'a [u8],
    port: &'a [u8],
    protocol: &'a [u8],
    state: &'a [u8],
    history: &'a [u8],
    note: &'a [u8],
    message: &'a [u8],
    notice_source: &'a [u8],
    notice_destination: &'a [u8],
    notice_port: &'a [u8],
}

impl ZeekReader {
    /// Read one tab-separated line.
    ///
    /// # Errors
    /// [`Reason::Irrelevant`] for header lines, else what is wrong with the line.
    pub(crate) fn read_tsv<'a>(&mut self, line: &'a [u8], clock: &mut Clock) -> Result<ZeekLine<'a>, Reason> {
        if let Some(header) = line.strip_prefix(b"#") {
            if let Some(names) = header.strip_prefix(b"fields\t") {
                self.columns = Some(ColumnMap::from_header(names, b'\t', &WANTED));
            }
            return Err(Reason::Irrelevant);
        }
        let columns = self.columns.as_ref().ok_or(Reason::Columns)?;
        // "-" is what Zeek writes for an unset field.
        let text = columns.pick(line, b'\t').map(|column| column.filter(|text| *text != b"-").unwrap_or(&[]));
        let [
            time,
            source,
            source_port,
            destination,
            port,
            protocol,
            state,
            history,
            note,
            message,
            from,
            to,
            notice_port,
        ] = text;
        let fields = Fields {
            time,
            source,
            source_port,
            destination,
            port,
            protocol,
            state,
            history,
            note,
            message,
            notice_source: from,
            notice_destination: to,
            notice_port,
        };
        fields.read(clock)
    }
}

impl<'a> Fields<'a> {
    fn read(&self, clock: &mut Clock) -> Result<ZeekLine<'a>, Reason> {
        let time_ns = epoch_ns(self.time).map_or_else(|| read_iso(&mut Cursor::new(self.time), clock), Ok)?;
        if !self.note.is_empty() {
            return self.notice(time_ns).map(ZeekLine::Notice);
        }
        self.flow(time_ns).map(ZeekLine::Flow)
    }

    fn notice(&self, time_ns: Nanoseconds) -> Result<IdsAlert<'a>, Reason> {
        let source = if self.notice_source.is_empty() { self.source } else { self.notice_source };
        Ok(IdsAlert {
            time_ns,
            system: IdsSystem::Zeek,
            source: whole_address(source).ok_or(Reason::Address)?,
            destination: whole_address(self.notice_destination).or_else(|| whole_address(self.destination)),
            port: port_number(self.notice_port).or_else(|| port_number(self.port)),
            protocol: protocol_number(self.protocol),
            generator: 0,
            signature: 0,
            message: self.message,
            category: self.note,
            is_scan: self.note.starts_with(b"Scan::"),
        })
    }

    fn flow(&self, time_ns: Nanoseconds) -> Result<Record, Reason> {
        let flow = Flow {
            time_ns,
            source: self.source,
            destination: self.destination,
            protocol: self.protocol,
            source_port: Some(self.source_port),
            port: Some(self.port),
        };
        let mut record = flow.record()?;
        match &mut record.contact {
            // Zeek keeps the ICMP type and code in the place of the ports.
            Contact::Icmp { kind, code } | Contact::Icmpv6 { kind, code } => {
                *kind = port_number(self.source_port)
                    .and_then(|number| u8::try_from(number).ok())
                    .ok_or(Reason::Columns)?;
                *code = port_number(self.port).and_then(|number| u8::try_from(number).ok()).unwrap_or(0);
            }
            Contact::Tcp(_) => {
                let (verdict, flags) = tcp_state(self.state, self.history);
                record.verdict = verdict;
                set_flags(&mut record, flags);
            }
            _ if matches!(self.state, b"SF" | b"SHR") => record.verdict = Verdict::Allowed,
            _ => {}
        }
        Ok(record)
    }
}

/// `conn_state` and `history` of Zeek's base/protocols/conn: what became of a TCP connection, and what began it.
///
/// History letters are the originator's when upper case, the responder's when lower case.
fn tcp_state(state: &[u8], history: &[u8]) -> (Verdict, TcpFlags) {
    let syn = TcpFlags(TcpFlags::SYN);
    match state {
        b"S0" => (Verdict::Refused, syn),
        b"REJ" => (Verdict::Closed, syn),
        // SYN, then a reset or FIN by the source, and no answer was seen.
        b"RSTOS0" | b"SH" => (Verdict::None, syn),
        // SYN, SYN-ACK, reset: the handshake was never meant to be completed.
        b"RSTO" if matches!(history, b"ShR" | b"ShRR") => (Verdict::HalfOpen, syn),
        b"OTH" => midstream(history),
        _ => (Verdict::Allowed, syn),
    }
}

/// No SYN was seen: a FIN or another odd segment out of nowhere, or the middle of a connection.
fn midstream(history: &[u8]) -> (Verdict, TcpFlags) {
    let (own, answer): (Vec<u8>, Vec<u8>) = history.iter().partition(|letter| letter.is_ascii_uppercase());
    let verdict = match answer.as_slice() {
        b"" => Verdict::Refused,
        b"r" => Verdict::Closed,
        _ => Verdict::Allowed,
    };
    match own.as_slice() {
        b"F" => (verdict, TcpFlags(TcpFlags::FIN)),
        // "Q": SYN together with FIN or RST.
        b"Q" => (verdict, TcpFlags(TcpFlags::SYN | TcpFlags::FIN)),
        _ => (Verdict::Allowed, TcpFlags(0)),
    }
}

#[derive(Deserialize)]
struct JsonLine<'a> {
    #[serde(borrow)]
    ts: &'a RawValue,
    #[serde(borrow, default, rename = "id.orig_h")]
    source: Cow<'a, str>,
    #[serde(rename = "id.orig_p")]
    source_port: Option<u16>,
    #[serde(borrow, default, rename = "id.resp_h")]
    destination: Cow<'a, str>,
    #[serde(rename = "id.resp_p")]
    port: Option<u16>,
    #[serde(borrow, default)]
    proto: Cow<'a, str>,
    #[serde(borrow, default)]
    conn_state: Cow<'a, str>,
    #[serde(borrow, default)]
    history: Cow<'a, str>,
    #[serde(borrow, default)]
    note: Cow<'a, str>,
    #[serde(borrow, default)]
    msg: Cow<'a, str>,
    #[serde(borrow, default)]
    src: Cow<'a, str>,
    #[serde(borrow, default)]
    dst: Cow<'a, str>,
    p: Option<u16>,
}

/// Read one JSON line and pass what it is to `take`.
///
/// # Errors
/// What is wrong with the line.
pub(crate) fn read_json(line: &[u8], clock: &mut Clock, take: impl FnOnce(ZeekLine<'_>)) -> Result<(), Reason> {
    let json: JsonLine<'_> = serde_json::from_slice(line).map_err(|_| Reason::Json)?;
    let number = |port: Option<u16>| port.map(|port| port.to_string()).unwrap_or_default();
    let (source_port, port, notice_port) = (number(json.source_port), number(json.port), number(json.p));
    let fields = Fields {
        time: json.ts.get().trim_matches('"').as_bytes(),
        source: json.source.as_bytes(),
        source_port: source_port.as_bytes(),
        destination: json.destination.as_bytes(),
        port: port.as_bytes(),
        protocol: json.proto.as_bytes(),
        state: json.conn_state.as_bytes(),
        history: json.history.as_bytes(),
        note: json.note.as_bytes(),
        message: json.msg.as_bytes(),
        notice_source: json.src.as_bytes(),
        notice_destination: json.dst.as_bytes(),
        notice_port: notice_port.as_bytes(),
    };
    take(fields.read(clock)?);
    Ok(())
}
