//! Failed logins as the SSH servers report them: the type, and who vouches for it.

use crate::address::Address;
use crate::packet::Nanoseconds;

/// Where a connection came from, as the server logged it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer<'a> {
    /// An address.
    Address(Address),
    /// A host name that the server looked up; whoever owns the reverse zone chose it, so it is nobody to ban.
    Name(&'a [u8]),
}

/// Which server wrote the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LoginService {
    /// OpenSSH's `sshd`, with what PAM says under its name.
    Sshd,
    /// Dropbear.
    Dropbear,
    /// Another service, in PAM's words.
    Pam,
}

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LoginFailureKind {
    /// A password, key or other credential was wrong.
    Credentials,
    /// There is no such user.
    UnknownUser,
    /// The user may not log in (from there).
    NotAllowed,
    /// More tries than the server allows.
    TooManyTries,
    /// The client left before it had logged in.
    Left,
    /// The client spoke no or a wrong protocol, or none in common.
    Protocol,
    /// The client did not log in in time.
    Timeout,
    /// Refused before the protocol began (libwrap).
    Refused,
}

impl LoginFailureKind {
    /// The name used in records.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Credentials => "credentials",
            Self::UnknownUser => "unknown_user",
            Self::NotAllowed => "not_allowed",
            Self::TooManyTries => "too_many_tries",
            Self::Left => "left_before_login",
            Self::Protocol => "protocol",
            Self::Timeout => "timeout",
            Self::Refused => "refused",
        }
    }

    /// Whether somebody tried to log in (a wrong protocol, for one, is no attempt at a password).
    pub const fn is_attempt(self) -> bool {
        matches!(self, Self::Credentials | Self::UnknownUser | Self::NotAllowed | Self::TooManyTries)
    }
}

/// One failed login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoginFailure<'a> {
    /// When, in nanoseconds since 1970-01-01T00:00:00Z.
    pub time_ns: Nanoseconds,
    /// Where it came from.
    pub peer: Peer<'a>,
    /// Who says so.
    pub service: LoginService,
    /// What went wrong.
    pub kind: LoginFailureKind,
    /// The user name the client gave, as logged: hostile text, empty when the message has none.
    pub user: &'a [u8],
    /// How many attempts this stands for, at least 1.
    pub attempts: u32,
    /// Whether journald vouches for a process of root; a text file vouches for nothing.
    pub is_vouched: bool,
}
