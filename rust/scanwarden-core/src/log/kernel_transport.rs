//! The transport part of the kernel's packet line.

use super::cursor::{Cursor, hex_digit};
use super::kernel_ip::{cut_or, read_ip};
use super::reason::Reason;
use super::record::{Contact, Record, TcpContact};
use crate::packet::TcpFlags;

/// Whether a transport part was there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Done,
    Absent,
}

/// Read from `PROTO=` to the end of what the transport part may print, owner and mark included.
#[inline]
pub(crate) fn read_transport(
    cursor: &mut Cursor<'_>,
    record: &mut Record,
    is_v6: bool,
    depth: u8,
) -> Result<Step, Reason> {
    if !cursor.eat(b"PROTO=") {
        return Ok(Step::Absent);
    }
    let read = if cursor.eat(b"TCP") {
        record.protocol = 6;
        read_tcp(cursor, record)
    } else if cursor.eat(b"UDPLITE") {
        record.protocol = 136;
        read_udp(cursor, record)
    } else if cursor.eat(b"UDP") {
        record.protocol = 17;
        read_udp(cursor, record)
    } else if cursor.eat(b"ICMPv6") {
        record.protocol = 58;
        return read_icmp(cursor, record, true, depth);
    } else if cursor.eat(b"ICMP") {
        record.protocol = 1;
        return read_icmp(cursor, record, is_v6, depth);
    } else if cursor.eat(b"AH") {
        record.protocol = 51;
        read_security(cursor, record)
    } else if cursor.eat(b"ESP") {
        record.protocol = 50;
        read_security(cursor, record)
    } else {
        read_number(cursor, record)
    };
    read.ok_or_else(|| cut_or(cursor, Reason::TransportPart))?;
    read_tail(cursor).ok_or_else(|| cut_or(cursor, Reason::TransportPart))?;
    Ok(Step::Done)
}

/// Read `INCOMPLETE [n bytes] ` and return how many bytes of the header were there.
fn incomplete(cursor: &mut Cursor<'_>) -> Option<u32> {
    let bytes = cursor.u32()?;
    cursor.expect(b" bytes]")?;
    cursor.item_end()?;
    Some(bytes)
}

/// A header that is missing altogether is a probe of the protocol; one cut short may be a fragment.
fn headerless(protocol: u8, bytes: u32) -> Contact {
    if bytes == 0 { Contact::Protocol(protocol) } else { Contact::Unknown }
}

#[inline]
fn read_tcp(cursor: &mut Cursor<'_>, record: &mut Record) -> Option<()> {
    cursor.item_end()?;
    if cursor.eat(b"INCOMPLETE [") {
        record.contact = headerless(6, incomplete(cursor)?);
        return Some(());
    }
    if !cursor.eat(b"SPT=") {
        return Some(());
    }
    let mut tcp = TcpContact { source_port: cursor.u16()?, ..TcpContact::default() };
    cursor.expect(b" DPT=")?;
    tcp.port = cursor.u16()?;
    cursor.item_end()?;
    // Not the kernel's, but hand-edited copies carry it where UDP lines have it; it says nothing about the contact.
    if cursor.eat(b"LEN=") {
        cursor.u16()?;
        cursor.item_end()?;
    }
    if cursor.eat(b"SEQ=") {
        tcp.sequence = Some(cursor.u32()?);
        cursor.expect(b" ACK=")?;
        tcp.acknowledgement = Some(cursor.u32()?);
        cursor.item_end()?;
    }
    read_tcp_state(cursor, record, &mut tcp)?;
    record.contact = Contact::Tcp(tcp);
    Some(())
}

/// Read window, reserved bits, flags, urgent pointer and options; all may be missing from a line that was trimmed.
#[inline]
fn read_tcp_state(cursor: &mut Cursor<'_>, record: &mut Record, tcp: &mut TcpContact) -> Option<()> {
    let before = cursor.rest().len();
    if cursor.eat(b"WINDOW=") {
        tcp.window = Some(cursor.u16()?);
        cursor.item_end()?;
    }
    if cursor.eat(b"RES=0x") {
        cursor.hex(2)?;
        cursor.item_end()?;
    }
    let flags = read_flags(cursor);
    // "URGn=" stands in old copies for "URGP=".
    if cursor.eat(b"URGP=") || cursor.eat(b"URGn=") {
        cursor.u16()?;
        cursor.item_end()?;
    }
    // No flag word in a line that says anything about the header is a NULL probe; a line that ends before is silent.
    if cursor.rest().len() != before {
        tcp.flags = Some(flags);
    }
    if cursor.eat(b"OPT (") {
        read_options(cursor, record)?;
    }
    Some(())
}

/// Read the flag words in the order the kernel prints them, which is that of their bits from the highest, each at most once.
#[inline]
fn read_flags(cursor: &mut Cursor<'_>) -> TcpFlags {
    let mut flags = TcpFlags(0);
    let mut above = u16::MAX;
    while let Some((bit, rest)) = flag_word(cursor.rest()).filter(|&(bit, _)| bit < above) {
        let mut ahead = Cursor::new(rest);
        if ahead.item_end().is_none() {
            break;
        }
        *cursor = ahead;
        flags.0 |= bit;
        above = bit;
    }
    flags
}

#[inline]
fn flag_word(text: &[u8]) -> Option<(u16, &[u8])> {
    Some(match text {
        [b'S', b'Y', b'N', rest @ ..] => (TcpFlags::SYN, rest),
        [b'A', b'C', b'K', rest @ ..] => (TcpFlags::ACK, rest),
        [b'U', b'R', b'G', rest @ ..] => (TcpFlags::URG, rest),
        [b'P', b'S', b'H', rest @ ..] => (TcpFlags::PSH, rest),
        [b'R', b'S', b'T', rest @ ..] => (TcpFlags::RST, rest),
        [b'F', b'I', b'N', rest @ ..] => (TcpFlags::FIN, rest),
        [b'C', b'W', b'R', rest @ ..] => (TcpFlags::CWR, rest),
        [b'E', b'C', b'E', rest @ ..] => (TcpFlags::ECE, rest),
        [b'A', b'E', rest @ ..] => (TcpFlags::AE, rest),
        _ => return None,
    })
}

/// Read TCP options as pairs of digits up to `)`.
fn read_options(cursor: &mut Cursor<'_>, record: &mut Record) -> Option<()> {
    if !cursor.eat(b"TRUNCATED") {
        let text = cursor.take_while(|byte| hex_digit(byte).is_some());
        for pair in text.chunks(2) {
            let &[high, low] = pair else { return None };
            record.tcp_options.push(hex_digit(high)? << 4 | hex_digit(low)?)?;
        }
    }
    cursor.expect(b")")?;
    cursor.item_end()
}

#[inline]
fn read_udp(cursor: &mut Cursor<'_>, record: &mut Record) -> Option<()> {
    cursor.item_end()?;
    if cursor.eat(b"INCOMPLETE [") {
        record.contact = headerless(record.protocol, incomplete(cursor)?);
        return Some(());
    }
    if !cursor.eat(b"SPT=") {
        return Some(());
    }
    let source_port = cursor.u16()?;
    cursor.expect(b" DPT=")?;
    let port = cursor.u16()?;
    cursor.item_end()?;
    if cursor.eat(b"LEN=") {
        cursor.u16()?;
        cursor.item_end()?;
    }
    record.contact = Contact::Udp { source_port, port };
    Some(())
}

/// Read AH or ESP: a security parameter index, or nothing.
fn read_security(cursor: &mut Cursor<'_>, record: &mut Record) -> Option<()> {
    cursor.item_end()?;
    record.contact = Contact::Protocol(record.protocol);
    if cursor.eat(b"INCOMPLETE [") {
        incomplete(cursor)?;
    } else if cursor.eat(b"SPI=0x") {
        cursor.hex(8)?;
        cursor.item_end()?;
    }
    Some(())
}

/// Read a protocol that is printed as its number.
fn read_number(cursor: &mut Cursor<'_>, record: &mut Record) -> Option<()> {
    let number = cursor.u8()?;
    cursor.item_end()?;
    record.protocol = number;
    record.contact = Contact::Protocol(number);
    Some(())
}

/// Read ICMP or `ICMPv6`, with the packet an error quotes.
fn read_icmp(cursor: &mut Cursor<'_>, record: &mut Record, is_v6: bool, depth: u8) -> Result<Step, Reason> {
    let is_headerless = read_icmp_head(cursor, record, is_v6).ok_or_else(|| cut_or(cursor, Reason::TransportPart))?;
    if !is_headerless {
        if cursor.eat(b"[") {
            skip_quoted(cursor, record, depth)?;
        }
        if cursor.eat(b"MTU=") {
            cursor.u32().ok_or(Reason::TransportPart)?;
            cursor.item_end().ok_or(Reason::TransportPart)?;
        }
    }
    read_tail(cursor).ok_or(Reason::TransportPart)?;
    Ok(Step::Done)
}

/// Read type, code and the fields of the single types; true when the header was not there.
fn read_icmp_head(cursor: &mut Cursor<'_>, record: &mut Record, is_v6: bool) -> Option<bool> {
    cursor.item_end()?;
    if cursor.eat(b"INCOMPLETE [") {
        record.contact = headerless(record.protocol, incomplete(cursor)?);
        return Some(true);
    }
    if !cursor.eat(b"TYPE=") {
        return Some(true);
    }
    let kind = cursor.u8()?;
    cursor.expect(b" CODE=")?;
    let code = cursor.u8()?;
    cursor.item_end()?;
    record.contact = if is_v6 { Contact::Icmpv6 { kind, code } } else { Contact::Icmp { kind, code } };
    if cursor.eat(b"INCOMPLETE [") {
        incomplete(cursor)?;
    }
    if cursor.eat(b"ID=") {
        cursor.u16()?;
        cursor.expect(b" SEQ=")?;
        cursor.u16()?;
        cursor.item_end()?;
    }
    if cursor.eat(b"PARAMETER=") {
        cursor.u32()?;
        cursor.item_end()?;
    } else if cursor.eat(b"POINTER=") {
        cursor.hex(8)?;
        cursor.item_end()?;
    } else if cursor.eat(b"GATEWAY=") {
        super::address_text::read_address(cursor)?;
        cursor.item_end()?;
    }
    Some(false)
}

/// Step over the quoted packet: it must fit the grammar, and nothing of it is kept.
fn skip_quoted(cursor: &mut Cursor<'_>, record: &Record, depth: u8) -> Result<(), Reason> {
    if depth > 0 {
        return Err(Reason::Quoted);
    }
    let mut quoted = Record::blank(record.time_ns, record.provenance);
    if !cursor.eat(b"TRUNCATED") {
        read_ip(cursor, &mut quoted, depth + 1).map_err(|_| cut_or(cursor, Reason::Quoted))?;
    }
    cursor.expect(b"]").and_then(|()| cursor.item_end()).ok_or_else(|| cut_or(cursor, Reason::Quoted))
}

/// Read the socket's owner and the mark.
#[inline]
fn read_tail(cursor: &mut Cursor<'_>) -> Option<()> {
    if cursor.eat(b"UID=") {
        cursor.u32()?;
        cursor.expect(b" GID=")?;
        cursor.u32()?;
        cursor.item_end()?;
    }
    if cursor.eat(b"MARK=") {
        // Hexadecimal, of which routers of one make leave the sign out; old kernels print a decimal number.
        cursor.eat(b"0x");
        if cursor.hex(8).is_none() {
            cursor.u32()?;
        }
        cursor.item_end()?;
    }
    Some(())
}
