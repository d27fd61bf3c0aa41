//! Datagrams that keep coming to one port without a word back: calls, video, measurements. Nobody probes like that.

use super::super::contact::{Outcome, ProbeClass};
use super::super::engine::{Detector, Kept};
use super::super::table::Slot;
use crate::address::Address;

/// From this many datagrams to one port on, it is a stream: scanners repeat a probe up to ten times (nmap's
/// `--max-retries`).
const STREAM_PACKETS: u32 = 16;
/// Stands in the place of a protocol.
const STREAM: u8 = 253;

impl Detector {
    /// One more datagram of a contact that had no answer: enough of them are a stream, and its port is in use.
    #[cold]
    pub(super) fn note_repeated_datagram(
        &mut self,
        slot: Slot,
        kept: Kept,
        (source, target, port): (Address, Address, u16),
    ) {
        let is_unanswered = self
            .contact_mut(slot, kept)
            .is_some_and(|contact| matches!(contact.outcome, Outcome::Pending | Outcome::Unknown));
        if !is_unanswered {
            return;
        }
        let (hash, now_s) = (self.hash.conversation(target, port, source, 0, STREAM), self.now_s());
        let packets = self.conversations.get(hash, now_s).map_or(2, |known| known.first + 1);
        self.conversations.put(hash, now_s, packets, 0);
        if packets == STREAM_PACKETS {
            let now_ns = self.now_ns;
            let number = self.targets.number(target, &self.hash, now_s);
            self.settle(slot, kept, number, port, ProbeClass::Udp, Outcome::Open, now_ns);
        }
    }

    /// Say whether a source streams to a port, or to the one below: RFC 3550 11 puts a stream's reports beside it.
    pub(crate) fn is_stream(&self, source: Address, target: Address, port: u16) -> bool {
        let packets_to = |port: u16| {
            let hash = self.hash.conversation(target, port, source, 0, STREAM);
            self.conversations.get(hash, self.now_s()).map_or(0, |known| known.first)
        };
        packets_to(port) >= STREAM_PACKETS || (port % 2 == 1 && packets_to(port - 1) >= STREAM_PACKETS)
    }
}
