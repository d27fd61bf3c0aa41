//! Captures in which only what comes in is seen: every connection looks unanswered, and its end tells that it was not.

use super::super::contact::{Outcome, ProbeClass};
use super::super::engine::Detector;
use super::super::source::Contact;
use crate::packet::{Packet, Tcp};

impl Detector {
    /// FIN, or RST with ACK, of a connection whose SYN was seen and whose answer was not: where no answer to anybody was
    /// ever seen, the port answered. Who probes a silent host has nothing to end.
    pub(super) fn ends_unseen_connection(&mut self, packet: &Packet<'_>, tcp: &Tcp) -> bool {
        if self.has_seen_answers {
            return false;
        }
        let port = tcp.destination_port;
        let Some((slot, number, kept)) = self.find_contact(packet.source, packet.destination, port, ProbeClass::Syn)
        else {
            return false;
        };
        // What is listed no more belongs to a scan that is long open.
        let Some(contact) = self.contact_mut(slot, kept) else { return false };
        if contact.source_port != tcp.source_port || tcp.acknowledgement == 0 {
            return contact.flags & Contact::COMPLETED != 0;
        }
        contact.flags |= Contact::COMPLETED;
        let now_ns = self.now_ns;
        self.settle(slot, kept, number, port, ProbeClass::Syn, Outcome::Open, now_ns);
        true
    }
}
