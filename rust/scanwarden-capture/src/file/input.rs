//! A file of a kind not known beforehand: a capture, or something else that may be a log.

use std::io;
use std::os::fd::RawFd;
use std::path::Path;

use super::reader::CaptureFile;
use super::sniff;
use super::stored::Stored;
use super::text::TextFile;
use super::unpack::Unpacked;
use super::window::Window;
use crate::error::{CaptureError, printable};

/// What a file turned out to be.
pub enum Input {
    /// A pcap or pcapng capture.
    Capture(CaptureFile),
    /// Anything else; its first bytes were looked at, none is lost.
    Text(TextFile),
}

impl Input {
    /// Open a file by path and look at its first bytes.
    ///
    /// Fails when it cannot be read, is empty, or is a damaged capture.
    pub fn open(path: &Path) -> Result<Self, CaptureError> {
        Self::from_opened(&path.to_string_lossy(), Stored::open(path))
    }

    /// Read from a descriptor, such as standard input, which is duplicated and stays open; `name` is for messages.
    ///
    /// Fails as [`Input::open`] does.
    pub fn from_descriptor(descriptor: RawFd, name: &str) -> Result<Self, CaptureError> {
        Self::from_opened(name, Stored::from_descriptor(descriptor))
    }

    fn from_opened(name: &str, stored: io::Result<Stored>) -> Result<Self, CaptureError> {
        let name = printable(name);
        let mut source = match stored.and_then(Unpacked::new) {
            Ok(source) => source,
            Err(cause) => return Err(CaptureError::Unreadable { name, cause }),
        };
        let mut window = Window::new();
        match sniff::recognise(&name, &mut source, &mut window) {
            Ok(format) => Ok(Self::Capture(CaptureFile::from_parts(name, source, window, format))),
            Err(CaptureError::NotACapture { looks_like, .. }) => {
                Ok(Self::Text(TextFile::from_parts(name, source, window, looks_like)))
            }
            Err(error) => Err(error),
        }
    }
}
