//! What a flow tells about a contact: the flags both sides sent decide.

use super::address_text::whole_address;
use super::cursor::Cursor;
use super::ids::protocol_number;
use super::reason::Reason;
use super::record::{Contact, Direction, Provenance, Record, TcpContact, Verdict};
use crate::packet::{Nanoseconds, TcpFlags};

/// The columns of a flow that every format has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flow<'a> {
    pub(crate) time_ns: Nanoseconds,
    pub(crate) source: &'a [u8],
    pub(crate) destination: &'a [u8],
    pub(crate) protocol: &'a [u8],
    pub(crate) source_port: Option<&'a [u8]>,
    pub(crate) port: Option<&'a [u8]>,
}

impl Flow<'_> {
    /// Put the columns together; verdict and flags are the format's to fill in.
    ///
    /// # Errors
    /// [`Reason::Address`] or [`Reason::Columns`].
    pub(crate) fn record(&self) -> Result<Record, Reason> {
        let mut record = Record::blank(self.time_ns, Provenance::Flow);
        record.source = whole_address(self.source).ok_or(Reason::Address)?;
        record.destination = whole_address(self.destination).ok_or(Reason::Address)?;
        record.direction = Direction::Forward;
        record.protocol = protocol_number(self.protocol);
        record.contact = self.contact(record.protocol, record.source.is_v4())?;
        Ok(record)
    }

    fn contact(&self, protocol: u8, is_v4: bool) -> Result<Contact, Reason> {
        let ports = || Some((port_number(self.source_port?)?, port_number(self.port?)?));
        match protocol {
            6 => {
                let (source_port, port) = ports().ok_or(Reason::Columns)?;
                Ok(Contact::Tcp(TcpContact { source_port, port, ..TcpContact::default() }))
            }
            17 | 136 => {
                let (source_port, port) = ports().ok_or(Reason::Columns)?;
                Ok(Contact::Udp { source_port, port })
            }
            132 => {
                let (source_port, port) = ports().ok_or(Reason::Columns)?;
                Ok(Contact::Sctp { source_port, port })
            }
            // The format fills in the type, if it knows it; without one it is nobody's request.
            1 if is_v4 => Ok(Contact::Icmp { kind: 0, code: 0 }),
            1 | 58 => Ok(Contact::Icmpv6 { kind: 0, code: 0 }),
            0 => Err(Reason::Irrelevant),
            number => Ok(Contact::Protocol(number)),
        }
    }
}

/// A port as decimal, or as hexadecimal behind `0x`.
pub(crate) fn port_number(text: &[u8]) -> Option<u16> {
    let mut cursor = Cursor::new(text);
    let port = if cursor.eat(b"0x") { u16::try_from(cursor.hex(4)?).ok()? } else { cursor.u16()? };
    cursor.is_empty().then_some(port)
}

/// Set the TCP flags of a record.
pub(crate) fn set_flags(record: &mut Record, flags: TcpFlags) {
    if let Contact::Tcp(tcp) = &mut record.contact {
        tcp.flags = Some(flags);
    }
}

/// What the flags of all segments of both directions say; `answer` is `None` where only one direction was recorded.
pub(crate) fn tcp_verdict(sent: TcpFlags, answer: Option<TcpFlags>) -> Verdict {
    let is_handshake = sent.has(TcpFlags::ACK);
    match answer {
        // The last segment of a handshake, or the middle of a connection.
        _ if is_handshake => Verdict::Allowed,
        Some(answer) if answer.has(TcpFlags::SYN | TcpFlags::ACK) && sent.has(TcpFlags::RST) => Verdict::HalfOpen,
        Some(answer) if answer.has(TcpFlags::SYN | TcpFlags::ACK) => Verdict::None,
        Some(answer) if answer.has(TcpFlags::RST) => Verdict::Closed,
        Some(answer) if answer.0 == 0 => Verdict::Refused,
        None if sent.has(TcpFlags::SYN | TcpFlags::RST) => Verdict::HalfOpen,
        // A bare reset is an answer; a flow without any flag comes from an exporter that keeps none.
        None if sent.0 == TcpFlags::RST || sent.0 == 0 => Verdict::Allowed,
        _ => Verdict::None,
    }
}

/// tcpdump's letters for the flags of a flow; points and unknown letters count for nothing.
pub(crate) fn flag_letters(text: &[u8]) -> TcpFlags {
    TcpFlags(text.iter().fold(0, |flags, letter| {
        flags
            | match letter {
                b'F' => TcpFlags::FIN,
                b'S' => TcpFlags::SYN,
                b'R' => TcpFlags::RST,
                b'P' => TcpFlags::PSH,
                b'A' => TcpFlags::ACK,
                b'U' => TcpFlags::URG,
                b'E' => TcpFlags::ECE,
                b'C' => TcpFlags::CWR,
                _ => 0,
            }
    }))
}

/// `seconds[.fraction]` since the epoch.
pub(crate) fn epoch_ns(text: &[u8]) -> Option<Nanoseconds> {
    let mut cursor = Cursor::new(text);
    let seconds = cursor.number(10, 9_999_999_999)?;
    let nanos = if cursor.eat(b".") { super::header_time::read_fraction(&mut cursor)? } else { 0 };
    cursor.is_empty().then(|| super::clock::to_ns(i64::try_from(seconds).ok()?, nanos))?
}
