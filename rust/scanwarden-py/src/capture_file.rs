//! A capture file as a Python object.

use crate::detector::Detector;
use crate::native_error;
use crate::signals;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use scanwarden_capture::{CaptureFile as File, interrupt};
use scanwarden_core::decode::{Decoded, Decoder};
use scanwarden_core::inference::HomeInference;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Most bytes of a capture kept in memory to infer whose side it shows.
const LOOK_AHEAD_BYTES: usize = 32 << 20;

/// A capture file being read: pcap or pcapng, plain, gzip or zstd.
#[pyclass(frozen, module = "scanwarden._core._native")]
pub(crate) struct CaptureFile {
    file: Mutex<File>,
}

impl CaptureFile {
    /// Read on in a file whose format was recognised.
    pub(crate) fn from_file(file: File) -> Self {
        Self { file: Mutex::new(file) }
    }

    fn lock(&self) -> MutexGuard<'_, File> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl CaptureFile {
    /// Open a path, or read from a file descriptor (which stays open); `name` is for messages.
    #[new]
    #[pyo3(signature = (source, name=None))]
    pub(crate) fn new(source: &Bound<'_, PyAny>, name: Option<&str>) -> PyResult<Self> {
        interrupt::ask_on_interrupt(signals::raised);
        let file = if let Ok(descriptor) = source.extract::<i32>() {
            source.py().detach(|| File::from_descriptor(descriptor, name.unwrap_or("standard input")))
        } else if let Ok(path) = source.extract::<PathBuf>() {
            source.py().detach(|| File::open(&path))
        } else {
            return Err(PyTypeError::new_err("source must be a path or a file descriptor"));
        };
        let file = file.map_err(|error| signals::take().unwrap_or_else(|| native_error(error)))?;
        Ok(Self { file: Mutex::new(file) })
    }

    /// Look ahead at most `max_packets` packets and name the addresses that answer others; none when nobody does.
    fn infer_home(&self, py: Python<'_>, max_packets: usize) -> Vec<String> {
        py.detach(|| {
            let mut inference = HomeInference::new();
            let mut decoder = Decoder::new();
            self.lock().read_ahead(max_packets, LOOK_AHEAD_BYTES, |raw| {
                if let Decoded::Packet(packet) = decoder.decode(raw.bytes, raw.link, raw.time_ns, raw.original_len) {
                    inference.look_at(&packet);
                }
            });
            inference.home().into_iter().map(|address| address.to_string()).collect()
        })
    }

    /// Feed at most `max_packets` packets to a detector; say whether there may be more.
    fn replay(&self, py: Python<'_>, detector: &Detector, max_packets: usize) -> PyResult<bool> {
        py.detach(|| {
            let mut intake = detector.lock();
            let mut file = self.lock();
            file.feed(max_packets, &mut intake).map(|chunk| chunk.has_more)
        })
        .map_err(|error| signals::take().unwrap_or_else(|| native_error(error)))
    }

    /// Return the bytes read so far and the bytes in all, as stored; the latter only for regular files.
    fn progress(&self) -> (u64, Option<u64>) {
        self.lock().progress()
    }

    /// Return how many packets were read so far.
    fn packets(&self) -> u64 {
        self.lock().packets()
    }
}
