//! A log file as a Python object, and the opening of files of any kind.

use crate::arrow_batch::ArrowBatch;
use crate::capture_file::CaptureFile;
use crate::detector::Detector;
use crate::native_error;
use crate::probe_columns::batch_of;
use crate::signals;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use scanwarden_capture::{CaptureError, Input, TextFile, interrupt};
use scanwarden_core::log::detect_format::detect_format;
use scanwarden_core::log::format::Format;
use scanwarden_core::log::intake::{LogIntake, LogIntakeSettings};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Bytes from whose lines the format is told.
const SAMPLE_BYTES: usize = 32 * 1024;
/// The name of captures among the formats.
const CAPTURE: &str = "capture";

/// A log file being read: any known format, plain, gzip or zstd.
#[pyclass(frozen, module = "scanwarden._core._native")]
pub(crate) struct LogFile {
    format: Format,
    opened: Mutex<Opened>,
}

struct Opened {
    file: TextFile,
    intake: LogIntake,
}

impl LogFile {
    fn new(file: TextFile, format: Format, mut settings: LogIntakeSettings) -> Self {
        if settings.log.reference_ns == 0 {
            settings.log.reference_ns = file.modified_ns();
        }
        Self { format, opened: Mutex::new(Opened { file, intake: LogIntake::new(format, &settings) }) }
    }

    fn lock(&self) -> MutexGuard<'_, Opened> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl LogFile {
    /// Return the name of the format.
    fn format(&self) -> &'static str {
        self.format.name()
    }

    /// Feed at least `min_bytes` bytes (uncompressed) to a detector; say whether there may be more.
    fn replay(&self, py: Python<'_>, detector: &Detector, min_bytes: usize) -> PyResult<bool> {
        py.detach(|| {
            let mut feed = detector.lock();
            let mut opened = self.lock();
            let Opened { file, intake } = &mut *opened;
            let mut fed = 0;
            while fed < min_bytes {
                let has_more = file.read_chunk(|chunk| {
                    fed += chunk.len();
                    intake.feed(chunk, feed.detector());
                });
                if !matches!(has_more, Ok(true)) {
                    intake.finish(feed.detector());
                    return has_more;
                }
            }
            Ok(true)
        })
        .map_err(failure)
    }

    /// Read at least `min_bytes` bytes (uncompressed) into a table of probes; say as well whether there may be more.
    fn read_probes(&self, py: Python<'_>, min_bytes: usize) -> PyResult<(ArrowBatch, bool)> {
        let (rows, has_more) = py
            .detach(|| {
                let mut opened = self.lock();
                let Opened { file, intake } = &mut *opened;
                let (mut rows, mut read) = (Vec::new(), 0);
                while read < min_bytes {
                    let has_more = file.read_chunk(|chunk| {
                        read += chunk.len();
                        intake.feed_rows(chunk, &mut rows);
                    })?;
                    if !has_more {
                        intake.finish_rows(&mut rows);
                        return Ok((rows, false));
                    }
                }
                Ok((rows, true))
            })
            .map_err(failure)?;
        Ok((batch_of(&rows)?.into(), has_more))
    }

    /// Take the waiting notices (who guesses logins, what other detectors saw), oldest first, each a JSON object.
    fn take_events<'py>(&self, py: Python<'py>) -> Vec<Bound<'py, PyBytes>> {
        taken(py, &mut self.lock().intake)
    }

    /// Return the bytes read so far and the bytes in all, as stored; the latter only for regular files.
    fn progress(&self) -> (u64, Option<u64>) {
        self.lock().file.progress()
    }

    /// Return how many lines were read so far.
    fn lines(&self) -> u64 {
        self.lock().intake.lines()
    }

    /// Return what was counted so far: lines, records, probes, and under `unused.` why lines were not used.
    fn counters(&self) -> BTreeMap<String, u64> {
        self.lock().intake.counters().into_iter().collect()
    }
}

/// Open a capture or a log, by path or file descriptor (which stays open), and say which it is by its class.
///
/// `input_format` names the format instead of having it recognised: `capture`, or one of `log_formats()`.
#[pyfunction]
#[pyo3(signature = (source, name=None, settings=None, input_format=None))]
pub(crate) fn open_file<'py>(
    py: Python<'py>,
    source: &Bound<'py, PyAny>,
    name: Option<&str>,
    settings: Option<&[u8]>,
    input_format: Option<&str>,
) -> PyResult<Bound<'py, PyAny>> {
    interrupt::ask_on_interrupt(signals::raised);
    let settings = settings_of(settings)?;
    let known = match input_format {
        Some(CAPTURE) => return Ok(Bound::new(py, CaptureFile::new(source, name)?)?.into_any()),
        Some(format) => Some(format_of(format)?),
        None => None,
    };
    let source = Source::of(source)?;
    let name = name.unwrap_or("standard input");
    if let Some(format) = known {
        let file = py.detach(|| match &source {
            Source::Descriptor(number) => TextFile::from_descriptor(*number, name),
            Source::Path(path) => TextFile::open(path),
        });
        return Ok(Bound::new(py, LogFile::new(file.map_err(failure)?, format, settings))?.into_any());
    }
    let input = py.detach(|| match &source {
        Source::Descriptor(number) => Input::from_descriptor(*number, name),
        Source::Path(path) => Input::open(path),
    });
    match input.map_err(failure)? {
        Input::Capture(file) => Ok(Bound::new(py, CaptureFile::from_file(file))?.into_any()),
        Input::Text(mut file) => {
            let format = py.detach(|| detect_format(file.head(SAMPLE_BYTES)));
            let format = format.ok_or_else(|| not_recognised(&file))?;
            Ok(Bound::new(py, LogFile::new(file, format, settings))?.into_any())
        }
    }
}

/// Say which format a log has, by its first kilobytes; `None` when it looks like none of them.
#[pyfunction]
pub(crate) fn detect_log_format(head: &[u8]) -> Option<&'static str> {
    detect_format(head).map(Format::name)
}

/// Return the names of the log formats.
#[pyfunction]
pub(crate) fn log_formats() -> Vec<&'static str> {
    Format::ALL.iter().map(|format| format.name()).collect()
}

/// What a signal's handler raised while a read waited, else what the read failed at.
fn failure(error: CaptureError) -> PyErr {
    signals::take().unwrap_or_else(|| native_error(error))
}

enum Source {
    Descriptor(i32),
    Path(PathBuf),
}

impl Source {
    fn of(source: &Bound<'_, PyAny>) -> PyResult<Self> {
        if let Ok(descriptor) = source.extract::<i32>() {
            Ok(Self::Descriptor(descriptor))
        } else if let Ok(path) = source.extract::<PathBuf>() {
            Ok(Self::Path(path))
        } else {
            Err(PyTypeError::new_err("source must be a path or a file descriptor"))
        }
    }
}

fn not_recognised(file: &TextFile) -> PyErr {
    native_error(format!(
        "{}: neither a capture nor a log of a known format: {}; known are pcap, pcapng and {}",
        file.name(),
        file.looks_like(),
        log_formats().join(", ")
    ))
}

/// Read settings, a JSON object; none are the defaults.
pub(crate) fn settings_of(settings: Option<&[u8]>) -> PyResult<LogIntakeSettings> {
    LogIntakeSettings::from_json(settings.unwrap_or(b"{}")).map_err(native_error)
}

/// Find a format by name.
pub(crate) fn format_of(name: &str) -> PyResult<Format> {
    Format::from_name(name).ok_or_else(|| {
        native_error(format!("there is no log format {name:?}; known are {CAPTURE}, {}", log_formats().join(", ")))
    })
}

/// Take every waiting notice.
pub(crate) fn taken<'py>(py: Python<'py>, intake: &mut LogIntake) -> Vec<Bound<'py, PyBytes>> {
    std::iter::from_fn(|| intake.take_notice()).map(|notice| PyBytes::new(py, notice.as_bytes())).collect()
}
