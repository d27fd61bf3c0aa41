//! The IP part of the kernel's packet line, and the packet an ICMP error quotes.

use super::address_text::read_address;
use super::cursor::Cursor;
use super::kernel_transport::{Step, read_transport};
use super::reason::Reason;
use super::record::{Contact, Record};
use crate::address::Address;

/// Read from `SRC=` on. `depth` is 1 inside the brackets of an ICMP error, where nothing may nest further.
#[inline]
pub(crate) fn read_ip(cursor: &mut Cursor<'_>, record: &mut Record, depth: u8) -> Result<(), Reason> {
    if cursor.eat(b"TRUNCATED") {
        return Err(Reason::Truncated);
    }
    skip_level(cursor);
    cursor.expect(b"SRC=").ok_or_else(|| cut_or(cursor, Reason::Ip))?;
    record.source = address(cursor)?;
    cursor.expect(b" DST=").ok_or_else(|| cut_or(cursor, Reason::Ip))?;
    record.destination = address(cursor)?;
    cursor.expect(b" LEN=").ok_or_else(|| cut_or(cursor, Reason::Ip))?;
    // An IPv6 length is the payload's plus the fixed header's 40 bytes; a jumbogram's is unknown to the writer.
    record.len = cursor.number(6, 65_575).ok_or_else(|| cut_or(cursor, Reason::Ip))? as u32;
    if cursor.eat(b" TOS=") {
        cursor.eat(b"0x"); // ulogd leaves it out
        read_v4(cursor, record).ok_or_else(|| cut_or(cursor, Reason::Ip))?;
    } else if cursor.eat(b" TC=") {
        let is_complete = read_v6(cursor, record).ok_or_else(|| cut_or(cursor, Reason::Ip))?;
        if is_complete == Ends::Here {
            return Ok(());
        }
    } else {
        return Err(cut_or(cursor, Reason::Ip));
    }
    let is_v6 = !record.source.is_v4();
    match read_transport(cursor, record, is_v6, depth)? {
        Step::Done => Ok(()),
        // IPv6 lines may end before PROTO= (ESP, later fragments); IPv4 lines never do.
        Step::Absent if is_v6 => Ok(()),
        Step::Absent => Err(cut_or(cursor, Reason::TransportPart)),
    }
}

/// Step over the level that kernels of routers print in the middle of the line (`MAC=… <1>SRC=`).
#[inline]
fn skip_level(cursor: &mut Cursor<'_>) {
    if let [b'<', b'0'..=b'7', b'>', rest @ ..] = cursor.rest() {
        *cursor = Cursor::new(rest);
    }
}

/// The line ends here: it was cut. Otherwise it left the grammar, for `reason`.
pub(crate) fn cut_or(cursor: &Cursor<'_>, reason: Reason) -> Reason {
    if cursor.is_empty() || cursor.rest() == b"TRUNCATED" { Reason::Truncated } else { reason }
}

#[inline]
fn address(cursor: &mut Cursor<'_>) -> Result<Address, Reason> {
    read_address(cursor).ok_or_else(|| {
        let mut ahead = *cursor;
        let text = ahead.take_while(|byte| byte != b' ');
        match text.is_empty() {
            true => cut_or(cursor, Reason::Address),
            false if text.iter().any(|byte| matches!(byte, b'x' | b'X' | b'*')) => Reason::Masked,
            false => Reason::Address,
        }
    })
}

#[inline]
fn read_v4(cursor: &mut Cursor<'_>, record: &mut Record) -> Option<()> {
    cursor.hex(2)?;
    cursor.expect(b" PREC=0x")?;
    cursor.hex(2)?;
    cursor.expect(b" TTL=")?;
    record.ttl = cursor.u8()?;
    cursor.expect(b" ID=")?;
    record.ip_id = Some(cursor.u16()?);
    cursor.item_end()?;
    cursor.eat(b"CE ");
    record.dont_fragment = cursor.eat(b"DF ");
    cursor.eat(b"MF ");
    if cursor.eat(b"FRAG:") {
        cursor.u16()?;
        cursor.item_end()?;
    }
    if cursor.eat(b"OPT (") {
        // At most forty bytes of options (RFC 791 3.1), two digits each.
        let text = cursor.take_while(|byte| super::cursor::hex_digit(byte).is_some());
        if text.len() > 80 || text.len() & 1 == 1 {
            return None;
        }
        cursor.expect(b") ")?;
    }
    Some(())
}

/// Whether the line may go on with a transport part.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ends {
    Here,
    Later,
}

fn read_v6(cursor: &mut Cursor<'_>, record: &mut Record) -> Option<Ends> {
    cursor.u8()?;
    // The kernel prints HOPLIMIT first; Proxmox's writer, which shares the rest of the grammar, prints it last.
    if cursor.eat(b" FLOWLBL=") {
        cursor.number(7, 0xf_ffff)?;
        cursor.expect(b" HOPLIMIT=")?;
        record.ttl = cursor.u8()?;
    } else {
        cursor.expect(b" HOPLIMIT=")?;
        record.ttl = cursor.u8()?;
        cursor.expect(b" FLOWLBL=")?;
        cursor.number(7, 0xf_ffff)?;
    }
    cursor.item_end()?;
    read_extensions(cursor, record)
}

/// Read what is printed for extension headers: `OPT ( … ) ` each when options are logged, `FRAG:` always.
fn read_extensions(cursor: &mut Cursor<'_>, record: &mut Record) -> Option<Ends> {
    loop {
        if cursor.eat(b"OPT ( ") {
            if read_option(cursor, record)? == Ends::Here {
                return Some(Ends::Here);
            }
        } else if cursor.eat(b"FRAG:") {
            if read_fragment(cursor)? == Ends::Here {
                return Some(Ends::Here);
            }
        } else if cursor.eat(b"Unknown Ext Hdr ") {
            cursor.u8()?;
            return Some(Ends::Here);
        } else if cursor.eat(b"TRUNCATED") {
            // The packet ends inside an extension header.
            return Some(Ends::Here);
        } else {
            return Some(Ends::Later);
        }
    }
}

/// Read the inside of one `OPT ( `, and its end; the writer stops the line inside it where it cannot go on.
fn read_option(cursor: &mut Cursor<'_>, record: &mut Record) -> Option<Ends> {
    let mut stops = false;
    if cursor.eat(b"FRAG:") {
        stops = read_fragment(cursor)? == Ends::Here;
    } else if cursor.eat(b"AH ") {
        stops = !read_spi(cursor)?;
    } else if cursor.eat(b"ESP ") {
        read_spi(cursor)?;
        record.protocol = 50;
        record.contact = Contact::Protocol(50);
        stops = true;
    }
    if stops && cursor.is_empty() {
        return Some(Ends::Here);
    }
    cursor.expect(b")")?;
    let has_more = !cursor.is_empty();
    cursor.item_end()?;
    Some(if stops || !has_more { Ends::Here } else { Ends::Later })
}

/// Read `SPI=0x… ` (true), or `INCOMPLETE [n bytes] ` or nothing (false).
fn read_spi(cursor: &mut Cursor<'_>) -> Option<bool> {
    if cursor.eat(b"SPI=0x") {
        cursor.hex(8)?;
        cursor.item_end()?;
        return Some(true);
    }
    if cursor.eat(b"INCOMPLETE [") {
        cursor.u32()?;
        cursor.expect(b" bytes]")?;
        cursor.item_end()?;
    }
    Some(false)
}

/// Read the rest of `FRAG:n [INCOMPLETE ]ID:hhhhhhhh `.
fn read_fragment(cursor: &mut Cursor<'_>) -> Option<Ends> {
    if cursor.eat(b"TRUNCATED") {
        cursor.item_end()?;
        return Some(Ends::Here);
    }
    cursor.u16()?;
    cursor.expect(b" ")?;
    cursor.eat(b"INCOMPLETE ");
    cursor.expect(b"ID:")?;
    cursor.hex(8)?;
    cursor.item_end()?;
    Some(Ends::Later)
}
