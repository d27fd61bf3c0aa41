//! UDP: a datagram nobody here asked for is a probe, unless we spoke first.

use super::super::contact::{Outcome, ProbeClass};
use super::super::engine::Detector;
use super::super::weights::Variant;
use super::{UDP, Way, is_answer_like, probe_of};
use crate::packet::{Nanoseconds, Packet, Udp};

/// Answers to questions asked before we looked come within this time of the first packet.
const EARLIER_QUESTIONS_NS: Nanoseconds = 600 * 1_000_000_000;
/// traceroute's first port (33434 − 434 for mtr's), and the largest TTL that a path measurement still has on arrival.
const TRACEROUTE_PORTS_FROM: u16 = 33_000;
const TRACEROUTE_TTL: u8 = 32;

impl Detector {
    #[inline]
    pub(super) fn observe_udp(&mut self, packet: &Packet<'_>, udp: &Udp<'_>, way: Way) {
        if way.may_be_out() {
            let is_answer =
                self.answer(packet.destination, packet.source, udp.source_port, ProbeClass::Udp, Outcome::Open);
            if is_answer {
                self.note_service(packet.source, UDP, udp.source_port);
                return;
            }
            if way == Way::Out {
                self.note_conversation(packet.source, udp.source_port, packet.destination, udp.destination_port, UDP);
                return;
            }
        }
        if self.is_our_conversation(packet.destination, udp.destination_port, packet.source, udp.source_port, UDP) {
            return;
        }
        let began_before_us = self.now_ns.saturating_sub(self.started_ns) < EARLIER_QUESTIONS_NS;
        if began_before_us && is_answer_like(udp.source_port, udp.destination_port) {
            return;
        }
        if way == Way::Either {
            self.note_conversation(packet.source, udp.source_port, packet.destination, udp.destination_port, UDP);
        }
        let mut probe =
            probe_of(packet.source, packet.destination, udp.source_port, udp.destination_port, ProbeClass::Udp);
        if udp.destination_port >= TRACEROUTE_PORTS_FROM && packet.ip.ttl <= TRACEROUTE_TTL {
            probe.variant = Variant::Traceroute;
        }
        let Some((slot, kept, is_new)) = self.probe(&probe) else { return };
        if !is_new {
            self.note_repeated_datagram(slot, kept, (packet.source, packet.destination, udp.destination_port));
        } else if let Some(source) = self.table.get_mut(slot) {
            source.marks.look_at_udp(&packet.ip, udp.payload);
            self.judge_sum(slot, packet);
        }
    }
}
