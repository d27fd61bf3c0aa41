//! A file that is no capture, unpacked and read in chunks: what lines are made of is the caller's affair.

use std::os::fd::RawFd;
use std::path::Path;

use super::stored::Stored;
use super::unpack::Unpacked;
use super::window::Window;
use crate::error::{CaptureError, Damage, printable};

/// A file being read as bytes: plain, gzip or zstd; from a path or a descriptor. Holds half a megabyte at most.
pub struct TextFile {
    name: String,
    source: Unpacked,
    window: Window,
    looks_like: String,
}

impl TextFile {
    /// Open a file by path, whatever it holds; an empty one is fine.
    ///
    /// Fails when it cannot be read.
    pub fn open(path: &Path) -> Result<Self, CaptureError> {
        Self::from_opened(&path.to_string_lossy(), Stored::open(path))
    }

    /// Read from a descriptor, which is duplicated and stays open; `name` is for messages.
    ///
    /// Fails when it cannot be read.
    pub fn from_descriptor(descriptor: RawFd, name: &str) -> Result<Self, CaptureError> {
        Self::from_opened(name, Stored::from_descriptor(descriptor))
    }

    fn from_opened(name: &str, stored: std::io::Result<Stored>) -> Result<Self, CaptureError> {
        let name = printable(name);
        match stored.and_then(Unpacked::new) {
            Ok(source) => Ok(Self::from_parts(name, source, Window::new(), String::new())),
            Err(cause) => Err(CaptureError::Unreadable { name, cause }),
        }
    }

    pub(super) fn from_parts(name: String, source: Unpacked, window: Window, looks_like: String) -> Self {
        Self { name, source, window, looks_like }
    }

    /// Return the name for messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Return what the first bytes look like, in words, and what to do; empty when nobody looked.
    pub fn looks_like(&self) -> &str {
        &self.looks_like
    }

    /// Look at the first `max_bytes` bytes, fewer only where there are no more.
    pub fn head(&mut self, max_bytes: usize) -> &[u8] {
        self.window.fill(&mut self.source, max_bytes);
        let bytes = self.window.bytes();
        bytes.get(..max_bytes).unwrap_or(bytes)
    }

    /// Hand the next bytes to `visit`; false at the end of the file.
    ///
    /// Fails where the file is damaged, after everything before was handed out.
    pub fn read_chunk(&mut self, visit: impl FnOnce(&[u8])) -> Result<bool, CaptureError> {
        if self.window.fill(&mut self.source, 1) {
            visit(self.window.bytes());
            self.window.consume(self.window.len());
            return Ok(true);
        }
        let Some(cause) = self.window.failure() else { return Ok(false) };
        Err(CaptureError::Damaged {
            name: self.name.clone(),
            offset: self.window.offset(),
            is_compressed: self.source.compression().is_some(),
            damage: Damage::Unpacking { cause: cause.to_owned() },
        })
    }

    /// Return when the file was last written, in nanoseconds since 1970; 0 when that is not known.
    pub fn modified_ns(&self) -> u64 {
        self.source.modified_ns()
    }

    /// Return the bytes read so far and the bytes in all, as stored; the latter only for regular files.
    pub fn progress(&self) -> (u64, Option<u64>) {
        self.source.progress()
    }
}
