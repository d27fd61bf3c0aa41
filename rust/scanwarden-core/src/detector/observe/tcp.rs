//! TCP: which flags without a connection, and what our own answers say (RFC 9293 3.10.7).

use super::super::contact::{Outcome, ProbeClass, TechniqueSet};
use super::super::engine::{Detector, Kept, Probe, Program};
use super::super::fingerprint::is_system_syn;
use super::super::source::Contact;
use super::super::table::Slot;
use super::super::weights::Rule;
use super::connection::Role;
use super::poll::BACKSCATTER;
use super::{SERVICE_BELOW, TCP, Way, is_answer_like, probe_of};
use crate::address::Address;
use crate::packet::{Packet, Segment, Tcp, TcpFlags};

const FTP_CONTROL: u16 = 21;
pub(crate) const FTP_DATA: u16 = 20;

const FIN: u16 = TcpFlags::FIN;
const SYN: u16 = TcpFlags::SYN;
const PSH: u16 = TcpFlags::PSH;
const URG: u16 = TcpFlags::URG;

impl Detector {
    #[inline]
    pub(super) fn observe_tcp(&mut self, packet: &Packet<'_>, tcp: &Tcp, way: Way) {
        match Role::of(tcp.flags) {
            Role::Syn => self.observe_syn(packet, tcp, way),
            Role::SynAck => self.observe_syn_ack(packet, tcp, way),
            Role::BareRst => self.observe_bare_rst(packet, tcp, way),
            Role::RstAck => self.observe_rst_ack(packet, tcp, way),
            Role::FinAck => self.observe_fin_ack(packet, tcp, way),
            Role::Within if way.may_be_in() && tcp.destination_port == FTP_CONTROL => {
                self.observe_ftp_control(packet, tcp);
            }
            Role::Impossible if way.may_be_in() => self.observe_impossible(packet, tcp),
            Role::Within | Role::Impossible => {}
        }
    }

    #[inline]
    fn observe_syn(&mut self, packet: &Packet<'_>, tcp: &Tcp, way: Way) {
        if way.may_be_out() {
            self.note_conversation(packet.source, tcp.source_port, packet.destination, tcp.destination_port, TCP);
        }
        if !way.may_be_in() {
            return;
        }
        let mut probe =
            probe_of(packet.source, packet.destination, tcp.source_port, tcp.destination_port, ProbeClass::Syn);
        probe.program = Program::Syn(&packet.ip, tcp);
        let Some((slot, _, is_new)) = self.probe(&probe) else { return };
        self.mark(slot, packet, tcp, ProbeClass::Syn, is_new);
        if let Some(source) = self.table.get_mut(slot)
            && source.station == 0
        {
            source.station = station_of(packet.link.source_mac);
        }
        // RFC 2577: data connections go to a client's own port, never to a service. A server's own system makes them; what is
        // crafted chose the port to slip past filters.
        let is_from_server = tcp.source_port == FTP_DATA && is_system_syn(&packet.ip, tcp);
        if is_from_server && tcp.destination_port < SERVICE_BELOW && is_new {
            self.add_technique(slot, TechniqueSet::FTP_BOUNCE);
        }
    }

    /// Look for the tool's marks in a new contact's packet.
    #[inline]
    fn mark(&mut self, slot: u32, packet: &Packet<'_>, tcp: &Tcp, class: ProbeClass, is_new: bool) {
        if let Some(source) = self.table.get_mut(slot)
            && is_new
            && source.marks.wants_more()
        {
            source.marks.look_at_tcp(class, &packet.ip, packet.destination, tcp);
            self.judge_sum(slot, packet);
        }
    }

    pub(crate) fn add_technique(&mut self, slot: u32, technique: TechniqueSet) {
        let now_ns = self.now_ns;
        if let Some(source) = self.table.get_mut(slot) {
            source.techniques = source.techniques.with(technique);
            self.review(slot, now_ns);
        }
    }

    /// Remember the handshake that a SYN-ACK of ours begins.
    fn observe_syn_ack(&mut self, packet: &Packet<'_>, tcp: &Tcp, way: Way) {
        let (here, there) = ((packet.source, tcp.source_port), (packet.destination, tcp.destination_port));
        let segment = Segment::of(packet, tcp);
        let is_answer = way == Way::Out || {
            way == Way::Either
                && (self.is_our_conversation(there.0, there.1, here.0, here.1, TCP)
                    || self.find_contact(there.0, here.0, here.1, ProbeClass::Syn).is_some())
        };
        if is_answer {
            let far = self.far(packet.destination, packet.source);
            self.note_syn_ack(&segment, far, self.conversation_from(&segment));
            return;
        }
        if !self.is_of_known_conversation(&segment) {
            self.observe_unasked_syn_ack(packet, tcp);
        }
    }

    fn observe_bare_rst(&mut self, packet: &Packet<'_>, tcp: &Tcp, way: Way) {
        let segment = Segment::of(packet, tcp);
        let conversation = self.conversation_to(&segment);
        if way.may_be_in()
            && let Some(handshake) = self.handshake(conversation)
        {
            self.handshakes.remove(conversation);
            if tcp.sequence == handshake.second {
                // A scanner that goes on without its system is reset too: our RSTs to it are no sign of ACK probes.
                let (here, there) = (packet.destination, packet.source);
                self.note_conversation(here, tcp.destination_port, there, tcp.source_port, BACKSCATTER);
                self.half_open(packet, tcp);
            }
            return;
        }
        // A host's answer carries no window (RFC 9293 3.10.7.1 leaves it 0 on every common stack).
        let may_answer = way == Way::Out || (way == Way::Either && tcp.window == 0);
        if may_answer {
            self.observe_own_rst(packet, tcp);
        } else if way.may_be_in() && !self.is_of_known_conversation(&segment) && tcp.source_port >= SERVICE_BELOW {
            self.observe_foreign_rst(packet, tcp);
        }
    }

    fn observe_foreign_rst(&mut self, packet: &Packet<'_>, tcp: &Tcp) {
        let sent_syn_ack = self
            .find_source(packet.source, packet.destination)
            .and_then(|slot| self.table.get(slot))
            .is_some_and(|source| source.sent_syn_ack);
        // The end of an attempt is no new one.
        let was_tried =
            self.find_contact(packet.source, packet.destination, tcp.destination_port, ProbeClass::Syn).is_some();
        if sent_syn_ack || was_tried {
            return;
        }
        let probe = probe_of(packet.source, packet.destination, tcp.source_port, tcp.destination_port, ProbeClass::Rst);
        if let Some((slot, _, is_new)) = self.probe(&probe) {
            self.mark(slot, packet, tcp, ProbeClass::Rst, is_new);
        }
    }

    fn is_of_known_conversation(&self, segment: &Segment) -> bool {
        self.conversations.get(self.conversation_to(segment), self.now_s()).is_some()
    }

    /// A bare RST of ours answers a packet with ACK: FIN+ACK, odd flags, SYN-ACK, or an ACK that we did not see.
    fn observe_own_rst(&mut self, packet: &Packet<'_>, tcp: &Tcp) {
        let (target, port, source) = (packet.source, tcp.source_port, packet.destination);
        for class in [ProbeClass::Maimon, ProbeClass::Flags] {
            if self.answer(source, target, port, class, Outcome::Closed) {
                return;
            }
        }
        let (here, there) = ((target, port), (source, tcp.destination_port));
        if let Some(slot) = self.observe_unconnected_ack(here, there, Outcome::Unknown)
            && let Some(source) = self.table.get_mut(slot)
        {
            // RFC 9293 3.10.7.1: the sequence number of such a RST is the acknowledgement number of what it answers.
            source.marks.look_at_ack(tcp.sequence, tcp.destination_port);
        }
    }

    /// An ACK to (here, port), of which only our answer was seen; gives its source when it is a new probe.
    pub(super) fn observe_unconnected_ack(
        &mut self,
        here: (Address, u16),
        there: (Address, u16),
        outcome: Outcome,
    ) -> Option<Slot> {
        let handshake = self.hash.conversation(here.0, here.1, there.0, there.1, TCP);
        if self.is_our_conversation(here.0, here.1, there.0, there.1, BACKSCATTER)
            || self.handshakes.get(handshake, self.now_s()).is_some()
            || self.is_our_conversation(here.0, here.1, there.0, there.1, TCP)
            || is_answer_like(there.1, here.1)
        {
            return None;
        }
        let probe = Probe { outcome, ..probe_of(there.0, here.0, there.1, here.1, ProbeClass::Ack) };
        let (slot, _, is_new) = self.probe(&probe)?;
        is_new.then_some(slot)
    }

    /// SYN, SYN-ACK, RST: the source saw that the port is open and went away.
    fn half_open(&mut self, packet: &Packet<'_>, tcp: &Tcp) {
        let port = tcp.destination_port;
        let Some((slot, _, kept)) = self.find_contact(packet.source, packet.destination, port, ProbeClass::Syn) else {
            return;
        };
        let now_ns = self.now_ns;
        if let Some(source) = self.table.get_mut(slot) {
            source.packets = source.packets.saturating_add(1);
            source.last_seen_ns = now_ns;
        }
        self.note_resetter(slot, packet);
        self.note_half_open(slot, kept, port);
    }

    /// An idle scan's zombie resets what another station began in its name.
    fn note_resetter(&mut self, slot: u32, packet: &Packet<'_>) {
        let Some(source) = self.table.get_mut(slot) else { return };
        let is_other_station = source.station != 0 && source.station != station_of(packet.link.source_mac);
        source.marks.foreign_resets = source.marks.foreign_resets.saturating_add(u8::from(is_other_station));
    }

    pub(crate) fn note_half_open(&mut self, slot: u32, kept: Kept, port: u16) {
        let now_ns = self.now_ns;
        // A trap with a listener answers like a service, and a half-open probe never reaches that listener.
        let rule = self.rule_at_trap(Rule::HalfOpen, ProbeClass::Syn, port);
        let mut contact = Contact { port, outcome: Outcome::Open, ..Contact::EMPTY };
        if let Some(listed) = self.contact_mut(slot, kept) {
            if listed.flags & Contact::HALF_OPEN != 0 {
                return;
            }
            listed.flags |= Contact::HALF_OPEN;
            listed.rule = rule;
            contact = *listed;
        }
        if let Some(source) = self.table.get_mut(slot) {
            source.half_open = source.half_open.saturating_add(1);
        }
        self.tell_tap_of_half_open(slot, &contact, now_ns);
        let rule = self.rule_among_alternatives(slot, rule, &contact);
        self.add_evidence(slot, rule, &contact, now_ns);
    }

    fn observe_rst_ack(&mut self, packet: &Packet<'_>, tcp: &Tcp, way: Way) {
        let segment = Segment::of(packet, tcp);
        if way.may_be_out() && self.observe_refusal(&segment, self.far(packet.destination, packet.source)) {
            return;
        }
        if !way.may_be_in() {
            return;
        }
        let far = self.far(packet.source, packet.destination);
        // Otherwise it answers a SYN that somebody forged in our name, or one sent before we looked.
        let _ = self.observe_completion(&segment, far, self.conversation_to(&segment))
            || self.ends_unseen_connection(packet, tcp);
    }

    fn observe_fin_ack(&mut self, packet: &Packet<'_>, tcp: &Tcp, way: Way) {
        let segment = Segment::of(packet, tcp);
        if way.may_be_out() && self.observe_own_fin(&segment, self.far(packet.destination, packet.source)) {
            return;
        }
        if !way.may_be_in() {
            return;
        }
        let far = self.far(packet.source, packet.destination);
        if self.observe_completion(&segment, far, self.conversation_to(&segment))
            || self.ends_unseen_connection(packet, tcp)
            || self.is_of_known_conversation(&segment)
        {
            return;
        }
        let is_own_side = way == Way::Either && {
            let own = self.conversation_from(&segment);
            self.handshake(own).is_some() || self.conversations.get(own, self.now_s()).is_some()
        };
        if is_own_side || is_answer_like(tcp.source_port, tcp.destination_port) {
            return;
        }
        let probe =
            probe_of(packet.source, packet.destination, tcp.source_port, tcp.destination_port, ProbeClass::Maimon);
        if let Some((slot, _, is_new)) = self.probe(&probe) {
            self.mark(slot, packet, tcp, ProbeClass::Maimon, is_new);
        }
    }

    /// Flags no stack sends outside a connection.
    fn observe_impossible(&mut self, packet: &Packet<'_>, tcp: &Tcp) {
        const XMAS: u16 = FIN | PSH | URG;
        const SYN_FIN: u16 = SYN | FIN;
        let class = match tcp.flags.classic() {
            0 => ProbeClass::Null,
            FIN => ProbeClass::Fin,
            XMAS => ProbeClass::Xmas,
            SYN_FIN => ProbeClass::SynFin,
            _ => ProbeClass::Flags,
        };
        let probe = probe_of(packet.source, packet.destination, tcp.source_port, tcp.destination_port, class);
        if let Some((slot, _, is_new)) = self.probe(&probe) {
            self.mark(slot, packet, tcp, class, is_new);
        }
    }
}

/// A number for the station that sent a frame, 0 when the link layer has none.
pub(crate) const fn station_of(mac: [u8; 6]) -> u16 {
    let [_, _, a, b, c, d] = mac;
    u16::from_be_bytes([a ^ c, b ^ d])
}
