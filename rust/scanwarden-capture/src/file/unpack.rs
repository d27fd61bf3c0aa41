//! Transparent decompression, chosen by the first bytes.

use std::io::{self, BufReader, Read};

use flate2::bufread::MultiGzDecoder;

use super::stored::Stored;
use super::zstd::ZstdDecoder;

const COMPRESSED_READ_BYTES: usize = 128 * 1024;

/// A byte stream after any decompression.
pub(super) enum Unpacked {
    Plain(Stored),
    Gzip(Box<MultiGzDecoder<BufReader<Stored>>>),
    Zstd(Box<ZstdDecoder<BufReader<Stored>>>),
}

impl Unpacked {
    /// Look at the first bytes of `stored` and put the right decoder on top of it.
    pub(super) fn new(mut stored: Stored) -> io::Result<Self> {
        let head = stored.peek(4)?;
        // RFC 1952 2.3.1 (deflate is the only method); RFC 8878 3.1.1 and 3.1.2 (frames and skippable frames).
        Ok(match head {
            [0x1f, 0x8b, 0x08, ..] => Self::Gzip(Box::new(MultiGzDecoder::new(buffered(stored)))),
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => {
                Self::Zstd(Box::new(ZstdDecoder::new(buffered(stored))))
            }
            _ => Self::Plain(stored),
        })
    }

    /// Name the compression, if any.
    pub(super) fn compression(&self) -> Option<&'static str> {
        match self {
            Self::Plain(_) => None,
            Self::Gzip(_) => Some("gzip"),
            Self::Zstd(_) => Some("zstd"),
        }
    }

    /// Return how many stored (compressed) bytes were read, and how many there are when that is known.
    pub(super) fn progress(&self) -> (u64, Option<u64>) {
        self.stored().progress()
    }

    /// Return when the stored file was last written, in nanoseconds since 1970; 0 when that is not known.
    pub(super) fn modified_ns(&self) -> u64 {
        self.stored().modified_ns()
    }

    fn stored(&self) -> &Stored {
        match self {
            Self::Plain(stored) => stored,
            Self::Gzip(decoder) => decoder.get_ref().get_ref(),
            Self::Zstd(decoder) => decoder.get_ref().get_ref(),
        }
    }
}

fn buffered(stored: Stored) -> BufReader<Stored> {
    BufReader::with_capacity(COMPRESSED_READ_BYTES, stored)
}

impl Read for Unpacked {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stored) => stored.read(target),
            Self::Gzip(decoder) => decoder.read(target),
            Self::Zstd(decoder) => decoder.read(target),
        }
    }
}
