//! The detector as a Python object.

use crate::arrow_batch::ArrowBatch;
use crate::native_error;
use crate::probe_columns::{ProbeColumns, batch_of};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use pyo3_arrow::input::AnyRecordBatch;
use scanwarden_core::address::Address;
use scanwarden_core::detector::{ReportedKind, ReportedOutcome, ReportedProbe, Settings, parse_prefix};
use scanwarden_core::intake::Intake;
use scanwarden_core::packet::TcpFlags;
use scanwarden_core::rows::packed::put;
use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The detector: packets in, statements about scans out. Its clock is whatever the packets say.
#[pyclass(frozen, module = "scanwarden._core._native")]
pub(crate) struct Detector {
    intake: Mutex<Intake>,
}

impl Detector {
    /// Lock the detector. A panic while it was locked left it usable: tables hold plain numbers.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Intake> {
        self.intake.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl Detector {
    #[new]
    fn new(settings: &[u8]) -> PyResult<Self> {
        let settings = Settings::from_json(settings).map_err(native_error)?;
        let advise = &scanwarden_capture::prefer_large_pages;
        let detector = scanwarden_core::detector::Detector::new_advised(&settings, random_key(), advise);
        let detector = detector.map_err(native_error)?;
        Ok(Self { intake: Mutex::new(Intake::new(detector)) })
    }

    /// Change which addresses are ours; raise `NativeError` naming the one that cannot be read, changing nothing.
    fn set_home(&self, home: Vec<String>) -> PyResult<()> {
        self.lock().detector().set_home(home).map_err(native_error)
    }

    /// Say which ports are stealth traps from now on, such as `tcp/1-19`; raise `NativeError` naming the one that cannot
    /// be read, changing nothing.
    fn set_traps(&self, trap_ports: Vec<String>) -> PyResult<()> {
        self.lock().detector().set_traps(trap_ports).map_err(native_error)
    }

    /// Note that our own rules drop what an address, or a network such as 192.0.2.0/24, sends until `until_ns`.
    fn note_ban(&self, prefix: &str, until_ns: u64) -> PyResult<()> {
        let (address, bits) = parse_prefix(prefix).map_err(native_error)?;
        self.lock().detector().note_ban(address, bits, until_ns);
        Ok(())
    }

    /// Note that an address or network is refused no more.
    fn note_unban(&self, prefix: &str) -> PyResult<()> {
        let (address, bits) = parse_prefix(prefix).map_err(native_error)?;
        self.lock().detector().note_unban(address, bits);
        Ok(())
    }

    /// Take in that a source touched a trap: `protocol` is tcp or udp, `weight_nats` what a touch weighs.
    ///
    /// From the threshold on, one touch is a scan. Raise `NativeError` naming what cannot be read, changing nothing.
    #[pyo3(signature = (*, time_ns, source, target, protocol, port, weight_nats, is_verified))]
    #[allow(clippy::too_many_arguments)] // Each is named at the call.
    fn observe_trapped(
        &self,
        time_ns: u64,
        source: &str,
        target: &str,
        protocol: &str,
        port: u16,
        weight_nats: f32,
        is_verified: bool,
    ) -> PyResult<()> {
        let kind = match protocol {
            "tcp" => ReportedKind::Tcp { flags: TcpFlags(TcpFlags::SYN), port, source_port: 0 },
            "udp" => ReportedKind::Udp { port, source_port: 0 },
            other => return Err(native_error(format!("a trap speaks tcp or udp, not {other:?}"))),
        };
        let touch = ReportedProbe {
            time_ns,
            source: address(source)?,
            target: address(target)?,
            kind,
            outcome: ReportedOutcome::Trapped { is_verified, nats: weight_nats },
        };
        self.lock().detector().observe_reported(&touch);
        Ok(())
    }

    /// Take in a table of probes in the order of time, as if they were reported one by one; return how many were probes.
    fn observe_probes(&self, py: Python<'_>, probes: AnyRecordBatch) -> PyResult<u64> {
        let reader = probes.into_reader()?;
        py.detach(|| {
            let mut intake = self.lock();
            let mut count = 0;
            for batch in reader {
                let columns = ProbeColumns::of(&batch.map_err(native_error)?)?;
                for (row, _) in (0..columns.len()).filter_map(|index| columns.get(index)) {
                    intake.detector().observe_row(&row);
                    count += 1;
                }
            }
            Ok(count)
        })
    }

    /// Take settled contacts, at most `limit`, as a table of probes; the settings say how many are kept.
    fn take_probes(&self, py: Python<'_>, limit: usize) -> PyResult<ArrowBatch> {
        let rows = py.detach(|| self.lock().detector().take_sightings(limit));
        Ok(batch_of(&rows)?.into())
    }

    /// Take settled contacts, at most `limit`, packed and divided by source: a pair of part and bytes for each part.
    fn take_packed<'py>(&self, py: Python<'py>, limit: usize, parts: u32) -> Vec<(u32, Bound<'py, PyBytes>)> {
        let mut packed: BTreeMap<u32, Vec<u8>> = BTreeMap::new();
        for row in self.lock().detector().take_sightings(limit) {
            let part = (row.order() >> 32) as u32 % parts.max(1);
            put(&row, packed.entry(part).or_default());
        }
        packed.into_iter().map(|(part, bytes)| (part, PyBytes::new(py, &bytes))).collect()
    }

    /// Let deadlines pass up to `now_ns`, nanoseconds since the epoch; the clock never goes backwards.
    fn tick(&self, now_ns: u64) {
        self.lock().detector().tick(now_ns);
    }

    /// End of input: decide what is pending and close every scan.
    fn finish(&self) {
        self.lock().detector().finish();
    }

    /// Take the waiting events, oldest first, each a JSON object.
    fn take_events<'py>(&self, py: Python<'py>) -> Vec<Bound<'py, PyBytes>> {
        let mut intake = self.lock();
        std::iter::from_fn(|| intake.detector().take_event()).map(|event| PyBytes::new(py, event.as_bytes())).collect()
    }

    /// Return what was counted so far: packets, probes, malformed packets by reason, what the caps cost.
    fn counters(&self) -> BTreeMap<String, u64> {
        self.lock().counters().into_iter().collect()
    }

    /// Return how many bytes the tables hold when full.
    fn table_bytes(&self) -> usize {
        self.lock().detector().table_bytes()
    }
}

pub(crate) fn address(text: &str) -> PyResult<Address> {
    let parsed: IpAddr = text.parse().map_err(|_| native_error(format!("{text:?} is not an address")))?;
    Ok(parsed.into())
}

/// 128 random bits: the standard library seeds each `RandomState` from the system.
pub(crate) fn random_key() -> u128 {
    let draw = || u128::from(RandomState::new().build_hasher().finish());
    draw() << 64 | draw()
}
