//! Which side of a capture is ours, when nobody says: who answers whom.
//!
//! The first packet of a conversation names its initiator; a packet back makes the other side one that answers. An
//! address that answers at least as many conversations as it begins is ours. Looks at every packet, established
//! traffic included, because an ACK probe is only seen there.

use crate::address::Address;
use crate::packet::{Packet, TcpFlags, Transport};
use std::collections::{HashMap, HashSet};

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
    /// Pairs of addresses that exchanged payload, from the one that began to the one that answered with it.
    served: HashMap<(Address, Address), u32>,
}

impl HomeInference {
    /// Start without knowledge.
    pub fn new() -> Self {
        Self::default()
    }

    /// Note payload that answers: a conversation in earnest.
    fn note_payload(&mut self, from: End, to: End, protocol: u8) {
        if self.conversations.contains_key(&(to, from, protocol)) && self.served.len() < CONVERSATIONS {
            *self.served.entry((to.0, from.0)).or_default() += 1;
        }
    }

    /// Look at one packet.
    pub fn look_at(&mut self, packet: &Packet<'_>) {
        if packet.destination.is_multicast_or_broadcast() {
            return;
        }
        let (source, destination) = (packet.source, packet.destination);
        match &packet.transport {
            Transport::Tcp(tcp) => {
                // A crafted SYN-ACK answers nobody: whoever resets it is at home.
                let is_answer = match tcp.flags.classic() {
                    SYN_ACK => !tcp.is_crafted_answer(),
                    flags => flags == RST_ACK,
                };
                let (from, to) = ((source, tcp.source_port), (destination, tcp.destination_port));
                self.note(from, to, 6, is_answer);
                if tcp.payload_len > 0 {
                    self.note_payload(from, to, 6);
                }
            }
            Transport::Udp(udp) => {
                let is_answer = udp.source_port < 1024 && udp.destination_port >= 32_768;
                let (from, to) = ((source, udp.source_port), (destination, udp.destination_port));
                self.note(from, to, 17, is_answer);
                if udp.payload_len > 0 {
                    self.note_payload(from, to, 17);
                }
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

    /// Name our addresses: the one that all conversations share, if it speaks in earnest; else those that answer at
    /// least as often as they begin.
    pub fn home(&self) -> Vec<Address> {
        if let Some(host) = self.common_host() {
            return vec![host];
        }
        let mut home: Vec<Address> = self
            .roles
            .iter()
            .filter(|(_, role)| role.answered > 0 && role.answered >= role.began)
            .map(|(address, _)| *address)
            .collect();
        home.sort_unstable();
        home
    }

    /// The one host in nearly every conversation, when there are several others and payload was exchanged with some of
    /// them: a capture made on a host that serves and is served. A scanner gets no payload from most of its targets.
    fn common_host(&self) -> Option<Address> {
        let mut conversations_of: HashMap<Address, u32> = HashMap::new();
        let mut peers: HashMap<Address, HashSet<Address>> = HashMap::new();
        for (one, other, _) in self.conversations.keys() {
            for (address, peer) in [(one.0, other.0), (other.0, one.0)] {
                *conversations_of.entry(address).or_default() += 1;
                peers.entry(address).or_default().insert(peer);
            }
        }
        let (&host, &count) = conversations_of.iter().max_by_key(|(address, count)| (**count, **address))?;
        let host_peers = peers.get(&host)?.len();
        let served = self.served.keys().filter(|(client, server)| *client == host || *server == host).count();
        let is_common = u64::from(count) * 10 >= self.conversations.len() as u64 * 9;
        (is_common && host_peers >= 3 && served * 4 >= host_peers).then_some(host)
    }
}
