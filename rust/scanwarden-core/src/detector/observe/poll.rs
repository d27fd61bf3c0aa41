//! SYN-ACKs nobody here asked for: backscatter, a probe by odd flags, or the polls of an idle scan whose zombie we are.
//!
//! Backscatter is what systems send: a segment size and an ample window in every SYN-ACK (RFC 9293 3.7.1), from whatever port
//! was flooded or scanned in our name. An idle scanner (Sanfilippo 1998) crafts its SYN-ACKs, because it has no connection, and
//! sends them to one port of ours again and again, to read the identification of our RSTs.

use super::super::contact::{Outcome, ProbeClass, TechniqueSet};
use super::super::engine::{Detector, Probe};
use super::super::source::Contact;
use super::super::table::Slot;
use super::super::weights::{Rule, Variant};
use super::{EPHEMERAL_FROM, probe_of};
use crate::packet::{Packet, Tcp};

/// Stands in the place of a protocol for SYN-ACKs that answer what we never sent.
pub(super) const BACKSCATTER: u8 = 255;
/// Stands in the place of a protocol for the count of equal polls.
const POLLS: u8 = 252;
/// A SYN-ACK is retransmitted five times (Linux, `tcp_synack_retries`), and not after a RST.
const MORE_THAN_RETRANSMISSIONS: u32 = 8;
/// So many equal polls weigh as one from a new port.
const POLLS_A_WEIGHT: u32 = 4;

impl Detector {
    pub(super) fn observe_unasked_syn_ack(&mut self, packet: &Packet<'_>, tcp: &Tcp) {
        let ends = (packet.destination, tcp.destination_port, packet.source, tcp.source_port);
        // The RST our host answers with is no sign of an ACK probe.
        self.note_conversation(ends.0, ends.1, ends.2, ends.3, BACKSCATTER);
        if !tcp.is_crafted_answer() {
            return;
        }
        let (hash, now_s) = (self.hash.conversation(ends.0, ends.1, ends.2, ends.3, POLLS), self.now_s());
        let equal = self.conversations.get(hash, now_s).map_or(1, |known| known.first.saturating_add(1));
        self.conversations.put(hash, now_s, equal, 0);
        if tcp.source_port < EPHEMERAL_FROM && equal < MORE_THAN_RETRANSMISSIONS {
            return;
        }
        if self.may_be_poll(packet, tcp) {
            self.observe_poll(packet, tcp, equal);
        } else {
            self.observe_syn_ack_probe(packet, tcp);
        }
    }

    /// Say whether everything of this kind from the source went to the same port of ours.
    fn may_be_poll(&mut self, packet: &Packet<'_>, tcp: &Tcp) -> bool {
        let Some(slot) = self.find_source(packet.source, packet.destination) else { return true };
        let is_polling = self.table.get(slot).is_some_and(|source| source.techniques.has(TechniqueSet::IDLE));
        let first = self.listed_contacts(slot).find(|contact| contact.class == ProbeClass::Idle && contact.port != 0);
        is_polling || first.is_none_or(|poll| poll.source_port == tcp.destination_port)
    }

    fn observe_poll(&mut self, packet: &Packet<'_>, tcp: &Tcp, equal: u32) {
        let poll = Probe {
            outcome: Outcome::Unknown,
            ..probe_of(packet.source, packet.destination, tcp.destination_port, tcp.source_port, ProbeClass::Idle)
        };
        let Some((slot, _, is_new)) = self.probe(&poll) else { return };
        self.note_syn_ack_sender(slot);
        if !is_new && equal >= MORE_THAN_RETRANSMISSIONS && equal.is_multiple_of(POLLS_A_WEIGHT) {
            let now_ns = self.now_ns;
            let target = self.targets.number(packet.destination, &self.hash, self.now_s());
            let contact = Contact {
                target,
                port: tcp.source_port,
                class: ProbeClass::Idle,
                outcome: Outcome::Unknown,
                ..Contact::EMPTY
            };
            if let Some(source) = self.table.get_mut(slot) {
                source.techniques = source.techniques.with(TechniqueSet::IDLE);
            }
            self.add_evidence(slot, Rule::IdlePoll, &contact, now_ns);
        }
    }

    /// SYN+ACK to port after port: a scan by odd flags.
    fn observe_syn_ack_probe(&mut self, packet: &Packet<'_>, tcp: &Tcp) {
        let mut probe =
            probe_of(packet.source, packet.destination, tcp.source_port, tcp.destination_port, ProbeClass::Flags);
        probe.variant = Variant::UnaskedSynAck;
        if let Some((slot, _, _)) = self.probe(&probe) {
            self.note_syn_ack_sender(slot);
        }
    }

    fn note_syn_ack_sender(&mut self, slot: Slot) {
        if let Some(source) = self.table.get_mut(slot) {
            source.sent_syn_ack = true;
        }
    }
}
