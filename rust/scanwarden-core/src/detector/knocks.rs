//! Port knocking: sequences of ports that the operator says open a door here.
//!
//! Whoever follows a listed sequence from its first port on makes no evidence with it; the first step aside ends that.

use super::contact::ProbeClass;
use super::engine::{Detector, Probe};
use super::settings::SettingsError;
use super::weights::Variant;

/// As many knocks as bits of the number that says which of them a source still follows.
const MAX_KNOCKS: usize = 32;
const MAX_PORTS: usize = 16;
/// A knock is given up after this long without its next port.
const PATIENCE_S: u32 = 60;
/// Stands in the place of a protocol for the progress of a knock.
const PROGRESS: u8 = 254;

/// The sequences.
#[derive(Default)]
pub(crate) struct Knocks(Vec<Vec<u16>>);

impl Knocks {
    pub(crate) fn new(sequences: &[Vec<u16>]) -> Result<Self, SettingsError> {
        let is_too_much = sequences.len() > MAX_KNOCKS || sequences.iter().any(|ports| ports.len() > MAX_PORTS);
        if is_too_much {
            let message = format!("knocks: at most {MAX_KNOCKS} sequences of at most {MAX_PORTS} ports");
            return Err(SettingsError { message });
        }
        Ok(Self(sequences.to_vec()))
    }

    /// Say whether no knock is listed.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Of the sequences in `among`, a bit each, keep those whose port number `place` is `port`.
    fn going_on(&self, among: u32, place: u32, port: u16) -> u32 {
        let has_it = |ports: &Vec<u16>| ports.get(place as usize) == Some(&port);
        let bits = self.0.iter().enumerate().filter(|(_, ports)| has_it(ports)).map(|(number, _)| 1_u32 << number);
        bits.fold(0, |found, bit| found | bit) & among
    }
}

impl Detector {
    /// Say what sets a probe apart: a plain one may be the next port of a listed knock.
    #[inline]
    pub(crate) fn variant_of(&mut self, probe: &Probe<'_>) -> Variant {
        let may_knock = probe.variant == Variant::Plain && matches!(probe.class, ProbeClass::Syn | ProbeClass::Udp);
        if may_knock && !self.knocks.is_empty() && self.is_knock(probe) { Variant::Knock } else { probe.variant }
    }

    /// Say whether a probe goes on with a listed knock, begins one or repeats its latest port; remember how far it is.
    fn is_knock(&mut self, probe: &Probe<'_>) -> bool {
        let hash = self.hash.conversation(probe.source, 0, probe.target, 0, PROGRESS);
        let now_s = self.now_s();
        let known = self.knocking.get(hash, now_s).filter(|known| known.age_s <= PATIENCE_S);
        let (following, places) = known.map_or((0, 0), |known| (known.first, known.second));
        let next = [(following, places), (following, places.saturating_sub(1)), (u32::MAX, 0)];
        let step = next.into_iter().map(|(among, place)| (self.knocks.going_on(among, place, probe.port), place + 1));
        let (following, places) = step.into_iter().find(|(following, _)| *following != 0).unwrap_or_default();
        self.knocking.put(hash, now_s, following, places);
        following != 0
    }
}

#[cfg(test)]
mod tests {
    use super::super::observe::log::{ReportedKind, ReportedOutcome, ReportedProbe};
    use super::super::settings::Settings;
    use super::*;
    use crate::address::Address;
    use crate::packet::TcpFlags;

    /// How many scans open when one source touches these closed ports a second apart.
    fn opened(knocks: &[Vec<u16>], ports: &[u16]) -> usize {
        let settings = Settings { knocks: knocks.to_vec(), ..Settings::default() };
        let Ok(mut detector) = Detector::new(&settings, 1) else { return usize::MAX };
        for (second, &port) in ports.iter().enumerate() {
            detector.observe_reported(&ReportedProbe {
                time_ns: 1_000_000_000 * (1000 + second as u64),
                source: Address::from_v4(0x0a00_0001),
                target: Address::from_v4(0x0a00_0002),
                kind: ReportedKind::Tcp { flags: TcpFlags(TcpFlags::SYN), port, source_port: 0 },
                outcome: ReportedOutcome::Refused,
            });
        }
        std::iter::from_fn(|| detector.take_event()).count()
    }

    #[test]
    fn a_listed_knock_is_no_scan_and_anybody_elses_ports_are() {
        let listed = vec![vec![9, 8, 7, 6, 5], vec![7000, 8000, 9000, 7001]];
        let knock = [7000, 8000, 9000, 7001];
        assert_eq!(opened(&[], &knock), 1);
        assert_eq!(opened(&listed, &knock), 0);
        assert_eq!(opened(&listed, &[7000, 7000, 8000, 8000, 9000, 7001, 7000, 8000]), 0);
        assert_eq!(opened(&listed, &[7001, 9000, 8000, 7000, 1]), 1);
        assert_eq!(opened(&listed, &[7000, 8000, 9000, 7001, 1, 2, 3, 4]), 1);
    }

    #[test]
    fn two_knocks_may_begin_alike() {
        let listed = vec![vec![1, 2, 3, 4, 5], vec![1, 2, 9, 10, 11]];
        assert_eq!(opened(&listed, &[1, 2, 3, 4, 5]), 0);
        assert_eq!(opened(&listed, &[1, 2, 9, 10, 11]), 0);
    }

    #[test]
    fn a_knock_longer_than_the_contacts_of_a_source_is_one_every_time() {
        let long: Vec<u16> = (100..116).collect();
        assert_eq!(opened(std::slice::from_ref(&long), &long.repeat(3)), 0);
    }
}
