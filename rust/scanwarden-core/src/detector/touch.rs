//! Fetching what the next reported probes need, by reading a little of it.
//!
//! Log lines come in larger pieces than packets, and nobody passes a way to ask the processor for memory. So a little is
//! read of everything that the next probes will need, in short loops, and the processor waits for many lines at once.
//! Nothing is decided and nothing is changed: without this, the results are the same and come later.

use super::engine::Detector;
use super::fetch::NOWHERE;
use super::observe::log::ReportedProbe;
use super::source::Source;
use super::table::Slot;
use std::hint::black_box;

/// Probes looked at together, at most.
pub(crate) const TOGETHER: usize = 32;

impl Detector {
    /// Fetch what reported probes need, of which there are [`TOGETHER`] at most.
    pub(crate) fn fetch_reported(&self, probes: &[ReportedProbe]) {
        let mut hashes = [0; TOGETHER];
        let mut slots = [NOWHERE; TOGETHER];
        let mut touched = 0;
        for (hash, probe) in hashes.iter_mut().zip(probes) {
            *hash = self.hash.address(Self::key_of(probe.source, probe.target));
            touched ^= self.table.touch_bucket(*hash);
        }
        for ((slot, hash), _) in slots.iter_mut().zip(hashes).zip(probes) {
            *slot = self.table.likely(hash);
            touched ^= self.table.get(*slot).map_or(0, Source::touch_contacts);
        }
        for (slot, probe) in slots.into_iter().zip(probes) {
            touched ^= self.touch_unless_known(slot, probe);
        }
        // The sum says nothing, but without a use the reads would be left out.
        black_box(touched);
    }

    /// Fetch what a contact needs that its source has not made before; most were.
    #[inline]
    fn touch_unless_known(&self, slot: Slot, probe: &ReportedProbe) -> u32 {
        let Some(source) = self.table.get(slot) else { return 0 };
        let known = probe
            .kind
            .touched()
            .zip(probe.target.as_v4())
            .and_then(|((class, port), target)| self.find_kept(slot, source.tally, target, port, class));
        if known.is_some() { 0 } else { source.touch() }
    }
}
