//! A file as it lies on disk or comes through a pipe, with the bytes counted.

use crate::interrupt::wants_to_stop;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::fd::RawFd;
use std::path::Path;
use std::time::UNIX_EPOCH;

use crate::descriptor;

/// Most bytes looked at before the first read.
const HEAD_BYTES: usize = 4_096;

/// A file being read from its current position; its first bytes can be looked at before they are read.
pub(super) struct Stored {
    file: File,
    head: Vec<u8>,
    head_read: usize,
    bytes_read: u64,
    total: Option<u64>,
    modified_ns: u64,
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
        let modified_ns = if metadata.is_file() { modified_ns(&metadata) } else { 0 };
        Ok(Self { file, head: Vec::new(), head_read: 0, bytes_read: 0, total, modified_ns })
    }

    /// Look at the first bytes: at least `min_bytes`, fewer only from a short file; from a pipe only what is there.
    pub(super) fn peek(&mut self, min_bytes: usize) -> io::Result<&[u8]> {
        let mut piece = [0; HEAD_BYTES];
        while self.head.len() < min_bytes {
            match self.file.read(&mut piece) {
                Ok(0) => break,
                Ok(count) => self.head.extend(piece.iter().take(count)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted && !wants_to_stop() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(&self.head)
    }

    /// Return when a regular file was last written, in nanoseconds since 1970; 0 when that is not known.
    pub(super) fn modified_ns(&self) -> u64 {
        self.modified_ns
    }

    /// Return how many bytes were read, and how many there are when that is known.
    pub(super) fn progress(&self) -> (u64, Option<u64>) {
        (self.bytes_read, self.total)
    }
}

fn modified_ns(metadata: &Metadata) -> u64 {
    let since_epoch = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since_epoch.and_then(|age| u64::try_from(age.as_nanos()).ok()).unwrap_or(0)
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
