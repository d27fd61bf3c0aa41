//! `RouterOS` firewall lines: `[prefix ]chain: in:IF out:IF, …proto P, a:p->a:p, len n`.

use super::address_text::read_address;
use super::cursor::{Cursor, hex_digit};
use super::kernel::{KernelGrammar, set_direction};
use super::reason::Reason;
use super::record::{Contact, Record, TcpContact};
use crate::address::Address;
use crate::packet::TcpFlags;

/// What `RouterOS` prints for an interface that is not there.
const NO_INTERFACE: &[u8] = b"(unknown 0)";

/// Fill `record` from `message`, the text after the `firewall,info` topic; the verdict stands in the prefix alone.
///
/// # Errors
/// The reason why the message does not fit as a whole.
pub(crate) fn read_mikrotik(message: &[u8], prefixes: &mut KernelGrammar, record: &mut Record) -> Result<(), Reason> {
    let mut refusal = Reason::NotAPacket;
    for at in memchr::memmem::find_iter(message, b": in:") {
        let Some((before, packet)) = message.split_at_checked(at) else { continue };
        match read_packet(&mut Cursor::new(packet), record) {
            Some(()) => {
                let meaning = prefixes.meaning(without_chain(before))?;
                record.verdict = meaning.verdict;
                record.is_invalid = meaning.is_invalid;
                return Ok(());
            }
            None => refusal = Reason::TransportPart,
        }
    }
    Err(refusal)
}

/// The chain is the last word; what stands before it is the prefix.
fn without_chain(before: &[u8]) -> &[u8] {
    memchr::memrchr(b' ', before).and_then(|at| before.get(..at)).unwrap_or(&[])
}

fn read_packet(cursor: &mut Cursor<'_>, record: &mut Record) -> Option<()> {
    cursor.expect(b": in:")?;
    let input = read_interface(cursor)?;
    cursor.expect(b" out:")?;
    let output = read_interface(cursor)?;
    set_direction(record, input, output);
    cursor.expect(b", ")?;
    skip_labels(cursor);
    if cursor.eat(b"src-mac ") {
        cursor.take_while(|byte| byte == b':' || hex_digit(byte).is_some());
        cursor.expect(b", ")?;
    }
    cursor.expect(b"proto ")?;
    read_protocol(cursor, record)?;
    skip_translation(cursor)?;
    cursor.expect(b", len ")?;
    record.len = cursor.u32()?;
    cursor.skip_blanks();
    cursor.is_empty().then_some(())
}

/// Read an interface name, or the empty one.
fn read_interface<'a>(cursor: &mut Cursor<'a>) -> Option<&'a [u8]> {
    if cursor.rest().starts_with(NO_INTERFACE) {
        cursor.eat(b"(unknown 0)");
        return Some(b"");
    }
    let name = cursor.take_while(|byte| byte.is_ascii_graphic() && byte != b',');
    (!name.is_empty()).then_some(name)
}

/// Step over `connection-state:new,dnat connection-mark:x packet-mark:y `.
fn skip_labels(cursor: &mut Cursor<'_>) {
    loop {
        let mut ahead = *cursor;
        let name = ahead.take_while(|byte| byte.is_ascii_lowercase() || byte == b'-');
        if !matches!(name, b"connection-state" | b"connection-mark" | b"packet-mark") || !ahead.eat(b":") {
            return;
        }
        ahead.take_while(|byte| byte.is_ascii_graphic());
        if !ahead.eat(b" ") {
            return;
        }
        *cursor = ahead;
    }
}

fn read_protocol(cursor: &mut Cursor<'_>, record: &mut Record) -> Option<()> {
    let name = cursor.take_while(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    match name {
        b"TCP" => {
            record.protocol = 6;
            cursor.expect(b" (")?;
            let flags = read_flags(cursor.take_while(|byte| byte != b')'))?;
            cursor.expect(b"), ")?;
            let (source_port, port) = read_endpoints(cursor, record)?;
            record.contact =
                Contact::Tcp(TcpContact { source_port, port, flags: Some(flags), ..TcpContact::default() });
        }
        b"UDP" => {
            record.protocol = 17;
            cursor.expect(b", ")?;
            let (source_port, port) = read_endpoints(cursor, record)?;
            record.contact = Contact::Udp { source_port, port };
        }
        b"ICMP" | b"ICMPv6" => return read_icmp(cursor, record, name == b"ICMPv6"),
        number => {
            record.protocol = number_of(number)?;
            record.contact = Contact::Protocol(record.protocol);
            cursor.expect(b", ")?;
            read_pair(cursor, record)?;
        }
    }
    Some(())
}

fn read_icmp(cursor: &mut Cursor<'_>, record: &mut Record, is_v6: bool) -> Option<()> {
    cursor.expect(b" (type ")?;
    let kind = cursor.u8()?;
    cursor.expect(b", code ")?;
    let code = cursor.u8()?;
    cursor.expect(b"), ")?;
    record.protocol = if is_v6 { 58 } else { 1 };
    record.contact = if is_v6 { Contact::Icmpv6 { kind, code } } else { Contact::Icmp { kind, code } };
    read_pair(cursor, record)
}

fn number_of(text: &[u8]) -> Option<u8> {
    let mut cursor = Cursor::new(text);
    let number = cursor.u8()?;
    cursor.is_empty().then_some(number)
}

/// Flag words between the brackets, in any order.
fn read_flags(words: &[u8]) -> Option<TcpFlags> {
    let mut flags = 0;
    for word in words.split(|&byte| byte == b',').filter(|word| !word.is_empty()) {
        flags |= match word {
            b"SYN" => TcpFlags::SYN,
            b"ACK" => TcpFlags::ACK,
            b"FIN" => TcpFlags::FIN,
            b"RST" => TcpFlags::RST,
            b"PSH" => TcpFlags::PSH,
            b"URG" => TcpFlags::URG,
            b"ECE" => TcpFlags::ECE,
            b"CWR" => TcpFlags::CWR,
            _ => return None,
        };
    }
    Some(TcpFlags(flags))
}

fn read_endpoints(cursor: &mut Cursor<'_>, record: &mut Record) -> Option<(u16, u16)> {
    let (source, source_port) = read_endpoint(cursor)?;
    cursor.expect(b"->")?;
    let (destination, port) = read_endpoint(cursor)?;
    record.source = source;
    record.destination = destination;
    Some((source_port, port))
}

/// Read `a.b.c.d:port` or `[v6]:port`.
fn read_endpoint(cursor: &mut Cursor<'_>) -> Option<(Address, u16)> {
    let is_bracketed = cursor.eat(b"[");
    let address = read_address(cursor)?;
    if is_bracketed {
        cursor.expect(b"]")?;
    }
    cursor.expect(b":")?;
    Some((address, cursor.u16()?))
}

fn read_pair(cursor: &mut Cursor<'_>, record: &mut Record) -> Option<()> {
    record.source = read_address(cursor)?;
    cursor.expect(b"->")?;
    record.destination = read_address(cursor)?;
    Some(())
}

/// Step over `, NAT (…)->…` and `, prio a->b`.
fn skip_translation(cursor: &mut Cursor<'_>) -> Option<()> {
    if cursor.eat(b", NAT ") {
        let text = cursor.take_while(|byte| {
            matches!(byte, b'(' | b')' | b'[' | b']' | b'-' | b'>' | b':' | b'.') || hex_digit(byte).is_some()
        });
        (!text.is_empty()).then_some(())?;
    }
    if cursor.eat(b", prio ") {
        cursor.u8()?;
        cursor.expect(b"->")?;
        cursor.u8()?;
    }
    Some(())
}
