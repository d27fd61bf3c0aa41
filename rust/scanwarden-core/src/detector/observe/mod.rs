//! Packets become contacts and outcomes here, one file a protocol.
//!
//! The direction decides: what comes from outside is a probe, what goes out is the outcome of one or a conversation of
//! our own. Answers within our own conversations, broadcast and multicast chatter and backscatter are no probes.

pub(crate) mod connection;
mod ftp;
mod icmp;
pub(crate) mod log;
pub(crate) mod neighbour;
mod one_way;
mod other;
mod poll;
pub(crate) mod row;
mod sctp;
mod stream;
pub(crate) mod tcp;
mod udp;

use super::contact::{Outcome, ProbeClass};
use super::engine::{Detector, Probe, Program};
use super::table::Slot;
use super::weights::Variant;
use crate::address::Address;
use crate::packet::{LinkCast, Packet, Transport};

pub(crate) const TCP: u8 = 6;
pub(crate) const UDP: u8 = 17;
pub(crate) const SCTP: u8 = 132;

/// From this port on, clients choose their own (Linux: 32768–60999).
const EPHEMERAL_FROM: u16 = 32_768;
/// Below this port, services live.
const SERVICE_BELOW: u16 = 1024;

/// Which way a packet went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// From outside to us.
    In,
    /// From us to outside.
    Out,
    /// Between two of ours, or nobody knows: either side may be the source of a probe.
    Either,
}

impl Way {
    #[inline]
    pub(crate) const fn may_be_in(self) -> bool {
        !matches!(self, Self::Out)
    }

    #[inline]
    pub(crate) const fn may_be_out(self) -> bool {
        !matches!(self, Self::In)
    }
}

impl Detector {
    /// Observe one decoded packet.
    #[inline]
    pub fn observe(&mut self, packet: &Packet<'_>) {
        self.advance(packet.time_ns);
        self.counters.packets += 1;
        self.watch_for_flood();
        if let Transport::Arp(arp) = &packet.transport {
            self.observe_arp(packet, *arp);
            return;
        }
        self.note_router(packet);
        let way = self.way_of(packet.source, packet.destination);
        let Some(way) = way else { return };
        if way.may_be_in() {
            self.note_tricks(packet);
        }
        match &packet.transport {
            Transport::Icmpv6(icmp) if matches!(icmp.kind, 133..=137) => self.observe_neighbour(packet, icmp),
            _ if is_chatter(self, packet) => self.note_question(packet),
            Transport::Tcp(tcp) => self.observe_tcp(packet, tcp, way),
            Transport::Udp(udp) => self.observe_udp(packet, udp, way),
            Transport::Icmp(icmp) => self.observe_icmp(packet, icmp, way, &icmp::V4),
            Transport::Icmpv6(icmp) => self.observe_icmp(packet, icmp, way, &icmp::V6),
            Transport::Sctp(sctp) => self.observe_sctp(packet, sctp, way),
            Transport::Other(protocol) => self.observe_other(packet, *protocol, way),
            Transport::Arp(_) => {}
        }
    }

    /// Note what in a packet's headers helps past filters, and whether checksums are real here.
    #[inline]
    fn note_tricks(&mut self, packet: &Packet<'_>) {
        if !packet.ip.tricks.is_empty() && !is_chatter(self, packet) {
            self.note_trick(packet.source, packet.destination, packet.ip.tricks);
        }
        if self.sums.wants_more() {
            self.sums.look_at(packet);
        }
    }

    /// Which way a packet goes; `None` when it concerns neither side.
    #[inline]
    pub(crate) fn way_of(&self, source: Address, destination: Address) -> Option<Way> {
        if self.home.is_unknown() {
            return Some(Way::Either);
        }
        match (self.home.contains(source), self.home.contains(destination)) {
            (false, true) => Some(Way::In),
            (true, false) => Some(Way::Out),
            (true, true) => Some(Way::Either),
            // A silent target is not among those who answered.
            (false, false) if self.is_home_inferred => Some(Way::Either),
            // Multicast and neighbour messages are sorted out later; anything else passes by.
            (false, false) => destination.is_multicast_or_broadcast().then_some(Way::In),
        }
    }

    /// Whether one of two addresses stands for more than one host.
    #[inline]
    pub(crate) fn is_for_many(&self, source: Address, destination: Address) -> bool {
        destination.is_multicast_or_broadcast()
            || (!self.broadcasts.is_empty() && self.broadcasts.contains(&destination))
            || source.is_multicast_or_broadcast()
    }

    /// Who asks a group from a port gets answers there, from anybody.
    fn note_question(&mut self, packet: &Packet<'_>) {
        if let Transport::Udp(udp) = &packet.transport
            && (self.home.is_unknown() || self.is_home_inferred || self.home.contains(packet.source))
        {
            self.note_service(packet.source, UDP, udp.source_port);
        }
    }

    /// Answer whether (here, port) began a conversation with (there, port), or spoke to it first.
    #[inline]
    pub(crate) fn is_our_conversation(
        &self,
        here: Address,
        here_port: u16,
        there: Address,
        there_port: u16,
        protocol: u8,
    ) -> bool {
        let hash = self.hash.conversation(here, here_port, there, there_port, protocol);
        self.conversations.get(hash, self.now_s()).is_some()
    }

    /// Remember that (here, port) speaks to (there, port) of its own accord.
    #[inline]
    pub(crate) fn note_conversation(
        &mut self,
        here: Address,
        here_port: u16,
        there: Address,
        there_port: u16,
        protocol: u8,
    ) {
        let hash = self.hash.conversation(here, here_port, there, there_port, protocol);
        self.conversations.put(hash, self.now_s(), 0, 0);
    }

    /// Settle the contact that a packet from the target answers; say whether there was one.
    pub(crate) fn answer(
        &mut self,
        source: Address,
        target: Address,
        port: u16,
        class: ProbeClass,
        outcome: Outcome,
    ) -> bool {
        self.find_source(source, target).is_some_and(|slot| self.answer_at(slot, target, port, class, outcome))
    }

    /// Settle a known source's contact that a packet from the target answers; say whether there was one.
    #[inline]
    fn answer_at(&mut self, slot: Slot, target: Address, port: u16, class: ProbeClass, outcome: Outcome) -> bool {
        let Some((number, kept)) = self.find_contact_at(slot, target, port, class) else { return false };
        let now_ns = self.now_ns;
        self.has_seen_answers = true;
        if let Some(source) = self.table.get_mut(slot) {
            source.packets = source.packets.saturating_add(1);
        }
        self.settle(slot, kept, number, port, class, outcome, now_ns);
        true
    }
}

/// Messages to many are chatter (name services, discovery, address assignment), never a probe of one host.
#[inline]
fn is_chatter(detector: &Detector, packet: &Packet<'_>) -> bool {
    packet.link.cast != LinkCast::Unicast || detector.is_for_many(packet.source, packet.destination)
}

/// Looks like an answer to a client's port, for conversations older than our sight: no client and no scanner's system chooses
/// a port below those set aside for clients, and few services live above.
#[inline]
pub(crate) const fn is_answer_like(source_port: u16, destination_port: u16) -> bool {
    source_port < EPHEMERAL_FROM && destination_port >= EPHEMERAL_FROM
}

/// A probe whose outcome is yet to come.
pub(crate) const fn probe_of(
    source: Address,
    target: Address,
    source_port: u16,
    port: u16,
    class: ProbeClass,
) -> Probe<'static> {
    Probe {
        source,
        target,
        port,
        source_port,
        class,
        variant: Variant::Plain,
        outcome: Outcome::Pending,
        program: Program::Unseen,
    }
}
