//! A log that grows while it is read, as a Python object.

use crate::detector::Detector;
use crate::log_file::{format_of, settings_of, taken};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use scanwarden_core::log::intake::LogIntake;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A log whose bytes the caller brings, such as a followed file or the journal.
#[pyclass(frozen, module = "scanwarden._core._native")]
pub(crate) struct LogFeed {
    intake: Mutex<LogIntake>,
}

impl LogFeed {
    fn lock(&self) -> MutexGuard<'_, LogIntake> {
        self.intake.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl LogFeed {
    /// Read a log of a format of `log_formats()`; settings are a JSON object.
    #[new]
    #[pyo3(signature = (log_format, settings=None))]
    fn new(log_format: &str, settings: Option<&[u8]>) -> PyResult<Self> {
        Ok(Self { intake: Mutex::new(LogIntake::new(format_of(log_format)?, &settings_of(settings)?)) })
    }

    /// Read the next bytes; lines that end in them reach the detector.
    fn feed(&self, py: Python<'_>, chunk: &[u8], detector: &Detector) {
        py.detach(|| self.lock().feed(chunk, detector.lock().detector()));
    }

    /// Say that the log ends here: a last line without newline is read, pending logins are decided.
    fn finish(&self, py: Python<'_>, detector: &Detector) {
        py.detach(|| self.lock().finish(detector.lock().detector()));
    }

    /// Say that `now_ns`, nanoseconds since the epoch, has passed: lines without a year are dated by it.
    fn advance(&self, now_ns: u64) {
        self.lock().advance(now_ns);
    }

    /// Say how many seconds east of UTC lines without a zone are from now on.
    fn set_utc_offset(&self, utc_offset_s: i32) {
        self.lock().set_utc_offset(utc_offset_s);
    }

    /// Return how many bytes of an unfinished line are held; a saved position lies before them.
    fn unfinished_bytes(&self) -> usize {
        self.lock().unfinished_bytes()
    }

    /// Take the waiting notices, oldest first, each a JSON object.
    fn take_events<'py>(&self, py: Python<'py>) -> Vec<Bound<'py, PyBytes>> {
        taken(py, &mut self.lock())
    }

    /// Return what was counted so far: lines, records, probes, and under `unused.` why lines were not used.
    fn counters(&self) -> BTreeMap<String, u64> {
        self.lock().counters().into_iter().collect()
    }
}
