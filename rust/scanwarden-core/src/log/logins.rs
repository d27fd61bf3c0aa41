//! Which messages of which programs are login failures.

use super::cursor::Cursor;
use super::dropbear::read_dropbear;
use super::kernel::has_control_byte;
use super::login::{LoginFailure, LoginFailureKind, LoginService};
use super::pam::read_pam;
use super::reader::LogCounts;
use super::reason::Reason;
use super::sshd::{SshdEvent, read_sshd};
use super::sshd_session::{Context, SshdSessions};
use super::visitor::LogVisitor;
use crate::packet::Nanoseconds;

/// A message and who claims to have written it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Message<'a> {
    pub(crate) time_ns: Nanoseconds,
    pub(crate) program: &'a [u8],
    pub(crate) pid: &'a [u8],
    pub(crate) text: &'a [u8],
    pub(crate) is_vouched: bool,
}

/// The login failures of one log.
#[derive(Debug)]
pub(crate) struct Logins {
    sessions: SshdSessions,
    is_vouched: bool,
}

impl Logins {
    pub(crate) fn new() -> Self {
        Self { sessions: SshdSessions::new(), is_vouched: false }
    }

    /// Take one message.
    ///
    /// # Errors
    /// The reason why it is no login message, or none that can be believed.
    pub(crate) fn observe(
        &mut self,
        message: &Message<'_>,
        counts: &mut LogCounts,
        visitor: &mut impl LogVisitor,
    ) -> Result<(), Reason> {
        let is_sshd = matches!(message.program, b"sshd" | b"sshd-session" | b"sshd-auth");
        let is_dropbear = message.program == b"dropbear";
        let is_pam = message.text.starts_with(b"pam_") || message.text.starts_with(b"(pam_");
        if !is_sshd && !is_dropbear && !is_pam {
            return Err(Reason::OtherProgram);
        }
        if has_control_byte(message.text) {
            return Err(Reason::ControlByte);
        }
        let mut report = |failure: &LoginFailure<'_>| {
            counts.login_failures += 1;
            visitor.login_failure(failure);
        };
        if !is_sshd {
            let (peer, user, kind) = if is_dropbear {
                read_dropbear(message.text).ok_or(Reason::Irrelevant)?
            } else {
                read_pam(message.text).map(|(peer, user)| (peer, user, LoginFailureKind::Credentials))?
            };
            let service = if is_dropbear { LoginService::Dropbear } else { LoginService::Pam };
            let (time_ns, is_vouched) = (message.time_ns, message.is_vouched);
            report(&LoginFailure { time_ns, peer, service, kind, user, attempts: 1, is_vouched });
            return Ok(());
        }
        let event = read_sshd(message.text);
        self.is_vouched = message.is_vouched;
        let pid = Cursor::new(message.pid).u32().unwrap_or(0);
        let context = Context { time_ns: message.time_ns, pid, is_vouched: message.is_vouched };
        self.sessions.observe(context, event, &mut report);
        counts.login_evictions = self.sessions.evictions();
        match event {
            SshdEvent::Nothing => Err(Reason::Irrelevant),
            SshdEvent::Ambiguous => Err(Reason::Ambiguous),
            _ => Ok(()),
        }
    }

    /// Decide what is pending.
    pub(crate) fn finish(&mut self, counts: &mut LogCounts, visitor: &mut impl LogVisitor) {
        self.sessions.finish(self.is_vouched, &mut |failure| {
            counts.login_failures += 1;
            visitor.login_failure(failure);
        });
    }
}
