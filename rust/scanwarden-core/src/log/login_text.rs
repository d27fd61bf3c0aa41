//! The pieces login messages are made of. User names are the client's to choose, so every address is read at a place the
//! client cannot reach: directly behind the fixed words a message starts with, or at its very end.

use super::address_text::{read_address, whole_address};
use super::cursor::Cursor;
use super::login::Peer;

/// Split before and behind the last `separator`.
pub(crate) fn split_last<'a>(text: &'a [u8], separator: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = memchr::memmem::rfind(text, separator)?;
    Some((text.get(..at)?, text.get(at + separator.len()..)?))
}

/// Split before and behind the first `separator`.
pub(crate) fn split_first<'a>(text: &'a [u8], separator: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = memchr::memmem::find(text, separator)?;
    Some((text.get(..at)?, text.get(at + separator.len()..)?))
}

/// Take `[preauth]` off the end and say whether it was there.
pub(crate) fn without_preauth(text: &[u8]) -> (&[u8], bool) {
    let text = text.trim_ascii_end();
    match text.strip_suffix(b"[preauth]") {
        Some(before) => (before.trim_ascii_end(), true),
        None => (text, false),
    }
}

/// Take ` port N` off the end, if it is there.
pub(crate) fn without_port(text: &[u8]) -> &[u8] {
    match split_last(text, b" port ") {
        Some((before, port)) if is_port(port) => before,
        _ => text,
    }
}

fn is_port(text: &[u8]) -> bool {
    let mut cursor = Cursor::new(text);
    cursor.u16().is_some() && cursor.is_empty()
}

/// Read `text` as one address or host name and nothing else.
pub(crate) fn whole_peer(text: &[u8]) -> Option<Peer<'_>> {
    if let Some(address) = whole_address(text) {
        return Some(Peer::Address(address));
    }
    let is_name_byte = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    // A name needs a letter and a point: "from 183.106.179.x" is a masked address, not a host.
    let last_label = split_last(text, b".").map(|(_, label)| label)?;
    let is_name = text.len() <= 255 && text.iter().all(is_name_byte) && last_label.len() >= 2;
    (is_name && last_label.iter().any(u8::is_ascii_alphabetic)).then_some(Peer::Name(text))
}

/// Read `HOST[ port N]` and nothing else.
pub(crate) fn whole_endpoint(text: &[u8]) -> Option<Peer<'_>> {
    whole_peer(without_port(text))
}

/// Read `ADDR[ port N]` at the beginning; returns what follows.
pub(crate) fn leading_endpoint(text: &[u8]) -> Option<(Peer<'_>, &[u8])> {
    let mut cursor = Cursor::new(text);
    let address = read_address(&mut cursor)?;
    if cursor.eat(b" port ") {
        cursor.u16()?;
    }
    Some((Peer::Address(address), cursor.rest()))
}

/// Read `[invalid user |authenticating user ]USER HOST[ port N]`, or `HOST[ port N]` alone: the end of a connection before
/// its login. `None` for any other word, such as the `user` of a connection that had logged in.
pub(crate) fn unauthenticated(text: &[u8]) -> Option<(Peer<'_>, &[u8])> {
    let text = without_port(text);
    for word in [&b"invalid user "[..], b"authenticating user "] {
        if let Some(rest) = text.strip_prefix(word) {
            let (user, host) = split_last(rest, b" ").unwrap_or((b"", rest));
            return Some((whole_peer(host)?, user));
        }
    }
    Some((whole_peer(text)?, b""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_letters_and_a_point() {
        for (text, is_peer) in [
            ("example.com", true),
            ("192.0.2.1", true),
            ("183.106.179.x", false),
            ("root", false),
            ("a b.com", false),
            ("UNKNOWN", false),
            ("2001:db8::1", true),
        ] {
            assert_eq!(whole_peer(text.as_bytes()).is_some(), is_peer, "{text}");
        }
    }

    #[test]
    fn the_address_of_a_closed_connection_stands_at_its_end() {
        for (text, expected) in [
            ("192.0.2.1 port 7", Some(("192.0.2.1", ""))),
            ("invalid user  192.0.2.1 port 7", Some(("192.0.2.1", ""))),
            ("authenticating user a 10.0.0.1 port 5 192.0.2.1 port 7", Some(("192.0.2.1", "a 10.0.0.1 port 5"))),
            ("user bob 192.0.2.1 port 7", None),
        ] {
            let got = unauthenticated(text.as_bytes()).map(|(peer, user)| match peer {
                Peer::Address(address) => (address.to_string(), String::from_utf8_lossy(user).into_owned()),
                Peer::Name(name) => (String::from_utf8_lossy(name).into_owned(), String::new()),
            });
            assert_eq!(got, expected.map(|(host, user)| (host.to_owned(), user.to_owned())), "{text}");
        }
    }
}
