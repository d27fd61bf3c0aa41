//! Finding scans in tables of probes, as Python objects.

use crate::arrow_batch::ArrowBatch;
use crate::detector::random_key;
use crate::native_error;
use crate::probe_columns::{ProbeColumns, batch_of};
use arrow_array::builder::{BinaryBuilder, Float64Builder, Int32Builder, Int64Builder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;
use pyo3_arrow::input::AnyRecordBatch;
use scanwarden_core::detector::Settings;
use scanwarden_core::rows::archive::Archive;
use scanwarden_core::rows::wide::{WideJudge as Judge, WideSettings, WideSum};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Finds the scans in probes sorted by source and time, one source after the other.
#[pyclass(frozen, module = "scanwarden._core._native")]
pub(crate) struct ArchiveDetector {
    archive: Mutex<Running>,
}

struct Running {
    archive: Archive,
    not_probes: u64,
    is_only_closed: bool,
    found: Vec<String>,
}

/// Rows between two looks at what was found: fewer than the scans whose events wait at most in the detector.
const ROWS_AT_ONCE: usize = 8192;
/// How the record of a scan's end begins.
const CLOSED: &str = "{\"event\":\"closed\"";

impl Running {
    fn collect(&mut self) {
        while let Some(event) = self.archive.take_event() {
            if !self.is_only_closed || event.starts_with(CLOSED) {
                self.found.push(event);
            }
        }
    }

    fn observe(&mut self, columns: &ProbeColumns) {
        for index in 0..columns.len() {
            match columns.get(index) {
                Some((row, order)) => self.archive.observe(&row, order),
                None => self.not_probes += 1,
            }
            if index % ROWS_AT_ONCE == 0 {
                self.collect();
            }
        }
        self.collect();
    }
}

impl ArchiveDetector {
    fn lock(&self) -> MutexGuard<'_, Running> {
        self.archive.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl ArchiveDetector {
    /// Build from the detector's settings, a JSON object; many sources are summed up by windows of `window_s` seconds.
    #[new]
    #[pyo3(signature = (settings, window_s=86_400, only_closed=false))]
    fn new(settings: &[u8], window_s: u32, only_closed: bool) -> PyResult<Self> {
        let settings = Settings::from_json(settings).map_err(native_error)?;
        let wide = WideSettings { window_ns: u64::from(window_s.max(1)) * 1_000_000_000 };
        let archive = Archive::new(&settings, wide, random_key()).map_err(native_error)?;
        Ok(Self {
            archive: Mutex::new(Running { archive, not_probes: 0, is_only_closed: only_closed, found: Vec::new() }),
        })
    }

    /// Take in probes, sorted by `source_order` and `time_ns` across all calls.
    fn observe(&self, py: Python<'_>, probes: AnyRecordBatch) -> PyResult<()> {
        let reader = probes.into_reader()?;
        py.detach(|| {
            let mut running = self.lock();
            for batch in reader {
                running.observe(&ProbeColumns::of(&batch.map_err(native_error)?)?);
            }
            Ok(())
        })
    }

    /// End of the probes: the last source's scans close.
    fn finish(&self) {
        let mut running = self.lock();
        running.archive.finish();
        running.collect();
    }

    /// Take what was found: columns `record`, the JSON of a scan's event, and `sum`; one of the two is null.
    fn take_findings(&self, py: Python<'_>) -> PyResult<ArrowBatch> {
        py.detach(|| {
            let mut running = self.lock();
            let (mut records, mut sums) = (StringBuilder::new(), BinaryBuilder::new());
            for event in running.found.drain(..) {
                records.append_value(event);
                sums.append_null();
            }
            named(vec![("record", Arc::new(records.finish()), true), ("sum", Arc::new(sums.finish()), true)])
        })
    }

    /// Take the sums over sources, as `take_findings` gives records; call after `finish`.
    fn take_sums(&self, py: Python<'_>) -> PyResult<ArrowBatch> {
        py.detach(|| {
            let mut running = self.lock();
            let (mut records, mut sums) = (StringBuilder::new(), BinaryBuilder::new());
            for (key, sum) in running.archive.sums().take() {
                records.append_null();
                sums.append_value(sum.to_bytes(&key));
            }
            named(vec![("record", Arc::new(records.finish()), true), ("sum", Arc::new(sums.finish()), true)])
        })
    }

    /// Return what was counted so far: rows, sources, rows out of order or no probes, what the caps cost.
    fn counters(&self) -> BTreeMap<String, u64> {
        let running = self.lock();
        let counted = running.archive.counters().into_iter().chain([("not_probes", running.not_probes)]);
        counted.map(|(name, count)| (name.to_owned(), count)).collect()
    }
}

/// Merges sums over sources and says which are scans.
#[pyclass(frozen, module = "scanwarden._core._native")]
pub(crate) struct WideJudge {
    judge: Mutex<Judge>,
}

#[pymethods]
impl WideJudge {
    #[new]
    fn new() -> Self {
        Self { judge: Mutex::new(Judge::default()) }
    }

    /// Take in a sum of `take_sums`; raise `NativeError` if it is none.
    fn add(&self, packed: &[u8]) -> PyResult<()> {
        let (key, sum) =
            WideSum::from_bytes(packed).ok_or_else(|| native_error("these bytes are no sum over sources"))?;
        self.judge.lock().unwrap_or_else(PoisonError::into_inner).add(key, sum);
        Ok(())
    }

    /// Say what is a scan, each as the JSON of a closed scan.
    fn records<'py>(&self, py: Python<'py>, threshold_nats: f32, sensor: &str) -> Vec<Bound<'py, PyBytes>> {
        let judge = self.judge.lock().unwrap_or_else(PoisonError::into_inner);
        judge.records(threshold_nats, sensor).iter().map(|record| PyBytes::new(py, record.as_bytes())).collect()
    }
}

/// Put tables of probes into the form that archives keep: rows that are no probes are left out.
#[pyfunction]
pub(crate) fn normal_probes(py: Python<'_>, probes: AnyRecordBatch) -> PyResult<ArrowBatch> {
    let reader = probes.into_reader()?;
    py.detach(|| {
        let mut rows = Vec::new();
        for batch in reader {
            let columns = ProbeColumns::of(&batch.map_err(native_error)?)?;
            rows.extend((0..columns.len()).filter_map(|index| columns.get(index)).map(|(row, _)| row));
        }
        Ok(batch_of(&rows)?.into())
    })
}

#[derive(Deserialize)]
struct Brief<'a> {
    id: &'a str,
    event: &'a str,
    time: &'a str,
    first_seen: &'a str,
    last_seen: &'a str,
    source: BriefSource,
    group: Option<&'a str>,
    techniques: Vec<&'a str>,
    pattern: &'a str,
    pace: &'a str,
    probes: i64,
    packets: i64,
    evidence: BriefEvidence,
    severity: i32,
    sensor: String,
}

#[derive(Deserialize)]
struct BriefSource {
    address: Option<String>,
    prefix: Option<String>,
}

#[derive(Deserialize)]
struct BriefEvidence {
    nats: f64,
}

/// Put the JSON records of scans into columns, the record itself in the last.
#[pyfunction]
#[expect(clippy::needless_pass_by_value, reason = "what Python hands over is extracted into owned values")]
pub(crate) fn detection_batch(py: Python<'_>, records: Vec<PyBackedBytes>) -> PyResult<ArrowBatch> {
    py.detach(|| {
        let mut texts: [StringBuilder; 12] = std::array::from_fn(|_| StringBuilder::new());
        let (mut probes, mut packets) = (Int64Builder::new(), Int64Builder::new());
        let (mut nats, mut severity) = (Float64Builder::new(), Int32Builder::new());
        for record in &records {
            let text = std::str::from_utf8(record).map_err(native_error)?;
            let brief: Brief<'_> = serde_json::from_str(text).map_err(native_error)?;
            let techniques = brief.techniques.join(",");
            let row = [
                Some(brief.id),
                Some(brief.event),
                Some(brief.time),
                Some(brief.first_seen),
                Some(brief.last_seen),
                brief.source.address.as_deref().or(brief.source.prefix.as_deref()),
                brief.group,
                Some(&techniques),
                Some(brief.pattern),
                Some(brief.pace),
                Some(&brief.sensor),
                Some(text),
            ];
            texts.iter_mut().zip(row).for_each(|(column, text)| column.append_option(text));
            probes.append_value(brief.probes);
            packets.append_value(brief.packets);
            nats.append_value(brief.evidence.nats);
            severity.append_value(brief.severity);
        }
        let mut texts = texts.into_iter().map(|mut column| Arc::new(column.finish()) as ArrayRef);
        let mut text =
            |name, is_null| (name, texts.next().unwrap_or_else(|| unreachable!("as many names as columns")), is_null);
        named(vec![
            text("id", false),
            text("event", false),
            text("time", false),
            text("first_seen", false),
            text("last_seen", false),
            text("source", true),
            text("group", true),
            text("techniques", false),
            text("pattern", false),
            text("pace", false),
            text("sensor", false),
            text("record", false),
            ("probes", Arc::new(probes.finish()), false),
            ("packets", Arc::new(packets.finish()), false),
            ("nats", Arc::new(nats.finish()), false),
            ("severity", Arc::new(severity.finish()), false),
        ])
    })
}

fn named(columns: Vec<(&str, ArrayRef, bool)>) -> PyResult<ArrowBatch> {
    Ok(RecordBatch::try_from_iter_with_nullable(columns).map_err(native_error)?.into())
}
