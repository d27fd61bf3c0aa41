//! A live capture as a Python object.

use crate::detector::Detector;
use crate::native_error;
use pyo3::prelude::*;
use scanwarden_capture::{CaptureWriter, LiveCapture as Live, LiveSettings};
use std::collections::BTreeMap;
use std::os::fd::AsRawFd;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Packets fed before other work gets a turn.
const DISPATCHED_AT_ONCE: usize = 65_536;

/// A capture on interfaces of this host, through the one predicate.
#[pyclass(frozen, module = "scanwarden._core._native")]
pub(crate) struct LiveCapture {
    capture: Mutex<Option<Running>>,
}

struct Running {
    live: Live,
    record: Option<CaptureWriter>,
    record_error: Option<String>,
}

impl LiveCapture {
    fn lock(&self) -> MutexGuard<'_, Option<Running>> {
        self.capture.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, act: impl FnOnce(&mut Running) -> PyResult<T>) -> PyResult<T> {
        self.lock().as_mut().ok_or_else(|| native_error("the capture is closed; open a new one")).and_then(act)
    }
}

#[pymethods]
impl LiveCapture {
    /// Open the interfaces; from here on packets are collected. `record` names a file for the packets that were used.
    #[new]
    #[pyo3(signature = (interfaces, ring_bytes=8_388_608, promiscuous=false, record=None))]
    fn new(interfaces: Vec<String>, ring_bytes: usize, promiscuous: bool, record: Option<PathBuf>) -> PyResult<Self> {
        let record = record.map(|path| CaptureWriter::create(&path)).transpose().map_err(native_error)?;
        let settings = LiveSettings { interfaces, ring_bytes, is_promiscuous: promiscuous, ..LiveSettings::default() };
        let live = Live::open(&settings).map_err(native_error)?;
        Ok(Self { capture: Mutex::new(Some(Running { live, record, record_error: None })) })
    }

    /// Return the descriptor that is readable while packets wait.
    fn fileno(&self) -> PyResult<i32> {
        self.with(|running| Ok(running.live.as_raw_fd()))
    }

    /// Feed what waits, at most 65,536 packets, to a detector; return how many.
    fn dispatch(&self, py: Python<'_>, detector: &Detector) -> PyResult<usize> {
        py.detach(|| {
            let mut intake = detector.lock();
            self.with(|running| {
                let Running { live, record, record_error } = running;
                live.dispatch(DISPATCHED_AT_ONCE, |raw| {
                    let is_used = intake.feed(raw.bytes, raw.link, raw.time_ns, raw.original_len, true);
                    if is_used
                        && let Some(writer) = record
                        && let Err(error) = writer.write(&raw)
                    {
                        *record_error = Some(error.to_string());
                    }
                })
                .map_err(native_error)
            })
        })
    }

    /// Return the counters: received, dropped, `interfaces_down`, outages, recorded.
    fn statistics(&self) -> PyResult<BTreeMap<String, u64>> {
        self.with(|running| {
            let counted = running.live.statistics().map_err(native_error)?;
            let recorded = running.record.as_ref().map_or(0, CaptureWriter::written);
            let named = [
                ("received", counted.received),
                ("dropped", counted.dropped),
                ("interfaces_down", counted.interfaces_down),
                ("outages", counted.outages),
                ("recorded", recorded),
            ];
            Ok(named.into_iter().map(|(name, count)| (String::from(name), count)).collect())
        })
    }

    /// Return why recording stopped, once; `None` while all is well.
    fn take_record_error(&self) -> PyResult<Option<String>> {
        self.with(|running| Ok(running.record_error.take()))
    }

    /// Stop capturing and bring the recorded packets to their file.
    fn close(&self) -> PyResult<()> {
        match self.lock().take() {
            Some(Running { record: Some(mut writer), .. }) => writer.flush().map_err(native_error),
            _ => Ok(()),
        }
    }
}
