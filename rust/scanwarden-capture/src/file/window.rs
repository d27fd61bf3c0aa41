//! The buffer between a byte stream and the walks over records.

use crate::interrupt::wants_to_stop;
use std::io::{self, ErrorKind, Read};

/// Bytes asked for in one read: large enough that system calls do not show, small enough to stay in the L2 cache.
pub(super) const READ_BYTES: usize = 512 * 1024;

/// A stretch of a byte stream, refilled at its end and consumed at its start.
pub(super) struct Window {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    offset: u64,
    tail: Tail,
}

/// Whether more bytes can come.
enum Tail {
    Open,
    Ended,
    Failed(String),
}

impl Window {
    /// Make an empty window at the start of a stream.
    pub(super) fn new() -> Self {
        Self { bytes: vec![0; READ_BYTES], start: 0, end: 0, offset: 0, tail: Tail::Open }
    }

    /// Return the bytes at hand.
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// Return how many bytes are at hand.
    pub(super) fn len(&self) -> usize {
        self.end - self.start
    }

    /// Return the stream offset of the first byte at hand.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Return why no more bytes can come, when the stream broke rather than ended.
    pub(super) fn failure(&self) -> Option<&str> {
        match &self.tail {
            Tail::Failed(cause) => Some(cause),
            Tail::Open | Tail::Ended => None,
        }
    }

    /// Drop the first `count` bytes at hand.
    pub(super) fn consume(&mut self, count: usize) {
        let count = count.min(self.len());
        self.start += count;
        self.offset += count as u64;
    }

    /// Drop the next `count` bytes of the stream, at hand or not; false when the stream ends before.
    pub(super) fn skip(&mut self, source: &mut impl Read, count: u64) -> bool {
        let mut left = count;
        loop {
            let step = usize::try_from(left).unwrap_or(usize::MAX).min(self.len());
            self.consume(step);
            left -= step as u64;
            if left == 0 {
                return true;
            }
            if !self.fill(source, 1) {
                return false;
            }
        }
    }

    /// Read until at least `needed` bytes are at hand; false when the stream ends or breaks before.
    ///
    /// The buffer grows only to what the caller asks for and shrinks again when that is used up.
    pub(super) fn fill(&mut self, source: &mut impl Read, needed: usize) -> bool {
        if self.len() >= needed {
            return true;
        }
        self.make_room(needed);
        while self.len() < needed {
            let Tail::Open = self.tail else { return false };
            match source.read(self.bytes.get_mut(self.end..).unwrap_or_default()) {
                Ok(0) => self.tail = Tail::Ended,
                Ok(count) => self.end += count,
                Err(error) if error.kind() == ErrorKind::Interrupted && !wants_to_stop() => {}
                Err(error) => self.tail = Tail::Failed(describe(&error)),
            }
        }
        true
    }

    /// Make room behind what is kept.
    fn make_room(&mut self, needed: usize) {
        let kept = self.len();
        if kept > READ_BYTES {
            // A long look ahead: appending beats moving all of it again and again.
            self.bytes.resize(self.start + needed.next_multiple_of(READ_BYTES), 0);
            return;
        }
        self.bytes.copy_within(self.start..self.end, 0);
        self.start = 0;
        self.end = kept;
        let size = needed.next_multiple_of(READ_BYTES);
        self.bytes.resize(size, 0);
        if self.bytes.capacity() > size + READ_BYTES {
            self.bytes.shrink_to_fit();
        }
    }
}

fn describe(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::UnexpectedEof => "the compressed stream ends too early".to_owned(),
        _ => crate::error::reason(error),
    }
}
