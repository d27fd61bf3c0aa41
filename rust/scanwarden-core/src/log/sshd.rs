//! What one message of `sshd` (or of PAM in its name) says, by the shapes of OpenSSH's sources from 3.x to 10.x.

use super::address_text::read_address;
use super::cursor::Cursor;
use super::login::{LoginFailureKind as Kind, Peer};
use super::login_text::{
    leading_endpoint, split_first, split_last, unauthenticated, whole_endpoint, whole_peer, without_port,
    without_preauth,
};
use super::sshd_failed::failed;

/// What a message means for the connection it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SshdEvent<'a> {
    /// Nothing that matters.
    Nothing,
    /// More than one address could be the source: a user name made to look like the message around it.
    Ambiguous,
    /// A connection began.
    Connected(Peer<'a>),
    /// A login succeeded.
    Accepted { user: &'a [u8] },
    /// The user does not exist; the same try's failure follows in a message of its own.
    Announced { peer: Peer<'a>, user: &'a [u8] },
    /// A failure that counts by itself.
    Failed { peer: Peer<'a>, user: &'a [u8], kind: Kind },
    /// A failure unless the same connection logs in after all (one key of several, one PAM module of several).
    Pending { peer: Peer<'a>, user: &'a [u8], is_pam: bool },
    /// A failure whose address an earlier message of the connection told, or a later one will.
    Unaddressed { kind: Kind },
    /// Says once more that there were too many failures.
    GaveUp { peer: Option<Peer<'a>> },
    /// The connection ended; `is_before_login` as far as the message says.
    Closed { peer: Peer<'a>, user: &'a [u8], how: Ending, is_before_login: bool },
}

/// Which of the messages about a connection's end it was; one connection may write several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Closed,
    Reset,
    Disconnected,
    Received,
}

/// Read one message, without the header.
pub(crate) fn read_sshd(message: &[u8]) -> SshdEvent<'_> {
    let message = without_solaris_id(message).trim_ascii_end();
    let message =
        [&b"error: "[..], b"fatal: "].iter().find_map(|level| message.strip_prefix(*level)).unwrap_or(message);
    failed(message)
        .or_else(|| users(message))
        .or_else(|| endings(message))
        .or_else(|| protocol(message))
        .or_else(|| pam(message))
        .or_else(|| connection(message))
        .unwrap_or(SshdEvent::Nothing)
}

/// Solaris puts `[ID 800047 auth.info] ` in front.
fn without_solaris_id(message: &[u8]) -> &[u8] {
    match message.strip_prefix(b"[ID ").and_then(|rest| split_first(rest, b"] ")) {
        Some((id, rest)) if id.iter().all(|&byte| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'.')) => rest,
        _ => message,
    }
}

fn failed_event<'a>(peer: Option<Peer<'a>>, user: &'a [u8], kind: Kind) -> Option<SshdEvent<'a>> {
    peer.map(|peer| SshdEvent::Failed { peer, user, kind })
}

/// Messages about users.
fn users(message: &[u8]) -> Option<SshdEvent<'_>> {
    if let Some(rest) = strip_any(message, &[b"Invalid user ", b"invalid user ", b"Illegal user ", b"illegal user "]) {
        let (user, host) = split_last(rest, b" from ")?;
        return whole_endpoint(without_preauth(host).0).map(|peer| SshdEvent::Announced { peer, user });
    }
    if let Some(rest) = message.strip_prefix(b"User ") {
        let (before, reason) = split_last(rest, b" not allowed because ")?;
        let is_reason = [
            &b"not listed in AllowUsers"[..],
            b"listed in DenyUsers",
            b"not in any group",
            b"a group is listed in DenyGroups",
            b"none of user's groups are listed in AllowGroups",
        ]
        .contains(&without_preauth(reason).0);
        let (user, host) = split_last(before, b" from ").filter(|_| is_reason)?;
        return failed_event(whole_peer(host), user, Kind::NotAllowed);
    }
    if let Some(host) = message.strip_prefix(b"ROOT LOGIN REFUSED FROM ") {
        return failed_event(whole_endpoint(without_preauth(host).0), b"root", Kind::NotAllowed);
    }
    if let Some(rest) = message.strip_prefix(b"maximum authentication attempts exceeded for ") {
        let (user, host) = split_last(without_preauth(rest).0, b" from ")?;
        let host = strip_any_suffix(host, &[b" ssh2", b" ssh1"]).unwrap_or(host);
        return failed_event(
            whole_endpoint(host),
            user.strip_prefix(b"invalid user ").unwrap_or(user),
            Kind::TooManyTries,
        );
    }
    if let Some(rest) = message.strip_prefix(b"Accepted ") {
        let (_, rest) = split_first(rest, b" for ")?;
        return Some(SshdEvent::Accepted { user: split_first(rest, b" from ").map_or(rest, |(user, _)| user) });
    }
    refused(message)
}

/// `refused connect from NAME (ADDR)`: the name is the client's to choose, the address at the end is libwrap's.
fn refused(message: &[u8]) -> Option<SshdEvent<'_>> {
    let rest = message.strip_prefix(b"refused connect from ")?;
    let host = match rest.strip_suffix(b")").and_then(|open| split_last(open, b" (")) {
        Some((_, host)) => host,
        None => rest,
    };
    failed_event(whole_peer(host), b"", Kind::Refused)
}

/// Messages about a connection's end.
fn endings(message: &[u8]) -> Option<SshdEvent<'_>> {
    for (words, how) in [
        (&b"Connection closed by "[..], Ending::Closed),
        (b"Connection reset by ", Ending::Reset),
        (b"Disconnected from ", Ending::Disconnected),
    ] {
        if let Some(rest) = message.strip_prefix(words) {
            let (rest, is_before_login) = without_preauth(rest);
            let (peer, user) = unauthenticated(rest)?;
            return Some(SshdEvent::Closed { peer, user, how, is_before_login });
        }
    }
    if let Some(rest) = message.strip_prefix(b"Received disconnect from ") {
        return received_disconnect(rest);
    }
    disconnecting(message.strip_prefix(b"Disconnecting")?)
}

/// `ADDR[ port N]:[ ]CODE: TEXT`: codes of RFC 4253 11.1. Clients that guess send 3 or 14 even behind the login.
fn received_disconnect(rest: &[u8]) -> Option<SshdEvent<'_>> {
    let (text, is_before_login) = without_preauth(rest);
    let (peer, rest) = leading_endpoint(text)?;
    let mut cursor = Cursor::new(rest);
    cursor.expect(b":")?;
    cursor.skip_blanks();
    let code = cursor.u32()?;
    cursor.expect(b":")?;
    let is_before_login = is_before_login || matches!(code, 3 | 14);
    Some(SshdEvent::Closed { peer, user: b"", how: Ending::Received, is_before_login })
}

/// What follows `Disconnecting`: the server ended it.
fn disconnecting(rest: &[u8]) -> Option<SshdEvent<'_>> {
    const CHANGED: &[u8] = b": Change of username or service not allowed: (";
    if rest.starts_with(b": Too many authentication failures") {
        return Some(SshdEvent::GaveUp { peer: None });
    }
    let (rest, _) = without_preauth(rest.strip_prefix(b" ")?);
    if let Some(body) = rest.strip_suffix(b": Too many authentication failures") {
        let (peer, _) = unauthenticated(body)?;
        return Some(SshdEvent::GaveUp { peer: Some(peer) });
    }
    // Two user names stand behind the address here, and one before it.
    let (body, behind) = split_first(rest, CHANGED)?;
    if memchr::memmem::find(behind, CHANGED).is_some() {
        return Some(SshdEvent::Ambiguous);
    }
    let (peer, user) = unauthenticated(body)?;
    failed_event(Some(peer), user, Kind::NotAllowed)
}

/// Messages about the protocol before any login.
fn protocol(message: &[u8]) -> Option<SshdEvent<'_>> {
    if let Some(host) = message.strip_prefix(b"Did not receive identification string from ") {
        return failed_event(whole_endpoint(host), b"", Kind::Protocol);
    }
    if let Some(rest) = message.strip_prefix(b"Bad protocol version identification '") {
        let (_, host) = split_last(rest, b"' from ")?;
        return failed_event(whole_endpoint(host), b"", Kind::Protocol);
    }
    if let Some(rest) = strip_any(message, &[b"banner exchange: Connection from ", b"Unable to negotiate with "]) {
        let (peer, rest) = leading_endpoint(rest)?;
        return failed_event(rest.starts_with(b": ").then_some(peer), b"", Kind::Protocol);
    }
    if let Some(rest) = message.strip_prefix(b"ssh_dispatch_run_fatal: Connection from ") {
        let (rest, is_before_login) = without_preauth(rest);
        let (peer, user) = unauthenticated(split_last(rest, b": ")?.0)?;
        return failed_event(Some(peer).filter(|_| is_before_login), user, Kind::Protocol);
    }
    if let Some(rest) = message.strip_prefix(b"Magic value check failed (") {
        let mut cursor = Cursor::new(rest);
        cursor.u32()?;
        cursor.expect(b") on obfuscated handshake from ")?;
        return failed_event(whole_endpoint(cursor.rest()), b"", Kind::Protocol);
    }
    if let Some(rest) = message.strip_prefix(b"Protocol major versions differ for ") {
        let (peer, rest) = leading_endpoint(rest)?;
        return failed_event(rest.starts_with(b": ").then_some(peer), b"", Kind::Protocol);
    }
    timeout(message).or_else(|| unaddressed(message))
}

fn timeout(message: &[u8]) -> Option<SshdEvent<'_>> {
    let rest = message.strip_prefix(b"Timeout before authentication for ")?;
    let peer = match rest.strip_prefix(b"connection from ") {
        Some(rest) => {
            let (peer, rest) = leading_endpoint(rest)?;
            rest.starts_with(b" to ").then_some(peer)?
        }
        None => whole_peer(without_port(rest))?,
    };
    failed_event(Some(peer), b"", Kind::Timeout)
}

/// Messages that leave the address to others of the same process.
fn unaddressed(message: &[u8]) -> Option<SshdEvent<'_>> {
    const PROTOCOL: [&[u8]; 4] = [
        b"kex_exchange_identification: ",
        b"ssh_exchange_identification: ",
        b"Unable to negotiate a key exchange method",
        b"no matching ",
    ];
    if PROTOCOL.iter().any(|words| message.starts_with(words)) {
        return Some(SshdEvent::Unaddressed { kind: Kind::Protocol });
    }
    let is_read = message.strip_prefix(b"Read from socket failed: ").is_some_and(|rest| without_preauth(rest).1);
    is_read.then_some(SshdEvent::Unaddressed { kind: Kind::Left })
}

/// PAM through sshd's own log, and the PAM modules' messages under sshd's name.
fn pam(message: &[u8]) -> Option<SshdEvent<'_>> {
    if let Some(rest) = message.strip_prefix(b"PAM: ") {
        let (what, rest) = split_first(rest, b" for ")?;
        let (user, host) = split_last(rest, b" from ").filter(|_| what.iter().copied().all(is_prose))?;
        let host = host.trim_ascii_end();
        let host = split_first(host, b" via ").map_or(host, |(host, _)| host);
        let user = strip_any(user, &[b"illegal user ", b"invalid user "]).unwrap_or(user);
        return failed_event(whole_peer(host), user, Kind::Credentials);
    }
    let rest = message.strip_prefix(b"pam_")?;
    let mut cursor = Cursor::new(rest);
    cursor.take_while(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    cursor.expect(b"(sshd:auth): authentication failure; logname=")?;
    for key in [&b" uid="[..], b" euid=", b" tty=", b" ruser="] {
        cursor.take_while(|byte| byte != b' ');
        cursor = Cursor::new(cursor.rest().strip_prefix(key)?);
    }
    let remote_user = cursor.take_while(|byte| byte != b' ');
    cursor.expect(b" rhost=")?;
    let host = cursor.take_while(|byte| byte != b' ');
    cursor.skip_blanks();
    let user = if cursor.eat(b"user=") { without_preauth(cursor.rest()).0 } else { remote_user };
    whole_peer(host).map(|peer| SshdEvent::Pending { peer, user, is_pam: true })
}

fn is_prose(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || matches!(byte, b' ' | b'\'' | b'-')
}

/// The beginning of a connection, in OpenSSH's words or in those of the HPN patch.
fn connection(message: &[u8]) -> Option<SshdEvent<'_>> {
    if let Some(rest) = message.strip_prefix(b"Connection from ") {
        let (peer, rest) = leading_endpoint(rest)?;
        return (rest.is_empty() || rest.starts_with(b" on ")).then_some(SshdEvent::Connected(peer));
    }
    let mut cursor = Cursor::new(message.strip_prefix(b"SSH: Server;Ltype: ")?);
    cursor.take_while(|byte| byte.is_ascii_alphabetic());
    cursor.expect(b";Remote: ")?;
    let address = read_address(&mut cursor)?;
    cursor.expect(b"-").map(|()| SshdEvent::Connected(Peer::Address(address)))
}

pub(crate) fn strip_any<'a>(text: &'a [u8], words: &[&[u8]]) -> Option<&'a [u8]> {
    words.iter().find_map(|word| text.strip_prefix(*word))
}

pub(crate) fn strip_any_suffix<'a>(text: &'a [u8], words: &[&[u8]]) -> Option<&'a [u8]> {
    words.iter().find_map(|word| text.strip_suffix(*word))
}
