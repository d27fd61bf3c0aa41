//! The driver: a byte stream in, probes and notices out.

use super::format::Format;
use super::interpreter::Interpreter;
use super::lines::{LineSplitter, Piece};
use super::reason::{Reason, ReasonCounts};
use super::settings::LogSettings;
use super::visitor::LogVisitor;

/// The longest line of a text log in bytes (RFC 5424 6.1 asks for 2,048; the kernel's ring holds 1,024).
pub const MAX_TEXT_LINE_BYTES: usize = 8 * 1024;
/// The longest line of a JSON log in bytes: events carry payloads.
pub const MAX_JSON_LINE_BYTES: usize = 1024 * 1024;

/// What a reader has seen so far.
#[derive(Clone, Debug, Default)]
pub struct LogCounts {
    /// Lines, empty ones included.
    pub lines: u64,
    /// Packets and flows that were read completely, whether or not they are probes.
    pub records: u64,
    /// Probes.
    pub probes: u64,
    /// Login failures.
    pub login_failures: u64,
    /// SSH connections whose outcome was decided early because the table of connections was full.
    pub login_evictions: u64,
    /// Alerts of intrusion detection systems.
    pub alerts: u64,
    /// Why lines and records were not used.
    pub reasons: ReasonCounts,
}

/// Reads one log from chunks of bytes. Holds at most one line; never fails on what a log contains.
#[derive(Debug)]
pub struct Reader {
    splitter: LineSplitter,
    interpreter: Interpreter,
}

impl Reader {
    /// Read a log of `format`.
    pub fn new(format: Format, settings: LogSettings) -> Self {
        let max_bytes = if format.is_json() { MAX_JSON_LINE_BYTES } else { MAX_TEXT_LINE_BYTES };
        Self { splitter: LineSplitter::new(max_bytes), interpreter: Interpreter::new(format, settings) }
    }

    /// Read the next bytes of the log; lines that end in them reach `visitor`.
    pub fn feed(&mut self, chunk: &[u8], visitor: &mut impl LogVisitor) {
        let interpreter = &mut self.interpreter;
        self.splitter.feed(chunk, |piece| take(interpreter, &piece, visitor));
    }

    /// Say that the log ends here: a last line without newline is read, pending logins are decided.
    pub fn finish(&mut self, visitor: &mut impl LogVisitor) {
        let interpreter = &mut self.interpreter;
        self.splitter.finish(|piece| take(interpreter, &piece, visitor));
        interpreter.finish(visitor);
    }

    /// Say that `now_ns` has passed (a follower of a live log): lines without a year are dated by it.
    pub fn advance(&mut self, now_ns: u64) {
        self.interpreter.advance(now_ns);
    }

    /// Say how far east of UTC lines without a zone are from now on, in seconds.
    pub fn set_utc_offset(&mut self, utc_offset_s: i32) {
        self.interpreter.set_utc_offset(utc_offset_s);
    }

    /// What has been seen so far.
    pub fn counts(&self) -> &LogCounts {
        self.interpreter.counts()
    }

    /// How many bytes of an unfinished line are held; a follower saves its position before them.
    pub fn unfinished_bytes(&self) -> usize {
        self.splitter.unfinished_bytes()
    }
}

#[inline]
fn take(interpreter: &mut Interpreter, piece: &Piece<'_>, visitor: &mut impl LogVisitor) {
    match piece {
        Piece::Line(line) => interpreter.line(line, visitor),
        Piece::TooLong => interpreter.count(Reason::LineTooLong),
    }
}
