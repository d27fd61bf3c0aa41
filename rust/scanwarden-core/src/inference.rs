//! Which side of a capture is ours, when nobody says: who answers whom.
//!
//! The first packet of a conversation names its initiator; a packet back makes the other side one that answers. An
//! address that answers at least as many conversations as it begins is ours. Looks at every packet, established
//! traffic included, because an ACK probe is only seen there.

use crate::address::Address;
use crate::packet::{Packet, TcpFlags, Transport};
use std::collections::HashMap;

/// Conversations told apart; later ones are not looked at.
const CONVERSATIONS: usize = 100_000;

const SYN_ACK: u16 = TcpFlags::SYN | TcpFlags::ACK;
const RST_ACK: u16 = TcpFlags::RST | TcpFlags::ACK;

/// One end: address and port.
type End = (Address, u16);

#[derive(Clone, Copy, Default)]
struct Role {
    began: u32,
    answered: u32,
}

/// Collects who answers whom.
#[derive(Default)]
pub struct HomeInference {
    /// From (initiator, other side, protocol) to whether the other side answered.
    conversations: HashMap<(End, End, u8), bool>,
    roles: HashMap<Address, Role>,
}

impl HomeInference {
    /// Start without knowledge.
    pub fn new() -> Self {
        Self::default()
    }

    /// Look at one packet.
    pub fn look_at(&mut self, packet: &Packet<'_>) {
        if packet.destination.is_multicast_or_broadcast() {
            return;
        }
        let (source, destination) = (packet.source, packet.destination);
        match &packet.transport {
            Transport::Tcp(tcp) => {
                let is_answer = matches!(tcp.flags.classic(), SYN_ACK | RST_ACK);
                self.note((source, tcp.source_port), (destination, tcp.destination_port), 6, is_answer);
            }
            Transport::Udp(udp) => {
                let is_answer = udp.source_port < 1024 && udp.destination_port >= 32_768;
                self.note((source, udp.source_port), (destination, udp.destination_port), 17, is_answer);
            }
            Transport::Sctp(sctp) => {
                let is_answer = matches!(sctp.chunk, 2 | 6 | 11);
                self.note((source, sctp.source_port), (destination, sctp.destination_port), 132, is_answer);
            }
            Transport::Icmp(icmp) | Transport::Icmpv6(icmp) => {
                if let Some(quoted) = icmp.quoted {
                    let began = (quoted.source, quoted.source_port);
                    let there = (quoted.destination, quoted.destination_port);
                    self.note(there, began, quoted.protocol, true);
                } else {
                    let is_reply = matches!(icmp.kind, 0 | 14 | 18 | 129);
                    self.note((source, icmp.id), (destination, icmp.id), 1, is_reply);
                }
            }
            Transport::Arp(_) | Transport::Other(_) => {}
        }
    }

    fn note(&mut self, from: End, to: End, protocol: u8, is_answer: bool) {
        if let Some(was_answered) = self.conversations.get_mut(&(to, from, protocol)) {
            if !std::mem::replace(was_answered, true) {
                self.roles.entry(from.0).or_default().answered += 1;
            }
            return;
        }
        if self.conversations.len() >= CONVERSATIONS || self.conversations.contains_key(&(from, to, protocol)) {
            return;
        }
        let (initiator, other) = if is_answer { (to, from) } else { (from, to) };
        self.conversations.insert((initiator, other, protocol), is_answer);
        self.roles.entry(initiator.0).or_default().began += 1;
        if is_answer {
            self.roles.entry(other.0).or_default().answered += 1;
        }
    }

    /// Name the addresses that answer at least as often as they begin.
    pub fn home(&self) -> Vec<Address> {
        let mut home: Vec<Address> = self
            .roles
            .iter()
            .filter(|(_, role)| role.answered > 0 && role.answered >= role.began)
            .map(|(address, _)| *address)
            .collect();
        home.sort_unstable();
        home
    }
}
