//! Contacts whose outcome is known, as archives keep them and hosts of a fleet report them.

use super::super::contact::{Outcome, ProbeClass, TECHNIQUES};
use super::super::engine::{Detector, Kept, Probe, Program};
use super::super::tally::Place;
use super::super::weights::{Circumstances, Rule, Variant, weigh};
use super::probe_of;
use crate::rows::{Row, RowOutcome};

const CLASSES: [ProbeClass; 19] = [
    ProbeClass::Syn,
    ProbeClass::Fin,
    ProbeClass::Null,
    ProbeClass::Xmas,
    ProbeClass::Maimon,
    ProbeClass::Ack,
    ProbeClass::Rst,
    ProbeClass::SynFin,
    ProbeClass::Flags,
    ProbeClass::Udp,
    ProbeClass::SctpInit,
    ProbeClass::SctpCookieEcho,
    ProbeClass::IpProtocol,
    ProbeClass::IcmpEcho,
    ProbeClass::IcmpTimestamp,
    ProbeClass::IcmpAddressMask,
    ProbeClass::Arp,
    ProbeClass::FtpBounce,
    ProbeClass::Idle,
];

/// The order is that of the numbers in archives: a new one comes last.
const VARIANTS: [Variant; 9] = [
    Variant::Plain,
    Variant::EmptyEcho,
    Variant::TunnelProtocol,
    Variant::Traceroute,
    Variant::NowAndThen,
    Variant::Trap,
    Variant::ProvedTrap,
    Variant::UnaskedSynAck,
    Variant::Knock,
];

/// The class of a number.
pub(crate) fn class_of(number: u8) -> Option<ProbeClass> {
    CLASSES.get(usize::from(number)).copied()
}

/// The name of a class: its technique's, without the protocol where that is TCP.
pub(crate) fn class_name(number: u8) -> Option<&'static str> {
    let class = class_of(number)?;
    // The list of techniques has tcp_connect in the second place, which is no class of packets.
    let name = TECHNIQUES.get(usize::from(number) + usize::from(class != ProbeClass::Syn))?;
    Some(name.strip_prefix("tcp_").unwrap_or(name))
}

/// The number of a class by its name.
pub(crate) fn class_of_name(name: &str) -> Option<u8> {
    (0..CLASSES.len() as u8).find(|&number| class_name(number) == Some(name))
}

/// The number of a variant.
pub(crate) fn number_of(variant: Variant) -> u8 {
    VARIANTS.iter().position(|&known| known == variant).map_or(0, |number| number as u8)
}

fn variant_of(number: u8) -> Variant {
    VARIANTS.get(usize::from(number)).copied().unwrap_or_default()
}

impl RowOutcome {
    pub(crate) const fn of(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Open => Self::Open,
            Outcome::Closed => Self::Closed,
            Outcome::Filtered => Self::Filtered,
            Outcome::Unknown | Outcome::Pending => Self::Unknown,
        }
    }

    const fn plain(self) -> Outcome {
        match self {
            Self::Unknown => Outcome::Unknown,
            Self::Open | Self::HalfOpen => Outcome::Open,
            Self::Closed => Outcome::Closed,
            Self::Filtered => Outcome::Filtered,
        }
    }
}

impl Detector {
    /// Observe one row; its time moves the clock. A class that does not exist changes nothing.
    pub fn observe_row(&mut self, row: &Row) {
        let Some(class) = class_of(row.class) else { return };
        self.advance(row.time_ns);
        self.counters.packets += u64::from(row.packets.max(1));
        self.watch_for_flood();
        if row.target.is_multicast_or_broadcast() || row.source.is_multicast_or_broadcast() {
            return;
        }
        let variant = variant_of(row.detail);
        let outcome = row.outcome.plain();
        let program = if row.make == 0 { Program::NotShown } else { Program::Known(row.make) };
        let contact = probe_of(row.source, row.target, row.source_port, row.port, class);
        let Some((slot, kept, is_new)) = self.probe(&Probe { variant, outcome, program, ..contact }) else { return };
        if let Some(source) = self.table.get_mut(slot) {
            // The probe counted one packet.
            source.packets = source.packets.saturating_add(row.packets.saturating_sub(1));
        }
        // A contact may have been used first and aborted later: it counts once, which a page cannot tell.
        let is_paged = matches!(kept, Kept::Tally(Place::Paged { .. }));
        if row.outcome == RowOutcome::HalfOpen && (is_new || !is_paged) {
            self.note_half_open(slot, kept, row.port);
        }
        if variant == Variant::ProvedTrap
            && let Some(source) = self.table.get_mut(slot)
        {
            source.is_verified = true;
            let now_ns = self.now_ns;
            self.review(slot, now_ns);
        }
    }

    /// The most nats that a row can add to the evidence of its source.
    pub fn most_nats(row: &Row) -> f32 {
        let Some(class) = class_of(row.class) else { return 0.0 };
        let rule = weigh(Circumstances {
            class,
            outcome: row.outcome.plain(),
            is_close_together: true,
            was_open: false,
            variant: variant_of(row.detail),
        });
        rule.nats().max(if row.outcome == RowOutcome::HalfOpen { Rule::HalfOpen.nats() } else { 0.0 })
    }
}
