//! The capture file reader.

use std::os::fd::RawFd;
use std::path::Path;

use super::batch::walk_batches;
use super::feed::walk_feeding;
use super::format::Format;
use super::sniff;
use super::stored::Stored;
use super::unpack::Unpacked;
use super::walk::{Stop, Walked};
use super::window::Window;
use crate::RawPacket;
use crate::error::{CaptureError, Damage, printable};
use scanwarden_core::intake::Intake;

/// A capture file being read: pcap or pcapng, plain, gzip or zstd; from a path or a descriptor.
pub struct CaptureFile {
    name: String,
    source: Unpacked,
    window: Window,
    format: Format,
    packets: u64,
    is_finished: bool,
}

/// What one call of a read function gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Packets handed out.
    pub packets: usize,
    /// Whether another call may give more.
    pub has_more: bool,
}

impl CaptureFile {
    /// Open a file by path.
    ///
    /// Fails when it cannot be read, is empty, is no capture, ends inside its header, or has an unknown link type.
    pub fn open(path: &Path) -> Result<Self, CaptureError> {
        let name = printable(&path.to_string_lossy());
        match Stored::open(path) {
            Ok(stored) => Self::from_stored(name, stored),
            Err(cause) => Err(CaptureError::Unreadable { name, cause }),
        }
    }

    /// Read from a descriptor, such as standard input, which is duplicated and stays open; `name` is for messages.
    ///
    /// Fails as [`CaptureFile::open`] does.
    pub fn from_descriptor(descriptor: RawFd, name: &str) -> Result<Self, CaptureError> {
        let name = printable(name);
        match Stored::from_descriptor(descriptor) {
            Ok(stored) => Self::from_stored(name, stored),
            Err(cause) => Err(CaptureError::Unreadable { name, cause }),
        }
    }

    fn from_stored(name: String, stored: Stored) -> Result<Self, CaptureError> {
        let mut source = match Unpacked::new(stored) {
            Ok(source) => source,
            Err(cause) => return Err(CaptureError::Unreadable { name, cause }),
        };
        let mut window = Window::new();
        let format = sniff::recognise(&name, &mut source, &mut window)?;
        Ok(Self::from_parts(name, source, window, format))
    }

    /// Read on from where the format was recognised.
    pub(super) fn from_parts(name: String, source: Unpacked, window: Window, format: Format) -> Self {
        Self { name, source, window, format, packets: 0, is_finished: false }
    }

    /// Hand at most `max_packets` packets to `visit`, in file order.
    ///
    /// A damaged file gives every packet before the damage, then one [`CaptureError::Damaged`], then nothing more.
    #[inline]
    pub fn read_packets<F>(&mut self, max_packets: usize, mut visit: F) -> Result<Chunk, CaptureError>
    where
        F: FnMut(RawPacket<'_>),
    {
        self.drive(max_packets, |format, input, max| format.walk(input, max, &mut visit))
    }

    /// Hand at most `max_packets` packets to `visit` in slices of 1 to 32, in file order.
    ///
    /// A slice is short only where a buffer or the file ends. Damage is reported as by [`CaptureFile::read_packets`].
    #[inline]
    pub fn read_batches<F>(&mut self, max_packets: usize, mut visit: F) -> Result<Chunk, CaptureError>
    where
        F: FnMut(&[RawPacket<'_>]),
    {
        self.drive(max_packets, |format, input, max| walk_batches(format, input, max, &mut visit))
    }

    /// Feed at most `max_packets` packets to a detector, as fast as it goes.
    ///
    /// The chunk counts all packets, which are counted as seen as well, and damage is reported as by
    /// [`CaptureFile::read_packets`]: what came before it was fed.
    pub fn feed(&mut self, max_packets: usize, intake: &mut Intake) -> Result<Chunk, CaptureError> {
        let before = self.packets;
        let chunk = self.drive(max_packets, |format, input, max| walk_feeding(format, input, max, intake));
        intake.count_seen(self.packets - before);
        chunk
    }

    /// Look at the next packets without using them up: at most `max_packets`.
    ///
    /// Returns how many were seen. What was looked at is kept in memory until it is read: about `max_bytes`
    /// (uncompressed, rounded up to half a megabyte). Damage just ends the look; reading reports it.
    pub fn read_ahead<F>(&mut self, max_packets: usize, max_bytes: usize, mut visit: F) -> usize
    where
        F: FnMut(RawPacket<'_>),
    {
        let mut format = self.format.clone();
        let (mut seen, mut done) = (0, 0_usize);
        loop {
            let input = self.window.bytes().get(done..).unwrap_or_default();
            let walked = format.walk(input, max_packets - seen, &mut visit);
            seen += walked.packets;
            done += walked.consumed;
            let wanted = match walked.stop {
                Stop::Full | Stop::Damaged(_) => return seen,
                Stop::Need(bytes) => bytes as u64,
                Stop::Skip(bytes) => bytes,
            };
            let wanted = usize::try_from(wanted).unwrap_or(usize::MAX).saturating_add(done);
            if wanted > max_bytes || !self.window.fill(&mut self.source, wanted) {
                return seen;
            }
            if matches!(walked.stop, Stop::Skip(_)) {
                done = wanted;
            }
        }
    }

    /// Return how many packets were handed out so far, looks ahead not counted.
    pub fn packets(&self) -> u64 {
        self.packets
    }

    /// Return the bytes read so far and the bytes in all, as stored (compressed); the latter only for regular files.
    pub fn progress(&self) -> (u64, Option<u64>) {
        self.source.progress()
    }

    /// Return the name used in messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    #[inline]
    fn drive<W>(&mut self, max_packets: usize, mut walk: W) -> Result<Chunk, CaptureError>
    where
        W: for<'a> FnMut(&mut Format, &'a [u8], usize) -> Walked,
    {
        let mut packets = 0;
        while !self.is_finished {
            let walked = walk(&mut self.format, self.window.bytes(), max_packets - packets);
            packets += walked.packets;
            self.packets += walked.packets as u64;
            self.window.consume(walked.consumed);
            if let Stop::Full = walked.stop {
                return Ok(Chunk { packets, has_more: true });
            }
            self.advance(walked.stop)?;
        }
        Ok(Chunk { packets, has_more: false })
    }

    /// Get what the walk needs to go on, or finish.
    fn advance(&mut self, stop: Stop) -> Result<(), CaptureError> {
        let offset = self.window.offset();
        let found = self.window.len() as u64;
        let needed = match stop {
            Stop::Full => return Ok(()),
            Stop::Damaged(damage) => return Err(self.damaged(offset, damage)),
            Stop::Need(needed) if self.window.fill(&mut self.source, needed) => return Ok(()),
            Stop::Skip(needed) if self.window.skip(&mut self.source, needed) => return Ok(()),
            Stop::Need(needed) => needed as u64,
            Stop::Skip(needed) => needed,
        };
        let end = self.window.offset() + self.window.len() as u64;
        if let Some(cause) = self.window.failure() {
            let cause = cause.to_owned();
            return Err(self.damaged(end, Damage::Unpacking { cause }));
        }
        if end == offset {
            return self.finish();
        }
        Err(self.damaged(offset, Damage::Truncated { needed, found: (end - offset).max(found) }))
    }

    /// End well; only a file all of whose packets had to be left out is an error even so.
    fn finish(&mut self) -> Result<(), CaptureError> {
        self.is_finished = true;
        match self.format.unknown_link() {
            Some(number) if self.packets == 0 => Err(CaptureError::UnknownLinkType { name: self.name.clone(), number }),
            _ => Ok(()),
        }
    }

    fn damaged(&mut self, offset: u64, damage: Damage) -> CaptureError {
        self.is_finished = true;
        let is_compressed = self.source.compression().is_some();
        CaptureError::Damaged { name: self.name.clone(), offset, is_compressed, damage }
    }
}
