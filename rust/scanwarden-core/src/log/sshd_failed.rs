//! `Failed METHOD for USER from HOST port N ssh2[: INFO]`, the message attackers forge with their user names.
//!
//! `auth_log()` of OpenSSH's `auth.c` prints the address behind the user name and, for keys only, what the key was behind
//! the address. So for a method without key the message ends with the true address, whatever the user name holds.

use super::cursor::Cursor;
use super::login::{LoginFailureKind, Peer};
use super::login_text::{split_first, split_last, whole_endpoint, without_preauth};
use super::sshd::{SshdEvent, strip_any, strip_any_suffix};

/// Read a `Failed …` message.
pub(crate) fn failed(message: &[u8]) -> Option<SshdEvent<'_>> {
    let (method, rest) = split_first(message.strip_prefix(b"Failed ")?, b" for ")?;
    let is_method =
        !method.is_empty() && method.iter().all(|&byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'/'));
    if !is_method {
        return None;
    }
    let known = strip_any(rest, &[b"invalid user ", b"illegal user "]);
    let body = without_preauth(known.unwrap_or(rest)).0;
    match find_peer(body)? {
        Found::One(peer, user) if known.is_none() && method == b"publickey" => {
            Some(SshdEvent::Pending { peer, user, is_pam: false })
        }
        Found::One(peer, user) => {
            let kind = if known.is_some() { LoginFailureKind::UnknownUser } else { LoginFailureKind::Credentials };
            Some(SshdEvent::Failed { peer, user, kind })
        }
        Found::Several => Some(SshdEvent::Ambiguous),
    }
}

enum Found<'a> {
    One(Peer<'a>, &'a [u8]),
    Several,
}

/// Split `USER from HOST…` where the client cannot have put the split.
fn find_peer(body: &[u8]) -> Option<Found<'_>> {
    // What every OpenSSH since 2001 prints for a method without key; the last one is the server's.
    if let Some(before) = strip_any_suffix(body, &[b" ssh2", b" ssh1"]) {
        let (user, host) = split_last(before, b" from ")?;
        if memchr::memmem::find(host, b" port ").is_some() {
            return whole_endpoint(host).map(|peer| Found::One(peer, user));
        }
    }
    if let Some(found) = find_before_details(body) {
        return Some(found);
    }
    // Older servers end the message behind the port, or behind the host.
    let (user, host) = split_last(body, b" from ")?;
    whole_endpoint(host).map(|peer| Found::One(peer, user))
}

/// Look for `from HOST port N ssh2: KEY` (and protocol 1's `ssh1: ruser NAME`).
fn find_before_details(body: &[u8]) -> Option<Found<'_>> {
    let mut found = None;
    let mut count = 0;
    for at in memchr::memmem::find_iter(body, b" from ") {
        let (user, rest) = body.split_at_checked(at)?;
        let Some((peer, details)) = rest.strip_prefix(b" from ").and_then(endpoint_before_details) else { continue };
        count += 1;
        found = Some((peer, user, details));
    }
    let (peer, user, details) = found?;
    // A key's type and fingerprint alone are the server's words, so the last place is the true one. Where the details
    // hold the client's words (a host-based user, a certificate's name), only a single place is believed.
    if count == 1 || is_plain_key(details) { Some(Found::One(peer, user)) } else { Some(Found::Several) }
}

/// Read `HOST port N ssh2: DETAILS` to its end.
fn endpoint_before_details(text: &[u8]) -> Option<(Peer<'_>, &[u8])> {
    let (peer, rest) = super::login_text::leading_endpoint(text)?;
    let details = strip_any(rest, &[b" ssh2: ", b" ssh1: "])?;
    (details.starts_with(b"ruser ") || starts_with_key(details)).then_some((peer, details))
}

/// `TYPE FINGERPRINT` and no more.
fn is_plain_key(details: &[u8]) -> bool {
    let mut cursor = Cursor::new(details);
    read_key(&mut cursor).is_some() && cursor.is_empty()
}

fn starts_with_key(details: &[u8]) -> bool {
    let mut cursor = Cursor::new(details);
    read_key(&mut cursor).is_some() && (cursor.is_empty() || matches!(cursor.peek(), Some(b' ' | b',')))
}

/// Read a key type (`RSA`, `ED25519-SK`) and a fingerprint (`SHA256:…`, or pairs of digits in older versions).
fn read_key(cursor: &mut Cursor<'_>) -> Option<()> {
    let kind = cursor.take_while(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-');
    (!kind.is_empty()).then_some(())?;
    cursor.expect(b" ")?;
    let print =
        cursor.take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'+' | b'/' | b'=' | b'$'));
    (!print.is_empty() && memchr::memchr(b':', print).is_some()).then_some(())
}
