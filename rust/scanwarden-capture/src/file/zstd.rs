//! A zstd stream (RFC 8878): any number of frames, skippable ones among them, with bounded memory.

use std::io::{self, BufRead, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// Largest window accepted, the limit of the `zstd` program too: a frame may claim terabytes.
const MAX_WINDOW_BYTES: u64 = 128 * 1024 * 1024;

/// An empty last block (RFC 8878 3.1.1.2), and four bytes where a checksum may be wanted.
const LAST_BLOCK: [u8; 7] = [1, 0, 0, 0, 0, 0, 0];

/// A reader of the content of all frames of a zstd stream.
pub(super) struct ZstdDecoder<R> {
    source: R,
    decoder: FrameDecoder,
    stage: Stage,
}

enum Stage {
    BetweenFrames,
    InFrame,
    /// The stream broke; what was unpacked before still has to be handed out.
    Broken(Option<io::Error>),
}

impl<R: BufRead> ZstdDecoder<R> {
    /// Decode what `source` gives.
    pub(super) fn new(source: R) -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(MAX_WINDOW_BYTES);
        Self { source, decoder, stage: Stage::BetweenFrames }
    }

    /// Return the compressed source.
    pub(super) fn get_ref(&self) -> &R {
        &self.source
    }

    /// Begin the next frame; false at the end of the stream.
    fn begin_frame(&mut self) -> io::Result<bool> {
        loop {
            if self.source.fill_buf()?.is_empty() {
                return Ok(false);
            }
            match guarded(|| self.decoder.reset(&mut self.source)) {
                Ok(()) => return Ok(true),
                Err(Fault::Decoder(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                }))) => {
                    let skipped = io::copy(&mut (&mut self.source).take(length.into()), &mut io::sink())?;
                    if skipped < length.into() {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
                Err(fault) => return Err(self.explain(fault)),
            }
        }
    }

    /// Unpack blocks until something can be handed out or the frame ends.
    fn unpack(&mut self) -> io::Result<()> {
        while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
            let step = guarded(|| self.decoder.decode_blocks(&mut self.source, BlockDecodingStrategy::UptoBlocks(1)));
            if let Err(fault) = step {
                return Err(self.explain(fault));
            }
        }
        Ok(())
    }

    /// Tell a stream that stops too early from one that is wrong.
    fn explain(&mut self, fault: Fault) -> io::Error {
        match self.source.fill_buf() {
            Ok([]) => io::ErrorKind::UnexpectedEof.into(),
            Ok(_) => fault.into(),
            Err(error) => error,
        }
    }

    /// Keep the error for later and make the decoder give up the window it holds back, which was unpacked well.
    fn break_off(&mut self, error: io::Error) {
        let released =
            guarded(|| self.decoder.decode_blocks(LAST_BLOCK.as_slice(), BlockDecodingStrategy::UptoBlocks(1)));
        if released.is_err() {
            self.decoder = FrameDecoder::new();
        }
        self.stage = Stage::Broken(Some(error));
    }

    fn is_checksum_wrong(&self) -> bool {
        let claimed = self.decoder.get_checksum_from_data();
        claimed.is_some() && claimed != self.decoder.get_calculated_checksum()
    }
}

impl<R: BufRead> Read for ZstdDecoder<R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        loop {
            match &mut self.stage {
                Stage::BetweenFrames => {
                    if !self.begin_frame()? {
                        return Ok(0);
                    }
                    self.stage = Stage::InFrame;
                }
                Stage::InFrame => {
                    if let Err(error) = self.unpack() {
                        self.break_off(error);
                        continue;
                    }
                    let count = self.decoder.read(target)?;
                    if count > 0 {
                        return Ok(count);
                    }
                    if self.is_checksum_wrong() {
                        return Err(io::Error::new(io::ErrorKind::InvalidData, "the zstd checksum is wrong"));
                    }
                    self.stage = Stage::BetweenFrames;
                }
                Stage::Broken(error) => {
                    let count = self.decoder.read(target)?;
                    return if count > 0 { Ok(count) } else { error.take().map_or(Ok(0), Err) };
                }
            }
        }
    }
}

/// What can go wrong while unpacking.
enum Fault {
    Decoder(FrameDecoderError),
    Panic,
}

/// Run the decoder; should it panic on input nobody has thought of, that is damage and no reason to end the process.
fn guarded<T>(step: impl FnOnce() -> Result<T, FrameDecoderError>) -> Result<T, Fault> {
    catch_unwind(AssertUnwindSafe(step)).map_err(|_| Fault::Panic)?.map_err(Fault::Decoder)
}

impl From<Fault> for io::Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Decoder(FrameDecoderError::WindowSizeTooBig { requested, .. }) => Self::new(
                io::ErrorKind::InvalidData,
                format!("a zstd frame wants a window of {requested} bytes, more than {MAX_WINDOW_BYTES}"),
            ),
            Fault::Decoder(FrameDecoderError::DictNotProvided { .. }) => Self::new(
                io::ErrorKind::InvalidData,
                "it was compressed with a zstd dictionary; unpack it with `zstd -d -D`",
            ),
            Fault::Decoder(_) | Fault::Panic => Self::new(io::ErrorKind::InvalidData, "the zstd stream is damaged"),
        }
    }
}
