//! The Proxmox firewall's own log: `VMID LOGID CHAIN dd/Mon/yyyy:hh:mm:ss ±zzzz [prefix]IN=…` and the kernel's fields.

use super::clock::Clock;
use super::cursor::Cursor;
use super::header_time::{four_digits, read_time_of_day, read_zone, two_digits};
use super::kernel::{KernelGrammar, bridge_ports, end_of_line, has_control_byte, interface, read_link, set_direction};
use super::kernel_ip;
use super::month::month_of;
use super::reason::Reason;
use super::record::{Provenance, Record};

/// Read one line of `pve-firewall.log`.
///
/// # Errors
/// The reason why the line does not fit as a whole.
pub(crate) fn read_proxmox(line: &[u8], clock: &mut Clock, prefixes: &mut KernelGrammar) -> Result<Record, Reason> {
    let mut cursor = Cursor::new(line);
    read_guest_and_chain(&mut cursor).ok_or(Reason::Header)?;
    let date = read_date(&mut cursor).ok_or(Reason::Header)?;
    let time = read_time_of_day(&mut cursor)?;
    cursor.expect(b" ").ok_or(Reason::Header)?;
    let offset_s = read_zone(&mut cursor)?.ok_or(Reason::Time)?;
    cursor.expect(b" ").ok_or(Reason::Header)?;
    let time_ns = clock.with_date(date, time, Some(offset_s)).ok_or(Reason::Time)?;
    let mut record = Record::blank(time_ns, Provenance::Proxmox);
    let prefix = read_prefix(&mut cursor).ok_or(Reason::NotAPacket)?;
    if has_control_byte(prefix) {
        return Err(Reason::ControlByte);
    }
    read_interfaces(&mut cursor, &mut record).ok_or(Reason::Ip)?;
    record.cast = read_link(&mut cursor).ok_or(Reason::Mac)?;
    kernel_ip::read_ip(&mut cursor, &mut record, 0)?;
    end_of_line(&mut cursor)?;
    let meaning = prefixes.meaning(prefix)?;
    record.verdict = meaning.verdict;
    record.is_invalid = meaning.is_invalid;
    Ok(record)
}

fn read_guest_and_chain(cursor: &mut Cursor<'_>) -> Option<()> {
    cursor.u32()?;
    cursor.expect(b" ")?;
    cursor.u8()?;
    cursor.expect(b" ")?;
    let chain = cursor.take_while(|byte| byte.is_ascii_graphic());
    (!chain.is_empty()).then_some(())?;
    cursor.expect(b" ")
}

/// Read `dd/Mon/yyyy:`.
fn read_date(cursor: &mut Cursor<'_>) -> Option<(u16, u8, u8)> {
    let day = two_digits(cursor)?;
    cursor.expect(b"/")?;
    let month = month_of(cursor.take_while(|byte| byte != b'/'))?;
    cursor.expect(b"/")?;
    let year = four_digits(cursor)?;
    cursor.expect(b":")?;
    Some((year, month, day))
}

/// Read up to the first interface field; a prefix ends in a blank or is empty.
fn read_prefix<'a>(cursor: &mut Cursor<'a>) -> Option<&'a [u8]> {
    let text = cursor.rest();
    for at in memchr::memchr_iter(b'=', text) {
        let before = text.get(..at)?;
        let prefix = before.strip_suffix(b"IN").or_else(|| before.strip_suffix(b"OUT"));
        if let Some(prefix) = prefix.filter(|prefix| prefix.is_empty() || prefix.ends_with(b" ")) {
            *cursor = Cursor::new(text.get(prefix.len()..)?);
            return Some(prefix);
        }
    }
    None
}

/// Read `IN=if ` and `OUT=if `, each only when it is set.
fn read_interfaces(cursor: &mut Cursor<'_>, record: &mut Record) -> Option<()> {
    let mut names: [&[u8]; 2] = [b"", b""];
    let [input, output] = &mut names;
    if cursor.eat(b"IN=") {
        *input = interface(cursor)?;
        cursor.item_end()?;
    }
    if cursor.eat(b"OUT=") {
        *output = interface(cursor)?;
        cursor.item_end()?;
    }
    let [input, output] = names;
    set_direction(record, input, output);
    bridge_ports(cursor)
}
