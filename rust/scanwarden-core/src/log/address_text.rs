//! Addresses as log lines write them.

use std::net::Ipv6Addr;

use super::cursor::{Cursor, hex_digit};
use crate::address::Address;

/// Read an IPv4 or IPv6 address at the cursor; an IPv4-mapped one is the IPv4 address it holds.
///
/// The kernel prints IPv6 as eight groups of four digits; that form is read directly, any other valid text form
/// (RFC 4291 2.2, without a zone) by the standard library.
#[inline]
pub(crate) fn read_address(cursor: &mut Cursor<'_>) -> Option<Address> {
    if let Some(v4) = read_v4(cursor) {
        return Some(v4);
    }
    if let Some(full) = read_full_v6(cursor) {
        return Some(full);
    }
    let mut ahead = *cursor;
    let text = ahead.take_while(|byte| byte == b':' || byte == b'.' || hex_digit(byte).is_some());
    let parsed: Ipv6Addr = std::str::from_utf8(text).ok()?.parse().ok()?;
    *cursor = ahead;
    Some(Address::from_v6(parsed.to_bits()))
}

/// Read an address that fills `text` from the first byte to the last.
pub(crate) fn whole_address(text: &[u8]) -> Option<Address> {
    let mut cursor = Cursor::new(text);
    let address = read_address(&mut cursor)?;
    cursor.is_empty().then_some(address)
}

/// Read dotted decimal; each number as decimal, whatever zeros stand in front (`192.030.0.6` is 192.30.0.6).
#[inline]
fn read_v4(cursor: &mut Cursor<'_>) -> Option<Address> {
    let mut ahead = *cursor;
    let mut value = u32::from(ahead.u8()?);
    for _ in 0..3 {
        ahead.expect(b".")?;
        value = value << 8 | u32::from(ahead.u8()?);
    }
    if matches!(ahead.peek(), Some(b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'.')) {
        return None;
    }
    *cursor = ahead;
    Some(Address::from_v4(value))
}

/// Read eight groups of exactly four digits.
#[inline]
fn read_full_v6(cursor: &mut Cursor<'_>) -> Option<Address> {
    let (text, rest) = cursor.rest().split_at_checked(39)?;
    if matches!(rest.first(), Some(b':' | b'.' | b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F')) {
        return None;
    }
    let mut value = 0_u128;
    for (place, &byte) in text.iter().enumerate() {
        if place % 5 == 4 {
            if byte != b':' {
                return None;
            }
        } else {
            value = value << 4 | u128::from(hex_digit(byte)?);
        }
    }
    *cursor = Cursor::new(rest);
    Some(Address::from_v6(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_form_of_an_address_is_read() {
        for (text, expected) in [
            ("192.0.2.1", "192.0.2.1"),
            ("192.030.0.6", "192.30.0.6"),
            ("2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
            ("::ffff:192.0.2.9", "192.0.2.9"),
            ("::1", "::1"),
        ] {
            assert_eq!(
                whole_address(text.as_bytes()).map(|address| address.to_string()).as_deref(),
                Some(expected),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "1.2.3",
            "1.2.3.4.5",
            "1.2.3.256",
            "1.2.3.x",
            "xx.xx.xx.xx",
            "1.2.3.4x",
            "2001:db8:::1",
            "::1%eth0",
            "1.2.3.4 ",
            "2001:0db8:0000:0000:0000:0000:0000:0001:2",
            "example.com",
        ] {
            assert_eq!(whole_address(text.as_bytes()), None, "{text}");
        }
    }
}
