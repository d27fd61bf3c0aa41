//! Capturing from several interfaces at once.

use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::time::Duration;

use super::interface::{self, interfaces};
use super::socket;
use super::statistics::LiveStatistics;
use super::tap::Tap;
use super::wakeup::{Event, Wakeup};
use crate::RawPacket;
use crate::error::{CaptureError, printable};

const FIRST_RETRY: Duration = Duration::from_millis(100);
const LAST_RETRY: Duration = Duration::from_secs(1);

/// What to capture and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveSettings {
    /// Names of the interfaces, at least one; a name given twice counts once.
    pub interfaces: Vec<String>,
    /// Memory of each interface's ring, in bytes; at least 256 KiB is used.
    pub ring_bytes: usize,
    /// Bytes of each packet that are kept.
    pub snap_len: u32,
    /// Whether to see packets for other stations too.
    pub is_promiscuous: bool,
}

impl Default for LiveSettings {
    fn default() -> Self {
        Self { interfaces: Vec::new(), ring_bytes: 8 * 1024 * 1024, snap_len: 256, is_promiscuous: false }
    }
}

/// A running capture. What passes `scanwarden_core::predicate` comes, in both directions; on loopback, where the kernel
/// shows every packet going out and coming in, only the latter.
pub struct LiveCapture {
    taps: Vec<Tap>,
    wakeup: Wakeup,
    retry: Duration,
}

impl LiveCapture {
    /// Open all interfaces; from here on packets are collected, and none that the filter refuses.
    ///
    /// Needs `CAP_NET_RAW` now, and no privilege later. Fails when an interface does not exist, the right is missing, or
    /// the ring memory cannot be had.
    pub fn open(settings: &LiveSettings) -> Result<Self, CaptureError> {
        let mut names: Vec<&str> = Vec::new();
        for name in &settings.interfaces {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        if names.is_empty() {
            return Err(CaptureError::NoInterfaceGiven { existing: existing() });
        }
        let wakeup = Wakeup::new().map_err(CaptureError::Waiting)?;
        let mut taps = Vec::new();
        for (number, name) in names.iter().enumerate() {
            let tap = open_tap(name, settings)?;
            wakeup.watch(tap.socket(), number).map_err(CaptureError::Waiting)?;
            taps.push(tap);
        }
        let capture = Self { taps, wakeup, retry: FIRST_RETRY };
        capture.arm_retry()?;
        Ok(capture)
    }

    /// Hand at most `max_packets` waiting packets to `visit` and return how many; never waits.
    ///
    /// Call it whenever the descriptor is readable, also when no packets are expected: it brings interfaces back. Packets
    /// of one interface come in the kernel's order. Packets of several interfaces are merged by time among those
    /// handed over by the kernel, which it does at the latest 4 ms after a packet: so a packet may come after one of
    /// another interface that is up to 4 ms younger, and more only while `max_packets` leaves packets waiting.
    pub fn dispatch<F>(&mut self, max_packets: usize, mut visit: F) -> Result<usize, CaptureError>
    where
        F: FnMut(RawPacket<'_>),
    {
        self.attend()?;
        let mut packets = 0;
        match self.taps.as_mut_slice() {
            [tap] => {
                while packets < max_packets && tap.visit_next(&mut visit) {
                    packets += 1;
                }
            }
            taps => {
                while packets < max_packets
                    && let Some(tap) = earliest(taps)
                    && tap.visit_next(&mut visit)
                {
                    packets += 1;
                }
            }
        }
        for tap in &mut self.taps {
            tap.give_back();
        }
        Ok(packets)
    }

    /// Return the counters.
    pub fn statistics(&mut self) -> Result<LiveStatistics, CaptureError> {
        let counted: io::Result<Vec<_>> = self.taps.iter_mut().map(Tap::statistics).collect();
        Ok(LiveStatistics::sum(counted.map_err(CaptureError::Waiting)?))
    }

    /// See after interfaces that went away.
    fn attend(&mut self) -> Result<(), CaptureError> {
        let events = self.wakeup.take_events().map_err(CaptureError::Waiting)?;
        if events.is_empty() {
            return Ok(());
        }
        for event in events {
            self.react(event).map_err(CaptureError::Waiting)?;
        }
        self.arm_retry()
    }

    fn react(&mut self, event: Event) -> io::Result<()> {
        match event {
            Event::Trouble(number) => {
                self.retry = FIRST_RETRY;
                self.taps.get_mut(number).map_or(Ok(()), Tap::look_into_trouble)
            }
            Event::Timer => {
                self.retry = (self.retry * 2).min(LAST_RETRY);
                self.taps.iter_mut().filter(|tap| tap.is_down()).for_each(Tap::try_again);
                Ok(())
            }
        }
    }

    /// Ask to be called again while an interface is down.
    fn arm_retry(&self) -> Result<(), CaptureError> {
        if self.taps.iter().any(Tap::is_down) {
            self.wakeup.set_timer(self.retry).map_err(CaptureError::Waiting)?;
        }
        Ok(())
    }
}

impl AsRawFd for LiveCapture {
    /// Return the descriptor that is readable while there is something to dispatch.
    fn as_raw_fd(&self) -> RawFd {
        self.wakeup.as_raw_fd()
    }
}

fn earliest(taps: &mut [Tap]) -> Option<&mut Tap> {
    let waiting = taps.iter_mut().filter_map(|tap| tap.next_time_ns().map(|time_ns| (time_ns, tap)));
    waiting.min_by_key(|(time_ns, _)| *time_ns).map(|(_, tap)| tap)
}

fn open_tap(name: &str, settings: &LiveSettings) -> Result<Tap, CaptureError> {
    let shown = printable(name);
    let fault = |cause: io::Error| match cause.raw_os_error() {
        Some(libc::EPERM | libc::EACCES) => CaptureError::NotPermitted { interface: shown.clone() },
        Some(libc::ENODEV) => CaptureError::NoSuchInterface { interface: shown.clone(), existing: existing() },
        Some(libc::ENOMEM) => CaptureError::RingTooLarge { interface: shown.clone(), ring_bytes: settings.ring_bytes },
        Some(libc::EAFNOSUPPORT) => CaptureError::NoPacketSockets,
        _ => CaptureError::Interface { interface: shown.clone(), cause },
    };
    let kind = socket::open_for_questions().and_then(|socket| interface::kind(&socket, name)).map_err(fault)?;
    Tap::open(name, kind, settings.is_promiscuous, settings.snap_len, settings.ring_bytes).map_err(fault)
}

/// List the interfaces there are, for messages.
fn existing() -> String {
    match interfaces() {
        Ok(names) => printable(&names.join(", ")),
        Err(error) => format!("unknown ({})", crate::error::reason(&error)),
    }
}
