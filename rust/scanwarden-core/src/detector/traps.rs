//! Stealth traps: ports set out that need no socket, because packets to them are seen anyway.
//!
//! A trap on which a service turns out to listen is none: the port answers as open, or was open within a day.

use super::contact::ProbeClass;
use super::engine::Detector;
use super::settings::{Settings, SettingsError};
use super::weights::Rule;
use std::ops::RangeInclusive;

const WORDS: usize = 65_536 / 64;
const TCP: u8 = 6;
const UDP: u8 = 17;

/// Ports by protocol, one bit each.
#[derive(Default)]
pub(crate) struct TrapPorts {
    tcp: Option<Box<[u64; WORDS]>>,
    udp: Option<Box<[u64; WORDS]>>,
}

impl TrapPorts {
    pub(crate) fn new(listed: &[(u8, RangeInclusive<u16>)]) -> Result<Self, SettingsError> {
        let mut ports = Self::default();
        for (protocol, range) in listed {
            let words = match *protocol {
                TCP => &mut ports.tcp,
                UDP => &mut ports.udp,
                _ => return Err(SettingsError { message: "trap_ports: a trap is a TCP or UDP port".into() }),
            };
            let words = words.get_or_insert_with(|| Box::new([0; WORDS]));
            for port in range.clone() {
                if let Some(word) = words.get_mut(usize::from(port) / 64) {
                    *word |= 1 << (port % 64);
                }
            }
        }
        Ok(ports)
    }

    /// Say whether a probe of this class to a port touches a trap.
    ///
    /// What belongs to a connection (ACK, RST, FIN with ACK) may be a late answer and touches none.
    #[inline]
    pub(crate) fn are_touched(&self, class: ProbeClass, port: u16) -> bool {
        let words = match class {
            ProbeClass::Syn | ProbeClass::Fin | ProbeClass::Null | ProbeClass::Xmas | ProbeClass::SynFin => &self.tcp,
            ProbeClass::Udp => &self.udp,
            _ => return false,
        };
        let word = words.as_ref().and_then(|words| words.get(usize::from(port) / 64));
        word.is_some_and(|word| word >> (port % 64) & 1 == 1)
    }
}

impl Detector {
    /// Say which ports are stealth traps from now on; texts as in [`Settings::trap_ports`].
    pub fn set_traps(&mut self, trap_ports: Vec<String>) -> Result<(), SettingsError> {
        self.traps = Settings { trap_ports, ..Settings::default() }.parse_traps()?;
        Ok(())
    }

    /// What a contact weighs as, given what it would weigh on an ordinary port: harmless stays harmless.
    #[inline]
    pub(crate) fn rule_at_trap(&self, rule: Rule, class: ProbeClass, port: u16) -> Rule {
        let is_evidence = rule.nats() > 0.0 && rule.nats() < self.trap_nats;
        if is_evidence && self.traps.are_touched(class, port) { Rule::TrapPort } else { rule }
    }

    /// A trap's weight, at most the threshold; the threshold cut to one decimal stands for all of it.
    pub(crate) fn trap_weight(nats: f32, threshold: f32) -> f32 {
        if nats >= (threshold * 10.0).floor() / 10.0 { threshold } else { nats.max(0.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::observe::log::{ReportedKind, ReportedOutcome, ReportedProbe};
    use super::*;
    use crate::address::Address;
    use crate::packet::TcpFlags;

    fn detector(traps: &[&str], trap_nats: f32) -> Option<Detector> {
        let trap_ports = traps.iter().map(|&text| text.into()).collect();
        Detector::new(&Settings { trap_ports, trap_nats, ..Settings::default() }, 1).ok()
    }

    fn touch(detector: &mut Detector, kind: ReportedKind, outcome: ReportedOutcome) -> usize {
        detector.observe_reported(&ReportedProbe {
            time_ns: 1_000_000_000_000,
            source: Address::from_v4(0x0a00_0001),
            target: Address::from_v4(0x0a00_0002),
            kind,
            outcome,
        });
        std::iter::from_fn(|| detector.take_event()).count()
    }

    const fn tcp(flags: u16, port: u16) -> ReportedKind {
        ReportedKind::Tcp { flags: TcpFlags(flags), port, source_port: 40_000 }
    }

    const SYN: u16 = TcpFlags::SYN;

    #[test]
    fn two_stealth_traps_are_a_scan_whatever_protocol() {
        let udp = ReportedKind::Udp { port: 19, source_port: 40_000 };
        for second in [udp, tcp(SYN, 5), tcp(0, 5), tcp(TcpFlags::FIN, 5)] {
            let Some(mut detector) = detector(&["tcp/1-11", "udp/19"], 7.0) else { return };
            assert_eq!(touch(&mut detector, tcp(SYN, 7), ReportedOutcome::Refused), 0);
            assert_eq!(touch(&mut detector, second, ReportedOutcome::Unknown), 1, "{second:?}");
        }
    }

    #[test]
    fn one_convicts_where_it_weighs_the_threshold() {
        let Some(mut detector) = detector(&["tcp/7"], 13.8) else { return };
        assert_eq!(touch(&mut detector, tcp(SYN, 8), ReportedOutcome::Refused), 0);
        assert_eq!(touch(&mut detector, tcp(SYN, 7), ReportedOutcome::Refused), 1);
    }

    #[test]
    fn a_half_open_probe_of_a_trap_that_answers_touches_it() {
        let Some(mut detector) = detector(&["tcp/1-9"], 7.0) else { return };
        assert_eq!(touch(&mut detector, tcp(SYN, 5), ReportedOutcome::HalfOpen), 0);
        assert_eq!(touch(&mut detector, tcp(SYN, 6), ReportedOutcome::HalfOpen), 1);
    }

    #[test]
    fn open_ports_and_late_answers_touch_no_trap() {
        let Some(mut detector) = detector(&["tcp/1-9"], 13.8) else { return };
        assert_eq!(touch(&mut detector, tcp(SYN, 5), ReportedOutcome::Open), 0);
        for late in [TcpFlags::ACK, TcpFlags::RST, TcpFlags::FIN | TcpFlags::ACK, SYN | TcpFlags::ACK] {
            assert_eq!(touch(&mut detector, tcp(late, 7), ReportedOutcome::Unknown), 0);
        }
    }

    #[test]
    fn a_trap_lighter_than_a_closed_port_takes_nothing_off() {
        let Some(mut detector) = detector(&["tcp/1-9"], 0.5) else { return };
        let opened: Vec<usize> =
            (1..5).map(|port| touch(&mut detector, tcp(SYN, port), ReportedOutcome::Refused)).collect();
        assert_eq!(opened, [0, 0, 0, 1]);
    }

    #[test]
    fn traps_change_while_running_and_wrong_ones_change_nothing() {
        let Some(mut detector) = detector(&["tcp/7"], 13.8) else { return };
        assert!(detector.set_traps(vec!["tcp/9-8".into()]).is_err());
        assert!(detector.set_traps(vec!["sctp/9".into()]).is_err());
        assert!(detector.set_traps(vec!["tcp/8".into()]).is_ok());
        assert_eq!(touch(&mut detector, tcp(SYN, 7), ReportedOutcome::Refused), 0);
        assert_eq!(touch(&mut detector, tcp(SYN, 8), ReportedOutcome::Refused), 1);
    }
}
