//! The kernel's packet line: prefix, interfaces and link layer; the IP part is in [`super::kernel_ip`].
//!
//! The one writer is `net/netfilter/nf_log_syslog.c` of Linux. A message is believed only as a whole: from the prefix to
//! the last byte every byte must be what that function prints, and the first one that is not ends it under a reason.

use super::cursor::{Cursor, hex_digit};
use super::kernel_ip;
use super::reason::Reason;
use super::record::{Direction, InterfaceName, Record};
use super::verdict::{PrefixMeaning, VerdictTable};
use crate::packet::LinkCast;

/// The longest prefix the kernel writes: `NF_LOG_PREFIXLEN` of `linux/netfilter/nf_log.h`, less the NUL.
const MAX_PREFIX_BYTES: usize = 127;
/// `IFNAMSIZ` of `linux/if.h`, less the NUL.
const MAX_INTERFACE_BYTES: usize = 15;
/// More octets than any link layer the kernel prints here.
const MAX_MAC_TEXT: usize = 32 * 3;

/// Reads kernel messages; remembers what the last prefix meant, because a log has few of them.
#[derive(Clone, Debug)]
pub struct KernelGrammar {
    table: VerdictTable,
    last_prefix: [u8; MAX_PREFIX_BYTES],
    last_len: usize,
    last_meaning: PrefixMeaning,
}

impl KernelGrammar {
    /// Read with `table` deciding what prefixes mean.
    pub fn new(table: VerdictTable) -> Self {
        Self { table, last_prefix: [0; MAX_PREFIX_BYTES], last_len: 0, last_meaning: PrefixMeaning::default() }
    }

    /// Fill `record` from `message`, the text after header and uptime stamp, and return the prefix.
    ///
    /// # Errors
    /// The reason why the message is no packet line, or none that can be believed; `record` is then not to be used.
    pub fn read<'a>(&mut self, message: &'a [u8], record: &mut Record) -> Result<&'a [u8], Reason> {
        let mut refusal = None;
        // A prefix may hold `IN=… OUT=` itself. The packet part never does, so the first anchor from which the rest
        // fits is also the last anchor of the line.
        for at in memchr::memchr_iter(b'=', message) {
            let Some((before, packet)) = message.split_at_checked(at + 1) else { continue };
            let Some(prefix) = before.strip_suffix(b"IN=") else { continue };
            let mut cursor = Cursor::new(packet);
            if read_interfaces(&mut cursor, record).is_none() {
                continue;
            }
            match read_packet(&mut cursor, record) {
                Ok(()) => return self.judge_prefix(prefix, record).map(|()| prefix),
                Err(reason) => refusal = Some(reason),
            }
        }
        Err(refusal.unwrap_or_else(|| reason_without_anchor(message)))
    }

    fn judge_prefix(&mut self, prefix: &[u8], record: &mut Record) -> Result<(), Reason> {
        let meaning = self.meaning(prefix)?;
        record.verdict = meaning.verdict;
        record.is_invalid = meaning.is_invalid;
        Ok(())
    }

    /// What `prefix` means.
    ///
    /// # Errors
    /// A prefix that is too long, or that holds a control byte.
    pub(crate) fn meaning(&mut self, prefix: &[u8]) -> Result<PrefixMeaning, Reason> {
        if self.last_prefix.get(..self.last_len) == Some(prefix) {
            return Ok(self.last_meaning);
        }
        if has_control_byte(prefix) {
            return Err(Reason::ControlByte);
        }
        let place = self.last_prefix.get_mut(..prefix.len()).ok_or(Reason::PrefixTooLong)?;
        place.copy_from_slice(prefix);
        self.last_len = prefix.len();
        self.last_meaning = self.table.meaning(prefix);
        Ok(self.last_meaning)
    }
}

/// Say whether a byte that no line may hold stands in `text`: C0 controls, DEL.
pub(crate) fn has_control_byte(text: &[u8]) -> bool {
    text.iter().any(|&byte| byte < b' ' || byte == 0x7f)
}

/// A message about a packet whose beginning is lost still shows what follows it.
fn reason_without_anchor(message: &[u8]) -> Reason {
    let is_fragment = [&b" PROTO="[..], b" SRC=", b" DST=", b" WINDOW="]
        .iter()
        .any(|key| memchr::memmem::find(message, key).is_some() || message.starts_with(key.trim_ascii_start()));
    if is_fragment { Reason::Truncated } else { Reason::NotAPacket }
}

/// Read `[ifname] OUT=[ifname] ` and the bridge ports that may follow.
#[inline]
fn read_interfaces(cursor: &mut Cursor<'_>, record: &mut Record) -> Option<()> {
    let input = interface(cursor)?;
    cursor.expect(b" OUT=")?;
    let output = interface(cursor)?;
    cursor.item_end()?;
    set_direction(record, input, output);
    bridge_ports(cursor)
}

/// Derive the direction: without an interface to come in by, the packet is this host's own.
pub(crate) fn set_direction(record: &mut Record, input: &[u8], output: &[u8]) {
    record.interface = InterfaceName::new(input);
    record.direction = match (input.is_empty(), output.is_empty()) {
        (true, _) => Direction::Out,
        (false, true) => Direction::In,
        (false, false) => Direction::Forward,
    };
}

/// Read `PHYSIN=` and `PHYSOUT=`, if there.
pub(crate) fn bridge_ports(cursor: &mut Cursor<'_>) -> Option<()> {
    if cursor.eat(b"PHYSIN=") {
        interface(cursor)?;
        cursor.item_end()?;
    }
    if cursor.eat(b"PHYSOUT=") {
        interface(cursor)?;
        cursor.item_end()?;
    }
    Some(())
}

/// Read an interface name: printable ASCII without blanks, possibly empty.
#[inline]
pub(crate) fn interface<'a>(cursor: &mut Cursor<'a>) -> Option<&'a [u8]> {
    let name = cursor.take_while(|byte| byte.is_ascii_graphic());
    (name.len() <= MAX_INTERFACE_BYTES).then_some(name)
}

/// Read everything after the interfaces, to the end of the line.
#[inline]
fn read_packet(cursor: &mut Cursor<'_>, record: &mut Record) -> Result<(), Reason> {
    record.cast = read_link(cursor).ok_or(Reason::Mac)?;
    if cursor.is_empty() {
        return Err(Reason::NotAPacket);
    }
    if cursor.eat(b"ARP ") {
        return Err(Reason::Arp);
    }
    kernel_ip::read_ip(cursor, record, 0)?;
    end_of_line(cursor)
}

/// Accept the end of the line, or say what is wrong with what follows.
pub(crate) fn end_of_line(cursor: &mut Cursor<'_>) -> Result<(), Reason> {
    cursor.skip_blanks();
    if cursor.is_empty() {
        return Ok(());
    }
    let keys: [&[u8]; 16] = [
        b"SRC=", b"DST=", b"LEN=", b"TOS=", b"PREC=", b"TTL=", b"ID=", b"PROTO=", b"SPT=", b"DPT=", b"WINDOW=",
        b"TYPE=", b"CODE=", b"IN=", b"OUT=", b"MAC=",
    ];
    let is_key = keys.iter().any(|key| cursor.rest().starts_with(key));
    Err(if is_key { Reason::Duplicate } else { Reason::Trailing })
}

/// Read the link-layer part in either of its forms and say to whom the frame was addressed.
#[inline]
pub(crate) fn read_link(cursor: &mut Cursor<'_>) -> Option<LinkCast> {
    let mut cast = LinkCast::Unicast;
    if cursor.eat(b"MAC=") {
        cast = read_mac(cursor)?;
        read_tunnel(cursor)?;
    } else if cursor.eat(b"MACSRC=") {
        read_mac(cursor)?;
        cursor.expect(b"MACDST=")?;
        cast = read_mac(cursor)?;
        if cursor.eat(b"VPROTO=") {
            cursor.hex(4)?;
            cursor.expect(b" VID=")?;
            cursor.u16()?;
            cursor.item_end()?;
        }
        cursor.expect(b"MACPROTO=")?;
        cursor.hex(4)?;
        cursor.item_end()?;
    }
    Some(cast)
}

/// Read octets (or what an anonymiser left of them) and the blank after them.
#[inline]
fn read_mac(cursor: &mut Cursor<'_>) -> Option<LinkCast> {
    if let Some((text, [b' ', rest @ ..])) = cursor.rest().split_first_chunk()
        && is_ethernet(text)
    {
        *cursor = Cursor::new(rest);
        return Some(cast_of(text));
    }
    read_other_mac(cursor)
}

/// The fourteen octets of an Ethernet header, as nearly every line has them: sixteen bytes at a time, in one step each where
/// the processor can.
#[inline]
fn is_ethernet(text: &[u8; 14 * 3 - 1]) -> bool {
    let (Some((first, rest)), Some(last)) = (text.split_first_chunk(), text.last_chunk()) else { return false };
    rest.first_chunk().is_some_and(|second| mismatch(first, 0) | mismatch(second, 16) | mismatch(last, 25) == 0)
}

/// Not 0 unless these bytes, of which the first is at `place` of the text, are pairs of digits with colons between them.
#[inline]
fn mismatch(text: &[u8; 16], place: usize) -> u8 {
    const DIGIT: u8 = 1;
    const COLON: u8 = 2;
    let mut wanted = [DIGIT; 16];
    for (ahead, kind) in wanted.iter_mut().enumerate() {
        *kind = if (place + ahead) % 3 == 2 { COLON } else { DIGIT };
    }
    text.iter().zip(wanted).fold(0, |wrong, (&byte, wanted)| {
        let is_digit = (byte.wrapping_sub(b'0') < 10) | ((byte | 0x20).wrapping_sub(b'a') < 6);
        let kind = if is_digit { DIGIT } else { 0 } | if byte == b':' { COLON } else { 0 };
        wrong | (kind ^ wanted)
    })
}

/// Read octets of any number, or masked ones.
fn read_other_mac(cursor: &mut Cursor<'_>) -> Option<LinkCast> {
    let text = cursor.take_while(|byte| byte == b':' || hex_digit(byte).is_some());
    if cursor.item_end().is_some() {
        return is_octets(text).then(|| cast_of(text));
    }
    let masked =
        cursor.take_while(|byte| matches!(byte, b'.' | b'x' | b'X' | b'*' | b'-' | b':') || hex_digit(byte).is_some());
    cursor.item_end()?;
    (text.len() + masked.len() <= MAX_MAC_TEXT).then_some(LinkCast::Unicast)
}

/// `hh:hh:…`, or nothing.
#[inline]
fn is_octets(text: &[u8]) -> bool {
    text.len() <= MAX_MAC_TEXT
        && (text.is_empty() || text.len() % 3 == 2)
        && text.iter().enumerate().all(|(place, &byte)| (place % 3 == 2) == (byte == b':'))
}

/// Broadcast, or one of the prefixes that carry multicast (RFC 1112, RFC 2464, IEEE 802.1D).
///
/// The group bit alone does not tell: anonymised logs hold random octets.
#[inline]
fn cast_of(text: &[u8]) -> LinkCast {
    let has_prefix = |prefix: &[u8]| text.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix));
    match text.first() {
        Some(b'f' | b'F') if has_prefix(b"ff:ff:ff:ff:ff:ff") => LinkCast::Broadcast,
        Some(b'0') if has_prefix(b"01:00:5e") || has_prefix(b"01:80:c2") => LinkCast::Multicast,
        Some(b'3') if has_prefix(b"33:33:") => LinkCast::Multicast,
        _ => LinkCast::Unicast,
    }
}

/// Read `TUNNEL=a->b `, which a 6in4 device adds.
fn read_tunnel(cursor: &mut Cursor<'_>) -> Option<()> {
    if cursor.eat(b"TUNNEL=") {
        super::address_text::read_address(cursor)?;
        cursor.expect(b"->")?;
        super::address_text::read_address(cursor)?;
        cursor.item_end()?;
    }
    Some(())
}
