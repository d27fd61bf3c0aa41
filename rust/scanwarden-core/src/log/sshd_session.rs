//! What `sshd` says about one connection, put together: one process serves one connection and writes several lines.
//!
//! A direct-mapped table of [`SLOTS`] connections by process id; a newcomer in an occupied slot decides the older one.

use super::login::{LoginFailure, LoginFailureKind as Kind, LoginService, Peer};
use super::sshd::{Ending, SshdEvent};
use crate::address::Address;
use crate::packet::Nanoseconds;

/// Connections remembered at once; a server starts to refuse unauthenticated ones far earlier (`MaxStartups`).
const SLOTS: usize = 1024;
/// Pending failures count when the login has not succeeded by then: `LoginGraceTime`'s default.
const GRACE_NS: u64 = 120_000_000_000;

/// One connection.
#[derive(Clone, Copy, Debug, Default)]
struct Session {
    pid: u32,
    last_ns: Nanoseconds,
    address: Option<Address>,
    /// Failures that count unless the login succeeds.
    pending: u32,
    /// A failure waits for its address.
    unaddressed: Option<Kind>,
    /// The user of the failures so far, as a hash; 0 when there is none.
    user: u64,
    /// Whether an attempt to log in has been reported.
    is_reported: bool,
    /// Whether the last report was "Invalid user", which the same try's "Failed … for invalid user" repeats.
    is_announced: bool,
    /// The kind of ending that was reported.
    ending: Option<Ending>,
}

/// The connections of one log.
#[derive(Debug)]
pub(crate) struct SshdSessions {
    slots: Vec<Session>,
    next_sweep_ns: Nanoseconds,
    evictions: u64,
}

/// What every failure of one message has in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context {
    pub(crate) time_ns: Nanoseconds,
    pub(crate) pid: u32,
    pub(crate) is_vouched: bool,
}

impl Context {
    fn failure<'a>(&self, peer: Peer<'a>, user: &'a [u8], kind: Kind, attempts: u32) -> LoginFailure<'a> {
        LoginFailure {
            time_ns: self.time_ns,
            peer,
            service: LoginService::Sshd,
            kind,
            user,
            attempts: attempts.max(1),
            is_vouched: self.is_vouched,
        }
    }
}

impl SshdSessions {
    pub(crate) fn new() -> Self {
        Self { slots: Vec::new(), next_sweep_ns: 0, evictions: 0 }
    }

    /// Connections that were decided early because another one needed their slot.
    pub(crate) fn evictions(&self) -> u64 {
        self.evictions
    }

    /// Take one message; `report` receives every failure it decides.
    pub(crate) fn observe(
        &mut self,
        context: Context,
        event: SshdEvent<'_>,
        report: &mut impl FnMut(&LoginFailure<'_>),
    ) {
        if self.slots.is_empty() {
            self.slots.resize(SLOTS, Session::default());
        }
        self.sweep(context, report);
        let place = context.pid as usize % SLOTS;
        let Some(slot) = self.slots.get_mut(place) else { return };
        if slot.pid != context.pid {
            self.evictions += u64::from(slot.pending > 0);
            decide(slot, context.is_vouched, report);
            *slot = Session { pid: context.pid, ..Session::default() };
        }
        slot.observe(context, event, report);
    }

    /// Decide every connection that is still pending: the log ends here.
    pub(crate) fn finish(&mut self, is_vouched: bool, report: &mut impl FnMut(&LoginFailure<'_>)) {
        for slot in &mut self.slots {
            decide(slot, is_vouched, report);
        }
    }

    /// Once a minute of log time, decide what has waited longer than the grace time.
    fn sweep(&mut self, context: Context, report: &mut impl FnMut(&LoginFailure<'_>)) {
        if context.time_ns < self.next_sweep_ns {
            return;
        }
        self.next_sweep_ns = context.time_ns.saturating_add(GRACE_NS / 2);
        for slot in &mut self.slots {
            if slot.pending > 0 && slot.last_ns.saturating_add(GRACE_NS) < context.time_ns {
                decide(slot, context.is_vouched, report);
            }
        }
    }
}

/// Report what a connection left pending.
fn decide(slot: &mut Session, is_vouched: bool, report: &mut impl FnMut(&LoginFailure<'_>)) {
    if let (Some(address), true) = (slot.address, slot.pending > 0) {
        let context = Context { time_ns: slot.last_ns, pid: slot.pid, is_vouched };
        report(&context.failure(Peer::Address(address), b"", Kind::Credentials, slot.pending));
    }
    slot.pending = 0;
}

impl Session {
    fn observe(&mut self, context: Context, event: SshdEvent<'_>, report: &mut impl FnMut(&LoginFailure<'_>)) {
        match event {
            SshdEvent::Nothing | SshdEvent::Ambiguous => return,
            SshdEvent::Connected(peer) => {
                decide(self, context.is_vouched, report);
                *self = Self { pid: self.pid, address: address_of(peer), ..Self::default() };
            }
            SshdEvent::Accepted { user } => self.accept(context, user, report),
            SshdEvent::Announced { peer, user } => {
                self.settle(peer, context, report);
                self.is_announced = false;
                self.fail(context, (peer, user, Kind::UnknownUser), report);
                self.is_announced = true;
            }
            SshdEvent::Failed { peer, user, kind } => {
                self.settle(peer, context, report);
                self.fail(context, (peer, user, kind), report);
            }
            SshdEvent::Pending { peer, user, is_pam } => {
                self.settle(peer, context, report);
                self.wait(context, (peer, user, is_pam), report);
            }
            SshdEvent::Unaddressed { kind } => match self.address {
                Some(address) => report(&context.failure(Peer::Address(address), b"", kind, 1)),
                None => self.unaddressed = Some(kind),
            },
            SshdEvent::GaveUp { peer } => {
                if let Some(peer) = peer {
                    self.settle(peer, context, report);
                }
                self.give_up(context, report);
            }
            SshdEvent::Closed { peer, user, how, is_before_login } => {
                self.settle(peer, context, report);
                self.close(context, (peer, user, how), is_before_login, report);
            }
        }
        self.last_ns = context.time_ns;
    }

    /// Learn the address; another one than before means that the process id serves another connection now.
    fn settle(&mut self, peer: Peer<'_>, context: Context, report: &mut impl FnMut(&LoginFailure<'_>)) {
        let Some(address) = address_of(peer) else { return };
        if self.address.is_some_and(|known| known != address) {
            decide(self, context.is_vouched, report);
            *self = Self { pid: self.pid, ..Self::default() };
        }
        self.address = Some(address);
    }

    fn fail(
        &mut self,
        context: Context,
        (peer, user, kind): (Peer<'_>, &[u8], Kind),
        report: &mut impl FnMut(&LoginFailure<'_>),
    ) {
        let is_repetition = self.is_announced && kind == Kind::UnknownUser && self.user == hash_of(user);
        self.is_announced = false;
        if !is_repetition {
            report(&context.failure(peer, user, kind, 1));
        }
        self.pending = 0;
        self.unaddressed = None;
        if kind.is_attempt() {
            self.is_reported = true;
            self.user = hash_of(user);
        }
    }

    /// A failure that a success would excuse; another user in the same connection is no second try of the first one.
    fn wait(
        &mut self,
        context: Context,
        (peer, user, is_pam): (Peer<'_>, &[u8], bool),
        report: &mut impl FnMut(&LoginFailure<'_>),
    ) {
        let is_other_user = is_pam && !user.is_empty() && self.user != 0 && self.user != hash_of(user);
        // PAM names no user that does not exist.
        if !user.is_empty() {
            self.user = hash_of(user);
        }
        self.pending = self.pending.saturating_add(1);
        if is_other_user && !self.is_reported {
            report(&context.failure(peer, user, Kind::Credentials, self.pending));
            self.pending = 0;
            self.is_reported = true;
        }
    }

    fn accept(&mut self, context: Context, user: &[u8], report: &mut impl FnMut(&LoginFailure<'_>)) {
        if let (Some(address), true) = (self.address, self.user != 0 && self.user != hash_of(user)) {
            let attempts = self.pending.saturating_add(1);
            report(&context.failure(Peer::Address(address), user, Kind::Credentials, attempts));
        }
        *self = Self { pid: self.pid, address: self.address, ..Self::default() };
    }

    fn give_up(&mut self, context: Context, report: &mut impl FnMut(&LoginFailure<'_>)) {
        match self.address {
            _ if self.is_reported => {}
            Some(address) => {
                let attempts = self.pending.saturating_add(1);
                report(&context.failure(Peer::Address(address), b"", Kind::TooManyTries, attempts));
                self.pending = 0;
                self.is_reported = true;
            }
            None => self.unaddressed = Some(Kind::TooManyTries),
        }
    }

    fn close(
        &mut self,
        context: Context,
        (peer, user, how): (Peer<'_>, &[u8], Ending),
        is_before_login: bool,
        report: &mut impl FnMut(&LoginFailure<'_>),
    ) {
        let waiting = self.unaddressed.take();
        if self.pending > 0 && is_before_login {
            report(&context.failure(peer, user, Kind::Credentials, self.pending));
            self.pending = 0;
            self.is_reported = true;
        } else if let Some(kind) = waiting {
            report(&context.failure(peer, user, kind, 1));
            self.ending = Some(how);
        } else if is_before_login && !self.is_reported && self.ending.is_none_or(|known| known == how) {
            report(&context.failure(peer, user, Kind::Left, 1));
            self.ending = Some(how);
        }
    }
}

fn address_of(peer: Peer<'_>) -> Option<Address> {
    match peer {
        Peer::Address(address) => Some(address),
        Peer::Name(_) => None,
    }
}

/// FNV-1a; only to say whether two names are the same. Never 0.
fn hash_of(user: &[u8]) -> u64 {
    let hash = user
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    hash.max(1)
}
