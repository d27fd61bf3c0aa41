//! The Python module `scanwarden._core._native`: conversions between Python objects and the Rust core, nothing else.

mod archive_detector;
mod arrow_batch;
mod capture_file;
mod detector;
mod fleet_detector;
mod live_capture;
mod log_feed;
mod log_file;
mod nflog_feed;
mod probe_columns;
mod signals;

use pyo3::create_exception;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;

create_exception!(
    scanwarden._core._native,
    NativeError,
    PyException,
    "The Rust core cannot do what was asked; the message says what, on what, and what to do."
);

/// Turn an error of the core into the Python exception.
fn native_error(error: impl std::fmt::Display) -> PyErr {
    NativeError::new_err(error.to_string())
}

/// The Rust core of scanwarden.
#[pymodule]
mod _native {
    use super::{Bound, PyModule, PyModuleMethods, PyResult};

    #[pymodule_export]
    use super::NativeError;
    #[pymodule_export]
    use super::archive_detector::{ArchiveDetector, WideJudge, detection_batch, normal_probes};
    #[pymodule_export]
    use super::arrow_batch::ArrowBatch;
    #[pymodule_export]
    use super::capture_file::CaptureFile;
    #[pymodule_export]
    use super::detector::Detector;
    #[pymodule_export]
    use super::fleet_detector::{FleetDetector, pack_probes, probe_classes, unpack_probes};
    #[pymodule_export]
    use super::live_capture::LiveCapture;
    #[pymodule_export]
    use super::log_feed::LogFeed;
    #[pymodule_export]
    use super::log_file::{LogFile, detect_log_format, log_formats, open_file};
    #[pymodule_export]
    use super::nflog_feed::NflogFeed;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
