//! Connections as their own segments tell them: our answers, and how they end.
//!
//! Most packets of ordinary traffic that reach the detector are these. Addresses, ports and numbers say all that they have
//! to say, so a packet of this kind needs no decoding: [`Detector::follow_connection`] is for those whose direction is plain,
//! and what it leaves goes the way of every packet.

use super::super::contact::{Outcome, ProbeClass};
use super::super::engine::Detector;
use super::super::fetch::NOWHERE;
use super::super::memo::Remembered;
use super::super::source::{Contact, NO_TALLY};
use super::super::table::Slot;
use super::super::weights::Rule;
use super::{TCP, Way};
use crate::address::Address;
use crate::packet::{Segment, TcpFlags};

/// A handshake's acknowledgement proves the return path when it is this close to our sequence number: a blind guess
/// succeeds once in 65,536 tries, and a wrong guess forgets the handshake.
const VERIFYING_WINDOW: u32 = 1 << 16;
/// An acknowledgement this far on still belongs to the connection.
const CONNECTION_WINDOW: u32 = 1 << 30;
/// From this many distinct targets on, connections without a byte sent are a sweep.
const EMPTY_CONNECT_TARGETS: u8 = 8;

/// What a segment is to a connection, by its classic flags (RFC 9293 3.10.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// It begins one.
    Syn,
    /// It answers a SYN.
    SynAck,
    /// It ends one, or an attempt, without acknowledging anything.
    BareRst,
    /// It ends one, or refuses a SYN.
    RstAck,
    /// It ends one in order.
    FinAck,
    /// It belongs into one.
    Within,
    /// No stack sends it.
    Impossible,
}

impl Role {
    /// Tell the role of a segment.
    #[inline]
    pub(crate) fn of(flags: TcpFlags) -> Self {
        ROLES.get(usize::from(flags.classic())).copied().unwrap_or(Self::Impossible)
    }

    const fn of_classic(flags: u16) -> Self {
        const FIN: u16 = TcpFlags::FIN;
        const SYN: u16 = TcpFlags::SYN;
        const RST: u16 = TcpFlags::RST;
        const PSH: u16 = TcpFlags::PSH;
        const ACK: u16 = TcpFlags::ACK;
        const URG: u16 = TcpFlags::URG;
        if flags == SYN {
            Self::Syn
        } else if flags & !PSH == SYN | ACK {
            Self::SynAck
        } else if flags & RST != 0 && flags & (SYN | FIN | URG) == 0 {
            if flags & ACK == 0 { Self::BareRst } else { Self::RstAck }
        } else if flags & (FIN | ACK) == FIN | ACK && flags & (SYN | RST) == 0 {
            Self::FinAck
        } else if flags & ACK != 0 && flags & (SYN | FIN | RST) == 0 {
            Self::Within
        } else {
            Self::Impossible
        }
    }
}

/// The role by the six classic flags: looked up, because nothing foretells the next packet's.
#[expect(clippy::indexing_slicing, reason = "in a constant: an index out of bounds would not compile")]
const ROLES: [Role; 64] = {
    let mut roles = [Role::Impossible; 64];
    let mut flags = 0;
    while flags < roles.len() {
        roles[flags] = Role::of_classic(flags as u16);
        flags += 1;
    }
    roles
};

/// The far end of a connection: the source, should it be a scan's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Far {
    pub(crate) key: Address,
    pub(crate) hash: u64,
    /// Where it most likely lives, or [`NOWHERE`].
    pub(crate) slot: Slot,
}

impl Detector {
    /// The far end of a connection with a host of ours.
    #[inline]
    pub(super) fn far(&self, there: Address, here: Address) -> Far {
        let key = Self::key_of(there, here);
        Far { key, hash: self.hash.address(key), slot: NOWHERE }
    }

    #[inline]
    fn find_far(&self, far: Far) -> Option<Slot> {
        self.table.find_near(far.slot, far.hash, far.key)
    }

    /// The hash of the conversation that the sender of a segment has with its receiver.
    #[inline]
    pub(super) fn conversation_from(&self, segment: &Segment) -> u64 {
        self.hash.conversation(segment.source, segment.source_port, segment.destination, segment.destination_port, TCP)
    }

    /// The hash of the conversation that the receiver of a segment has with its sender.
    #[inline]
    pub(super) fn conversation_to(&self, segment: &Segment) -> u64 {
        self.hash.conversation(segment.destination, segment.destination_port, segment.source, segment.source_port, TCP)
    }

    /// Take note of a segment that goes in or out, if that is all there is to do; false when nothing was done. `conversation`
    /// is what our end's conversation hashes to.
    #[inline]
    pub(crate) fn follow_connection(
        &mut self,
        segment: &Segment,
        role: Role,
        way: Way,
        far: Far,
        conversation: u64,
    ) -> bool {
        match (way, role) {
            (Way::Out, Role::Syn) => self.conversations.put(conversation, self.now_s(), 0, 0),
            (Way::Out, Role::SynAck) => self.note_syn_ack(segment, far, conversation),
            (Way::Out, Role::RstAck) => {
                let _ = self.observe_refusal(segment, far);
            }
            (Way::Out, Role::FinAck) => {
                let _ = self.observe_own_fin(segment, far);
            }
            (Way::In, Role::SynAck) => return self.conversations.get(conversation, self.now_s()).is_some(),
            (Way::In, Role::RstAck | Role::FinAck) => return self.observe_completion(segment, far, conversation),
            _ => return false,
        }
        true
    }

    /// Remember the handshake that a SYN-ACK of ours begins.
    pub(super) fn note_syn_ack(&mut self, segment: &Segment, far: Far, conversation: u64) {
        self.has_seen_answers = true;
        self.handshakes.put(conversation, self.now_s(), segment.sequence, segment.acknowledgement);
        self.note_service(segment.source, TCP, segment.source_port);
        let _ = self.answer_far(segment, far, Outcome::Open);
    }

    /// Our end of a connection: the port was open, whatever else of it the capture lost. False when there was no contact.
    pub(super) fn observe_own_fin(&mut self, segment: &Segment, far: Far) -> bool {
        let is_answer = self.answer_far(segment, far, Outcome::Open);
        if is_answer {
            self.note_service(segment.source, TCP, segment.source_port);
        }
        is_answer
    }

    /// Settle the SYN that a segment of ours answers; say whether there was one.
    fn answer_far(&mut self, segment: &Segment, far: Far, outcome: Outcome) -> bool {
        self.find_far(far)
            .is_some_and(|slot| self.answer_at(slot, segment.source, segment.source_port, ProbeClass::Syn, outcome))
    }

    /// Our RST with ACK answers a packet without ACK: a SYN, a FIN, a NULL …
    pub(super) fn observe_refusal(&mut self, segment: &Segment, far: Far) -> bool {
        const REFUSED: [ProbeClass; 6] = [
            ProbeClass::Syn,
            ProbeClass::Fin,
            ProbeClass::Null,
            ProbeClass::Xmas,
            ProbeClass::SynFin,
            ProbeClass::Flags,
        ];
        let port = segment.source_port;
        let Some(slot) = self.find_far(far) else { return false };
        let Some(number) = self.targets.find(segment.source, &self.hash, self.now_s()) else { return false };
        REFUSED.into_iter().any(|class| {
            let tally = self.table.get(slot).map_or(NO_TALLY, |source| source.tally);
            let Some(kept) = self.find_kept(slot, tally, number, port, class) else { return false };
            let is_open = self.contact_mut(slot, kept).is_some_and(|contact| contact.outcome == Outcome::Open);
            if is_open {
                return false;
            }
            let now_ns = self.now_ns;
            self.has_seen_answers = true;
            self.settle(slot, kept, number, port, class, Outcome::Closed, now_ns);
            true
        })
    }

    /// The handshake that a segment from outside belongs to.
    #[inline]
    pub(super) fn handshake(&self, conversation: u64) -> Option<Remembered> {
        self.handshakes.get(conversation, self.now_s())
    }

    /// FIN, or RST with ACK, that acknowledges our SYN-ACK: the handshake was completed.
    pub(super) fn observe_completion(&mut self, segment: &Segment, far: Far, conversation: u64) -> bool {
        let Some(handshake) = self.handshake(conversation) else { return false };
        let acknowledged = segment.acknowledgement.wrapping_sub(handshake.first);
        if acknowledged == 0 || acknowledged > CONNECTION_WINDOW {
            self.handshakes.remove(conversation);
            return true;
        }
        if segment.flags.has(TcpFlags::RST) {
            self.handshakes.remove(conversation);
        }
        let is_verified = acknowledged <= VERIFYING_WINDOW;
        let is_empty = segment.sequence == handshake.second && segment.payload_len == 0;
        self.completed(segment, far, is_verified, is_empty);
        true
    }

    fn completed(&mut self, segment: &Segment, far: Far, is_verified: bool, is_empty: bool) {
        let now_ns = self.now_ns;
        let port = segment.destination_port;
        let Some(slot) = self.find_far(far) else { return };
        let Some((number, kept)) = self.find_contact_at(slot, segment.destination, port, ProbeClass::Syn) else {
            return;
        };
        let is_trap = self.traps.are_touched(ProbeClass::Syn, port);
        let mut contact = Contact { target: number, port, outcome: Outcome::Open, ..Contact::EMPTY };
        let mut was_completed = false;
        if let Some(listed) = self.contact_mut(slot, kept) {
            was_completed = listed.flags & Contact::COMPLETED != 0;
            listed.flags |= Contact::COMPLETED;
            contact = *listed;
        }
        let Some(source) = self.table.get_mut(slot) else { return };
        source.packets = source.packets.saturating_add(1);
        source.last_seen_ns = now_ns;
        source.is_verified |= is_verified;
        if was_completed {
            return;
        }
        source.completed = source.completed.saturating_add(1);
        // What is said to a trap makes nobody an acquaintance.
        if is_empty || is_trap {
            source.empty_connects = source.empty_connects.saturating_add(1);
        }
        if is_empty && source.empty_connects > EMPTY_CONNECT_TARGETS && self.spans_many_targets(slot) {
            self.add_evidence(slot, Rule::EmptyConnectSweep, &contact, now_ns);
        } else {
            self.review(slot, now_ns);
        }
    }

    /// Whether a source's contacts lie on more targets than a client of one host would touch.
    fn spans_many_targets(&mut self, slot: u32) -> bool {
        let mut targets: Vec<u32> = self
            .table
            .get(slot)
            .map_or_else(Vec::new, |source| source.inline_contacts().iter().map(|contact| contact.target).collect());
        if let Some(tally) = self.tally_of(slot) {
            targets.extend(tally.listed.iter().map(|contact| contact.target));
        }
        targets.sort_unstable();
        targets.dedup();
        targets.len() >= usize::from(EMPTY_CONNECT_TARGETS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_tell_a_segments_role() {
        for (flags, role) in [
            (TcpFlags::SYN, Role::Syn),
            (TcpFlags::SYN | TcpFlags::ECE | TcpFlags::CWR, Role::Syn),
            (TcpFlags::SYN | TcpFlags::ACK, Role::SynAck),
            (TcpFlags::SYN | TcpFlags::ACK | TcpFlags::PSH | TcpFlags::ECE, Role::SynAck),
            (TcpFlags::RST, Role::BareRst),
            (TcpFlags::RST | TcpFlags::PSH, Role::BareRst),
            (TcpFlags::RST | TcpFlags::ACK, Role::RstAck),
            (TcpFlags::FIN | TcpFlags::ACK, Role::FinAck),
            (TcpFlags::FIN | TcpFlags::ACK | TcpFlags::PSH | TcpFlags::URG, Role::FinAck),
            (TcpFlags::ACK, Role::Within),
            (TcpFlags::ACK | TcpFlags::PSH | TcpFlags::URG, Role::Within),
            (0, Role::Impossible),
            (TcpFlags::FIN, Role::Impossible),
            (TcpFlags::FIN | TcpFlags::PSH | TcpFlags::URG, Role::Impossible),
            (TcpFlags::SYN | TcpFlags::FIN, Role::Impossible),
            (TcpFlags::SYN | TcpFlags::URG, Role::Impossible),
            (TcpFlags::SYN | TcpFlags::ACK | TcpFlags::FIN, Role::Impossible),
            (TcpFlags::RST | TcpFlags::SYN, Role::Impossible),
            (TcpFlags::RST | TcpFlags::FIN | TcpFlags::ACK, Role::Impossible),
        ] {
            assert_eq!(Role::of(TcpFlags(flags)), role, "{flags:#x}");
        }
    }
}
