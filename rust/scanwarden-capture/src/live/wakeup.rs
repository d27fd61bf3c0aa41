//! One descriptor that becomes readable when any tap has packets or needs attention.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::ptr;
use std::time::Duration;

use super::system::{check, own};

const MAX_EVENTS: u16 = 64;
const TIMER: u64 = u64::MAX;

/// What an event says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// The tap of this number has an error pending.
    Trouble(usize),
    /// The time set with [`Wakeup::set_timer`] has come.
    Timer,
}

/// An epoll descriptor over sockets and a timer.
pub(super) struct Wakeup {
    epoll: OwnedFd,
    timer: OwnedFd,
}

impl Wakeup {
    /// Make one that watches nothing but its timer, which is not set.
    pub(super) fn new() -> io::Result<Self> {
        // SAFETY: integers only.
        let epoll = own(unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) })?;
        // SAFETY: integers only.
        let timer =
            own(unsafe { libc::timerfd_create(libc::CLOCK_MONOTONIC, libc::TFD_CLOEXEC | libc::TFD_NONBLOCK) })?;
        let wakeup = Self { epoll, timer };
        wakeup.add(&wakeup.timer, TIMER)?;
        Ok(wakeup)
    }

    /// Watch a tap's socket.
    pub(super) fn watch(&self, socket: &OwnedFd, tap: usize) -> io::Result<()> {
        self.add(socket, tap as u64)
    }

    /// Let the descriptor become readable once after `delay`.
    pub(super) fn set_timer(&self, delay: Duration) -> io::Result<()> {
        // All zeros would switch the timer off.
        let delay = delay.max(Duration::from_nanos(1));
        let value = libc::timespec {
            tv_sec: delay.as_secs().try_into().unwrap_or(libc::time_t::MAX),
            tv_nsec: delay.subsec_nanos().into(),
        };
        let setting = libc::itimerspec { it_interval: libc::timespec { tv_sec: 0, tv_nsec: 0 }, it_value: value };
        // SAFETY: `setting` is a valid itimerspec; the old setting is not asked for.
        check(unsafe { libc::timerfd_settime(self.timer.as_raw_fd(), 0, &raw const setting, ptr::null_mut()) })?;
        Ok(())
    }

    /// Return what needs attention besides packets, without waiting.
    pub(super) fn take_events(&self) -> io::Result<Vec<Event>> {
        let mut events = [libc::epoll_event { events: 0, u64: 0 }; MAX_EVENTS as usize];
        // SAFETY: `events` has room for MAX_EVENTS events.
        let count =
            check(unsafe { libc::epoll_wait(self.epoll.as_raw_fd(), events.as_mut_ptr(), MAX_EVENTS.into(), 0) });
        let count = match count {
            Ok(count) => count.unsigned_abs() as usize,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => 0,
            Err(error) => return Err(error),
        };
        // An empty vector does not allocate; that is the common case.
        Ok(events.iter().take(count).filter_map(|event| self.meaning(*event)).collect())
    }

    fn meaning(&self, event: libc::epoll_event) -> Option<Event> {
        let (flags, number) = (event.events, event.u64);
        if number == TIMER {
            self.clear_timer();
            return Some(Event::Timer);
        }
        let trouble = (libc::EPOLLERR | libc::EPOLLHUP).cast_unsigned();
        (flags & trouble != 0).then_some(Event::Trouble(number as usize))
    }

    fn clear_timer(&self) {
        let mut expirations = 0_u64;
        // SAFETY: a timer descriptor gives eight bytes, for which `expirations` has room. A failure can only be that it
        // has not expired, which is as good.
        unsafe { libc::read(self.timer.as_raw_fd(), (&raw mut expirations).cast(), size_of::<u64>()) };
    }

    fn add(&self, descriptor: &OwnedFd, number: u64) -> io::Result<()> {
        let mut event = libc::epoll_event { events: libc::EPOLLIN.cast_unsigned(), u64: number };
        let (epoll, descriptor) = (self.epoll.as_raw_fd(), descriptor.as_raw_fd());
        // SAFETY: `event` is valid for the call, and the kernel copies it.
        check(unsafe { libc::epoll_ctl(epoll, libc::EPOLL_CTL_ADD, descriptor, &raw mut event) })?;
        Ok(())
    }
}

impl AsRawFd for Wakeup {
    fn as_raw_fd(&self) -> RawFd {
        self.epoll.as_raw_fd()
    }
}
