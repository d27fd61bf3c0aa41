//! What one message of Dropbear says.

use super::address_text::whole_address;
use super::cursor::Cursor;
use super::login::{LoginFailureKind as Kind, Peer};
use super::login_text::{split_first, split_last};

/// A failure: where from, who, and what went wrong.
pub(crate) type DropbearFailure<'a> = (Peer<'a>, &'a [u8], Kind);

/// Read one message, without the header; `None` when it reports no failure with an address.
pub(crate) fn read_dropbear(message: &[u8]) -> Option<DropbearFailure<'_>> {
    let message = message.trim_ascii_end();
    for words in [&b"Bad password attempt for "[..], b"Bad PAM password attempt for "] {
        if let Some(rest) = message.strip_prefix(words) {
            let (user, host) = split_last(rest, b" from ")?;
            return endpoint(host).map(|peer| (peer, unquoted(user), Kind::Credentials));
        }
    }
    for words in [&b"Login attempt for nonexistent user"[..], b"Login attempt with wrong user"] {
        if let Some(rest) = message.strip_prefix(words) {
            let (user, host) =
                split_last(rest, b" from ").or_else(|| Some((&b""[..], rest.strip_prefix(b" from ")?)))?;
            return endpoint(host).map(|peer| (peer, unquoted(user.trim_ascii()), Kind::UnknownUser));
        }
    }
    // The endpoint stands in front of everything the client can say.
    let (host, what) = split_first(message.strip_prefix(b"Exit before auth from <")?, b">: ")?;
    // With a user in brackets, every failed try was reported before.
    (!what.starts_with(b"(user '")).then(|| endpoint(host).map(|peer| (peer, &b""[..], Kind::Left)))?
}

/// Say whether a line is a message without a header.
pub(crate) fn is_bare(line: &[u8]) -> bool {
    read_dropbear(line).is_some()
}

fn unquoted(user: &[u8]) -> &[u8] {
    user.strip_prefix(b"'").and_then(|user| user.strip_suffix(b"'")).unwrap_or(user)
}

/// Read `ADDR:PORT` or `[ADDR]:PORT`.
fn endpoint(text: &[u8]) -> Option<Peer<'_>> {
    let (host, port) = split_last(text, b":")?;
    let mut cursor = Cursor::new(port);
    cursor.u16().filter(|_| cursor.is_empty())?;
    let host = host.strip_prefix(b"[").and_then(|host| host.strip_suffix(b"]")).unwrap_or(host);
    whole_address(host).map(Peer::Address)
}
