//! What comes over an NFLOG socket, as a Python object.

use crate::detector::Detector;
use crate::log_file::settings_of;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use scanwarden_core::log::nflog::NflogIntake;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What the kernel sends over an NFLOG socket.
#[pyclass(frozen, module = "scanwarden._core._native")]
pub(crate) struct NflogFeed {
    intake: Mutex<NflogIntake>,
}

impl NflogFeed {
    fn lock(&self) -> MutexGuard<'_, NflogIntake> {
        self.intake.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl NflogFeed {
    /// Judge packets as log lines are judged; settings are a JSON object as of `LogFeed`.
    #[new]
    #[pyo3(signature = (settings=None))]
    fn new(settings: Option<&[u8]>) -> PyResult<Self> {
        Ok(Self { intake: Mutex::new(NflogIntake::new(settings_of(settings)?.log.verdicts)) })
    }

    /// Feed datagrams as received and say how many packets were in them; `now_ns` dates packets that carry no time.
    #[expect(clippy::needless_pass_by_value, reason = "what Python hands over is extracted into owned values")]
    fn feed(&self, py: Python<'_>, datagrams: Vec<PyBackedBytes>, now_ns: u64, detector: &Detector) -> u64 {
        py.detach(|| {
            let mut intake = self.lock();
            let before = intake.packets();
            let mut feed = detector.lock();
            for datagram in &datagrams {
                intake.feed(datagram, now_ns, feed.detector());
            }
            intake.packets() - before
        })
    }

    /// Return what was counted so far: packets, probes, and under `unused.` why packets were not used.
    fn counters(&self) -> BTreeMap<String, u64> {
        self.lock().counters().into_iter().collect()
    }
}
