//! The detector of a fleet as a Python object, and packed probes.

use crate::arrow_batch::ArrowBatch;
use crate::detector::{address, random_key};
use crate::native_error;
use crate::probe_columns::{ProbeColumns, batch_of};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use pyo3_arrow::input::AnyRecordBatch;
use scanwarden_core::detector::Settings;
use scanwarden_core::rows::fleet::Fleet;
use scanwarden_core::rows::packed::{ROW_BYTES, get, put};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Finds scans in what many hosts report, each host counting once a source.
#[pyclass(frozen, module = "scanwarden._core._native")]
pub(crate) struct FleetDetector {
    fleet: Mutex<Fleet>,
}

impl FleetDetector {
    fn lock(&self) -> MutexGuard<'_, Fleet> {
        self.fleet.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl FleetDetector {
    /// Build from the detector's settings, a JSON object.
    #[new]
    fn new(settings: &[u8]) -> PyResult<Self> {
        let settings = Settings::from_json(settings).map_err(native_error)?;
        Ok(Self { fleet: Mutex::new(Fleet::new(&settings, random_key()).map_err(native_error)?) })
    }

    /// Take in packed probes that a host, by number, reported at `now_ns`; say how many counted and were refused.
    fn observe(&self, py: Python<'_>, host: u16, packed: &[u8], now_ns: u64) -> (u64, u64) {
        let taken = py.detach(|| self.lock().observe(host, packed, now_ns));
        (taken.counted, taken.refused)
    }

    /// Return the numbers of the hosts that reported a source lately.
    fn reporters(&self, source: &str) -> PyResult<Vec<u16>> {
        Ok(self.lock().reporters(address(source)?))
    }

    /// Let deadlines pass up to `now_ns`, nanoseconds since the epoch; the clock never goes backwards.
    fn tick(&self, now_ns: u64) {
        self.lock().detector().tick(now_ns);
    }

    /// End of input: close every scan.
    fn finish(&self) {
        self.lock().detector().finish();
    }

    /// Take the waiting events, oldest first, each a JSON object.
    fn take_events<'py>(&self, py: Python<'py>) -> Vec<Bound<'py, PyBytes>> {
        let mut fleet = self.lock();
        std::iter::from_fn(|| fleet.detector().take_event()).map(|event| PyBytes::new(py, event.as_bytes())).collect()
    }

    /// Return what was counted so far: rows counted, repeated and refused, what the caps cost.
    fn counters(&self) -> BTreeMap<String, u64> {
        self.lock().counters().into_iter().map(|(name, count)| (name.to_owned(), count)).collect()
    }
}

/// Pack a table of probes and divide it by source: a pair of part and bytes for each part that has any.
#[pyfunction]
pub(crate) fn pack_probes(
    py: Python<'_>,
    probes: AnyRecordBatch,
    parts: u32,
) -> PyResult<Vec<(u32, Bound<'_, PyBytes>)>> {
    let mut packed: BTreeMap<u32, Vec<u8>> = BTreeMap::new();
    for batch in probes.into_reader()? {
        let columns = ProbeColumns::of(&batch.map_err(native_error)?)?;
        for (row, order) in (0..columns.len()).filter_map(|index| columns.get(index)) {
            put(&row, packed.entry((order >> 32) as u32 % parts.max(1)).or_default());
        }
    }
    Ok(packed.into_iter().map(|(part, bytes)| (part, PyBytes::new(py, &bytes))).collect())
}

/// Unpack probes into a table; what is no row is left out.
#[pyfunction]
pub(crate) fn unpack_probes(packed: &[u8]) -> PyResult<ArrowBatch> {
    let rows: Vec<_> = packed.chunks(ROW_BYTES).filter_map(get).collect();
    Ok(batch_of(&rows)?.into())
}

/// Return the names of the classes of probes, by the numbers of the class column.
#[pyfunction]
pub(crate) fn probe_classes() -> Vec<&'static str> {
    scanwarden_core::rows::class_names()
}
