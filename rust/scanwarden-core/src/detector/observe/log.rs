//! Probes that sensors report ready-made: log lines, traps, flow records.

use super::super::contact::{Outcome, ProbeClass};
use super::super::engine::{Detector, Kept, Probe, Program};
use super::super::table::Slot;
use super::super::touch::TOGETHER;
use super::super::weights::{Rule, Variant, is_routing_or_tunnel};
use super::probe_of;
use super::row::number_of;
use crate::address::Address;
use crate::log::evidence::{LogOutcome, LogProbe, LogProbeKind};
use crate::packet::{Nanoseconds, TcpFlags};
use crate::rows::{Row, RowOutcome};

/// What a reported probe was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportedKind {
    /// TCP with these flags, to a port.
    Tcp {
        /// The flags of the packet.
        flags: TcpFlags,
        /// Destination port.
        port: u16,
        /// Source port, 0 when not reported.
        source_port: u16,
    },
    /// UDP to a port.
    Udp {
        /// Destination port.
        port: u16,
        /// Source port, 0 when not reported.
        source_port: u16,
    },
    /// An ICMP query of this type.
    Icmp {
        /// ICMP or `ICMPv6` type.
        kind: u8,
        /// Whether the request had no payload.
        is_empty: bool,
    },
    /// SCTP INIT to a port.
    Sctp {
        /// Destination port.
        port: u16,
    },
    /// Another IP protocol.
    IpProtocol(u8),
}

/// What the reporter knows of the outcome.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ReportedOutcome {
    /// A firewall refused it.
    Refused,
    /// The port answered as closed.
    Closed,
    /// The port is open.
    Open,
    /// The port is open, and the source went away instead of completing the handshake.
    HalfOpen,
    /// Nothing is known.
    Unknown,
    /// A trap of ours took it: nothing legitimate speaks to it.
    Trapped {
        /// Whether the connection was completed, which proves the return path.
        is_verified: bool,
        /// What touching a trap weighs, for every trap of this detector; [`TRAP_NATS`] is usual.
        nats: f32,
    },
}

/// One probe as a sensor reports it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReportedProbe {
    /// When it happened.
    pub time_ns: Nanoseconds,
    /// Who sent it.
    pub source: Address,
    /// Whom it reached.
    pub target: Address,
    /// What it was.
    pub kind: ReportedKind,
    /// What came of it.
    pub outcome: ReportedOutcome,
}

/// What touching a trap weighs unless the settings say otherwise: half of a scan.
pub const TRAP_NATS: f32 = Rule::TrapPort.nats();

const ECHO: [u8; 2] = [8, 128];
const TIMESTAMP: u8 = 13;
const ADDRESS_MASK: u8 = 17;

impl ReportedKind {
    /// The class and the port (or type, or protocol) of the contact; `None` when it is none.
    #[inline]
    pub(crate) fn touched(self) -> Option<(ProbeClass, u16)> {
        class_of(self).map(|(class, port, ..)| (class, port))
    }
}

impl Detector {
    /// Observe reported probes in order: the same as one by one, and faster, because the memory that several of them need is
    /// fetched at once.
    pub fn observe_all_reported(&mut self, reported: &[ReportedProbe]) {
        for together in reported.chunks(TOGETHER) {
            self.fetch_reported(together);
            for probe in together {
                self.observe_reported(probe);
            }
        }
    }

    /// Observe one reported probe; its time moves the clock.
    pub fn observe_reported(&mut self, reported: &ReportedProbe) {
        self.advance(reported.time_ns);
        self.counters.packets += 1;
        self.watch_for_flood();
        if reported.target.is_multicast_or_broadcast() || reported.source.is_multicast_or_broadcast() {
            return;
        }
        let Some((class, port, source_port, variant)) = class_of(reported.kind) else { return };
        let outcome = match reported.outcome {
            ReportedOutcome::Refused => Outcome::Filtered,
            ReportedOutcome::Closed => Outcome::Closed,
            ReportedOutcome::Open | ReportedOutcome::HalfOpen => Outcome::Open,
            ReportedOutcome::Unknown | ReportedOutcome::Trapped { .. } => Outcome::Unknown,
        };
        let is_trapped = matches!(reported.outcome, ReportedOutcome::Trapped { .. });
        let variant = match reported.outcome {
            ReportedOutcome::Trapped { is_verified: true, .. } => Variant::ProvedTrap,
            ReportedOutcome::Trapped { .. } => Variant::Trap,
            _ => variant,
        };
        if let ReportedOutcome::Trapped { nats, .. } = reported.outcome {
            self.trap_nats = Self::trap_weight(nats, self.threshold_nats);
        }
        let probe = Probe {
            variant,
            outcome,
            program: Program::NotShown,
            ..probe_of(reported.source, reported.target, source_port, port, class)
        };
        let Some((slot, kept, is_new)) = self.probe(&probe) else { return };
        if reported.outcome == ReportedOutcome::HalfOpen && is_new {
            self.note_half_open(slot, kept, port);
        }
        if variant == Variant::ProvedTrap
            && let Some(source) = self.table.get_mut(slot)
        {
            source.is_verified = true;
            source.completed = source.completed.saturating_add(1);
            // What is said to a trap makes nobody an acquaintance.
            source.empty_connects = source.empty_connects.saturating_add(1);
            let now_ns = self.now_ns;
            self.review(slot, now_ns);
        }
        if is_trapped && !is_new {
            self.weigh_as_trap(slot, kept);
        }
    }

    /// What a rule weighs here.
    #[inline]
    pub(crate) fn nats_of(&self, rule: Rule) -> f32 {
        if rule == Rule::TrapPort { self.trap_nats } else { rule.nats() }
    }

    /// The capture saw the contact first, maybe as that of an open port, because the trap answered: it weighs as a trap.
    fn weigh_as_trap(&mut self, slot: Slot, kept: Kept) {
        let Some(contact) = self.contact_mut(slot, kept) else { return };
        let (rule_before, outcome_before) = (contact.rule, contact.outcome);
        if rule_before == Rule::TrapPort {
            return;
        }
        contact.rule = Rule::TrapPort;
        if outcome_before == Outcome::Pending {
            contact.outcome = Outcome::Unknown;
        }
        let contact = *contact;
        if let Some(source) = self.table.get_mut(slot) {
            if outcome_before == Outcome::Pending {
                source.outcomes.add(Outcome::Unknown);
            }
            source.evidence.add(contact.stack(), -rule_before.nats());
        }
        self.add_evidence(slot, Rule::TrapPort, &contact, self.now_ns);
    }
}

impl From<&LogProbe> for ReportedProbe {
    fn from(probe: &LogProbe) -> Self {
        // A line without flags is taken for a connection attempt.
        const ATTEMPT: TcpFlags = TcpFlags(TcpFlags::SYN);
        let kind = match probe.kind {
            LogProbeKind::Tcp { flags, source_port, port, .. } => {
                ReportedKind::Tcp { flags: flags.unwrap_or(ATTEMPT), port, source_port }
            }
            LogProbeKind::Udp { source_port, port } => ReportedKind::Udp { port, source_port },
            LogProbeKind::Icmp { kind, .. } | LogProbeKind::Icmpv6 { kind, .. } => {
                ReportedKind::Icmp { kind, is_empty: false }
            }
            LogProbeKind::Sctp { port, .. } => ReportedKind::Sctp { port },
            LogProbeKind::IpProtocol(number) => ReportedKind::IpProtocol(number),
        };
        let outcome = match probe.outcome {
            LogOutcome::Unknown => ReportedOutcome::Unknown,
            LogOutcome::Filtered => ReportedOutcome::Refused,
            LogOutcome::Closed => ReportedOutcome::Closed,
            LogOutcome::HalfOpen => ReportedOutcome::HalfOpen,
        };
        Self { time_ns: probe.time_ns, source: probe.source, target: probe.destination, kind, outcome }
    }
}

fn class_of(kind: ReportedKind) -> Option<(ProbeClass, u16, u16, Variant)> {
    Some(match kind {
        ReportedKind::Tcp { flags, port, source_port } => (tcp_class(flags)?, port, source_port, Variant::Plain),
        ReportedKind::Udp { port, source_port } => (ProbeClass::Udp, port, source_port, Variant::Plain),
        ReportedKind::Icmp { kind, is_empty } => {
            let class = match kind {
                kind if ECHO.contains(&kind) => ProbeClass::IcmpEcho,
                TIMESTAMP => ProbeClass::IcmpTimestamp,
                ADDRESS_MASK => ProbeClass::IcmpAddressMask,
                _ => return None,
            };
            (class, u16::from(kind), 0, if is_empty { Variant::EmptyEcho } else { Variant::Plain })
        }
        ReportedKind::Sctp { port } => (ProbeClass::SctpInit, port, 0, Variant::Plain),
        ReportedKind::IpProtocol(number) => {
            let variant = if is_routing_or_tunnel(number) { Variant::TunnelProtocol } else { Variant::Plain };
            (ProbeClass::IpProtocol, u16::from(number), 0, variant)
        }
    })
}

/// The class of a TCP packet that nobody here answered; `None` for an answer.
fn tcp_class(flags: TcpFlags) -> Option<ProbeClass> {
    const FIN: u16 = TcpFlags::FIN;
    const SYN: u16 = TcpFlags::SYN;
    const RST: u16 = TcpFlags::RST;
    const ACK: u16 = TcpFlags::ACK;
    const XMAS: u16 = FIN | TcpFlags::PSH | TcpFlags::URG;
    const SYN_FIN: u16 = SYN | FIN;
    Some(match flags.classic() {
        SYN => ProbeClass::Syn,
        0 => ProbeClass::Null,
        FIN => ProbeClass::Fin,
        XMAS => ProbeClass::Xmas,
        SYN_FIN => ProbeClass::SynFin,
        odd if odd & (SYN | ACK) == SYN | ACK && odd & (FIN | RST) == 0 => return None,
        odd if odd & (RST | SYN | FIN) == RST => ProbeClass::Rst,
        odd if odd & (FIN | ACK | SYN | RST) == FIN | ACK => ProbeClass::Maimon,
        odd if odd & (FIN | ACK | SYN | RST) == ACK => ProbeClass::Ack,
        _ => ProbeClass::Flags,
    })
}

/// The class, as a number, of a TCP packet that nobody here answered.
pub(crate) fn class_of_flags(flags: TcpFlags) -> Option<u8> {
    tcp_class(flags).map(|class| class as u8)
}

impl ReportedProbe {
    /// The row that says the same.
    pub fn row(&self) -> Option<Row> {
        let (class, port, source_port, variant) = class_of(self.kind)?;
        let (outcome, variant) = match self.outcome {
            ReportedOutcome::Refused => (RowOutcome::Filtered, variant),
            ReportedOutcome::Closed => (RowOutcome::Closed, variant),
            ReportedOutcome::Open => (RowOutcome::Open, variant),
            ReportedOutcome::HalfOpen => (RowOutcome::HalfOpen, variant),
            ReportedOutcome::Unknown => (RowOutcome::Unknown, variant),
            ReportedOutcome::Trapped { is_verified: true, .. } => (RowOutcome::Unknown, Variant::ProvedTrap),
            ReportedOutcome::Trapped { .. } => (RowOutcome::Unknown, Variant::Trap),
        };
        Some(Row {
            time_ns: self.time_ns,
            source: self.source,
            target: self.target,
            class: class as u8,
            detail: number_of(variant),
            port,
            source_port,
            outcome,
            make: 0,
            packets: 1,
        })
    }
}
