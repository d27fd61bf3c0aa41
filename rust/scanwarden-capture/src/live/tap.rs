//! One interface being captured from, and what happens when it goes away.
//!
//! An interface that goes down keeps its socket, which delivers again once it is up. When an interface is removed the
//! socket stays without one; binding it to the interface that bears the name later needs no privilege, so that this
//! works after a daemon has given its capabilities up.

use std::io;
use std::os::fd::OwnedFd;

use super::interface::{self, Kind};
use super::ring::Ring;
use super::statistics::InterfaceStatistics;
use super::{socket, system};
use crate::RawPacket;

/// A socket with its ring, bound to an interface.
pub(super) struct Tap {
    // The ring is unmapped before the socket is closed, in the order of the fields.
    ring: Ring,
    socket: OwnedFd,
    kind: Kind,
    is_promiscuous: bool,
    counted: InterfaceStatistics,
}

impl Tap {
    /// Open an interface of the given kind; packets come from here on.
    pub(super) fn open(
        name: &str,
        kind: Kind,
        is_promiscuous: bool,
        snap_len: u32,
        ring_bytes: usize,
    ) -> io::Result<Self> {
        let socket = socket::open(kind)?;
        let ring = socket::prepare(&socket, kind, snap_len, ring_bytes)?;
        let counted = InterfaceStatistics { name: name.to_owned(), is_down: true, ..Default::default() };
        let mut tap = Self { ring, socket, kind, is_promiscuous, counted };
        tap.attach()?;
        Ok(tap)
    }

    /// Return the socket, to wait on.
    pub(super) fn socket(&self) -> &OwnedFd {
        &self.socket
    }

    /// Say whether packets cannot come right now.
    pub(super) fn is_down(&self) -> bool {
        self.counted.is_down
    }

    /// Return the next packet's time in nanoseconds since 1970, when one waits.
    #[inline]
    pub(super) fn next_time_ns(&mut self) -> Option<u64> {
        self.ring.next_time_ns()
    }

    /// Hand out the next packet; false when none waits.
    #[inline]
    pub(super) fn visit_next<F: FnMut(RawPacket<'_>)>(&mut self, visit: &mut F) -> bool {
        let Some(frame) = self.ring.next_frame() else { return false };
        if let Some(packet) = frame.into_packet(self.kind.link) {
            self.counted.received += 1;
            visit(packet);
        } else {
            self.counted.not_ip += 1;
        }
        true
    }

    /// Give used-up memory back to the kernel.
    pub(super) fn give_back(&mut self) {
        self.ring.give_back();
    }

    /// Find out what the socket's pending error means.
    pub(super) fn look_into_trouble(&mut self) -> io::Result<()> {
        socket::take_error(&self.socket)?;
        let was_down = self.counted.is_down;
        self.note_whether_delivering()?;
        self.counted.outages += u64::from(self.counted.is_down && !was_down);
        Ok(())
    }

    /// Try to capture again after an outage; a failure is noted in the statistics, to be tried again.
    pub(super) fn try_again(&mut self) {
        let outcome = match system::bound_index(&self.socket) {
            Ok(index) if index > 0 => self.note_whether_delivering(),
            Ok(_) => self.attach(),
            Err(error) => Err(error),
        };
        self.counted.last_error = outcome.err().map(|error| crate::error::reason(&error));
    }

    /// Return the counters, with the kernel's drops brought up to date.
    pub(super) fn statistics(&mut self) -> io::Result<InterfaceStatistics> {
        self.counted.dropped += u64::from(socket::take_dropped(&self.socket)?);
        let dropped = self.counted.dropped + self.ring.lost();
        Ok(InterfaceStatistics { dropped, ..self.counted.clone() })
    }

    /// Bind to the interface of our name, if there is one of the kind we are set up for.
    fn attach(&mut self) -> io::Result<()> {
        let name = &self.counted.name;
        let Some(index) = interface::index(&self.socket, name)? else {
            return Err(io::Error::from_raw_os_error(libc::ENODEV));
        };
        if interface::kind(&self.socket, name)? != self.kind {
            return Err(io::Error::from_raw_os_error(libc::ENODEV));
        }
        socket::start(&self.socket, index, self.is_promiscuous)?;
        self.note_whether_delivering()
    }

    /// Ask whether the interface we are bound to is there and up; it may have got another name.
    fn note_whether_delivering(&mut self) -> io::Result<()> {
        let index = system::bound_index(&self.socket)?;
        self.counted.is_down = !(index > 0 && interface::is_up(&self.socket, index)?);
        Ok(())
    }
}
