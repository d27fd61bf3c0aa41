//! ICMP and `ICMPv6`: queries are probes, errors are outcomes (RFC 792, RFC 4443).

use super::super::contact::{Outcome, ProbeClass};
use super::super::engine::{Detector, Probe};
use super::super::weights::Variant;
use super::{SCTP, TCP, UDP, Way, probe_of};
use crate::packet::{Icmp, Packet, Quoted, TcpFlags};

/// The type numbers of one family.
pub(super) struct Kinds {
    echo: u8,
    echo_reply: u8,
    timestamp: u8,
    timestamp_reply: u8,
    mask: u8,
    mask_reply: u8,
    unreachable: u8,
    port_unreachable: u8,
    /// Codes of the unreachable type by which firewalls refuse (RFC 1812 5.2.7.1, RFC 4443 3.1).
    refusals: &'static [u8],
    /// Type and code that say "I do not speak this protocol".
    protocol_unreachable: (u8, u8),
}

/// A type number that does not occur.
const NONE: u8 = 255;

pub(super) const V4: Kinds = Kinds {
    echo: 8,
    echo_reply: 0,
    timestamp: 13,
    timestamp_reply: 14,
    mask: 17,
    mask_reply: 18,
    unreachable: 3,
    port_unreachable: 3,
    // Port unreachable; network, host or communication administratively prohibited.
    refusals: &[3, 9, 10, 13],
    protocol_unreachable: (3, 2),
};

pub(super) const V6: Kinds = Kinds {
    echo: 128,
    echo_reply: 129,
    timestamp: NONE,
    timestamp_reply: NONE,
    mask: NONE,
    mask_reply: NONE,
    unreachable: 1,
    port_unreachable: 4,
    // Administratively prohibited, port unreachable, failed policy, reject route.
    refusals: &[1, 4, 5, 6],
    // Parameter problem, unrecognised next header.
    protocol_unreachable: (4, 1),
};

impl Detector {
    pub(super) fn observe_icmp(&mut self, packet: &Packet<'_>, icmp: &Icmp, way: Way, kinds: &Kinds) {
        if let Some(quoted) = &icmp.quoted {
            // A firewall on the way may answer for the target, so the sender of an error does not matter.
            if quoted.source == packet.destination && (way.may_be_out() || self.home.contains(quoted.destination)) {
                self.observe_icmp_error(icmp, quoted, kinds);
                self.observe_refused_ack(packet, icmp, quoted, kinds);
            }
            return;
        }
        let reply_to = |kind: u8| match kind {
            _ if kind == kinds.echo_reply => Some((kinds.echo, ProbeClass::IcmpEcho)),
            _ if kind == kinds.timestamp_reply => Some((kinds.timestamp, ProbeClass::IcmpTimestamp)),
            _ if kind == kinds.mask_reply => Some((kinds.mask, ProbeClass::IcmpAddressMask)),
            _ => None,
        };
        if let Some((kind, class)) = reply_to(icmp.kind) {
            if way.may_be_out() {
                self.answer(packet.destination, packet.source, u16::from(kind), class, Outcome::Open);
            }
            return;
        }
        let class = match icmp.kind {
            kind if kind == kinds.echo => ProbeClass::IcmpEcho,
            kind if kind == kinds.timestamp && kind != NONE => ProbeClass::IcmpTimestamp,
            kind if kind == kinds.mask && kind != NONE => ProbeClass::IcmpAddressMask,
            _ => return,
        };
        if !way.may_be_in() {
            return;
        }
        let is_empty = class == ProbeClass::IcmpEcho && icmp.payload_len == 0;
        let probe = Probe {
            variant: if is_empty { Variant::EmptyEcho } else { Variant::Plain },
            ..probe_of(packet.source, packet.destination, 0, u16::from(icmp.kind), class)
        };
        if let Some((slot, _, is_new)) = self.probe(&probe)
            && is_new
            && class == ProbeClass::IcmpEcho
            && let Some(source) = self.table.get_mut(slot)
        {
            source.marks.look_at_echo(icmp.payload_len, icmp.is_payload_zero);
        }
    }

    /// A bare ACK that the target's own firewall refused: the error quotes it, and nothing else shows it.
    fn observe_refused_ack(&mut self, packet: &Packet<'_>, icmp: &Icmp, quoted: &Quoted, kinds: &Kinds) {
        let is_bare_ack = quoted.tcp_flags.classic() & !TcpFlags::PSH == TcpFlags::ACK;
        let is_refusal = icmp.kind == kinds.unreachable && kinds.refusals.contains(&icmp.code);
        if quoted.protocol != TCP || !is_bare_ack || !is_refusal || packet.source != quoted.destination {
            return;
        }
        let ((there, source_port), (here, port)) =
            ((quoted.source, quoted.source_port), (quoted.destination, quoted.destination_port));
        let _ = self.observe_unconnected_ack((here, port), (there, source_port), Outcome::Filtered);
    }

    fn observe_icmp_error(&mut self, icmp: &Icmp, quoted: &Quoted, kinds: &Kinds) {
        let is_port_unreachable = icmp.kind == kinds.unreachable && icmp.code == kinds.port_unreachable;
        let is_protocol_unreachable = (icmp.kind, icmp.code) == kinds.protocol_unreachable;
        if icmp.kind != kinds.unreachable && !is_protocol_unreachable {
            return;
        }
        let (source, target, port) = (quoted.source, quoted.destination, quoted.destination_port);
        match quoted.protocol {
            UDP => {
                let outcome = if is_port_unreachable { Outcome::Closed } else { Outcome::Filtered };
                self.answer(source, target, port, ProbeClass::Udp, outcome);
            }
            TCP => {
                for class in [ProbeClass::Syn, ProbeClass::Fin, ProbeClass::Null, ProbeClass::Xmas, ProbeClass::Maimon]
                {
                    if self.answer(source, target, port, class, Outcome::Filtered) {
                        return;
                    }
                }
            }
            SCTP => {
                let outcome = if is_protocol_unreachable { Outcome::Closed } else { Outcome::Filtered };
                for class in [ProbeClass::SctpInit, ProbeClass::SctpCookieEcho] {
                    if self.answer(source, target, port, class, outcome) {
                        return;
                    }
                }
            }
            protocol => {
                let outcome = if is_protocol_unreachable { Outcome::Closed } else { Outcome::Filtered };
                self.answer(source, target, u16::from(protocol), ProbeClass::IpProtocol, outcome);
            }
        }
    }
}
