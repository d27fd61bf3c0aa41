//! A file as it lies on disk or comes through a pipe, with the bytes counted.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::RawFd;
use std::path::Path;

use crate::descriptor;

/// A file being read from its current position; its first bytes can be looked at before they are read.
pub(super) struct Stored {
    file: File,
    head: Vec<u8>,
    head_read: usize,
    bytes_read: u64,
    total: Option<u64>,
}

impl Stored {
    /// Open a file by path.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Self::from_file(File::open(path)?)
    }

    /// Read from a descriptor that stays the caller's.
    pub(super) fn from_descriptor(number: RawFd) -> io::Result<Self> {
        Self::from_file(File::from(descriptor::duplicate(number)?))
    }

    fn from_file(file: File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        let total = metadata.is_file().then_some(metadata.len());
        Ok(Self { file, head: Vec::new(), head_read: 0, bytes_read: 0, total })
    }

    /// Look at the first bytes, at most `max_bytes`, without reading past them; fewer come only from a short file.
    pub(super) fn peek(&mut self, max_bytes: usize) -> io::Result<&[u8]> {
        let missing = max_bytes.saturating_sub(self.head.len()) as u64;
        (&mut self.file).take(missing).read_to_end(&mut self.head)?;
        Ok(&self.head)
    }

    /// Return how many bytes were read, and how many there are when that is known.
    pub(super) fn progress(&self) -> (u64, Option<u64>) {
        (self.bytes_read, self.total)
    }
}

impl Read for Stored {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let mut head = self.head.get(self.head_read..).unwrap_or_default();
        let count = if head.is_empty() { self.file.read(target)? } else { head.read(target)? };
        self.head_read = (self.head_read + count).min(self.head.len());
        self.bytes_read += count as u64;
        Ok(count)
    }
}
