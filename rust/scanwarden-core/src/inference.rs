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

/// A host of a capture of its own deals with at least so many others.
const PEERS: usize = 3;
/// A client of many peers that are mostly gone hears from one in so many of them.
const PEERS_A_REPLY: usize = 20;
/// From this many peers on, the ports they are met on tell a network of peers from a sweep.
const PEERS_TOLD_BY_PORTS: usize = 8;

/// One end: address and port.
type End = (Address, u16);

/// What is known of one conversation.
#[derive(Clone, Copy, Default)]
struct Conversation {
    was_answered: bool,
    /// The other side answered with payload.
    was_served: bool,
}

#[derive(Clone, Copy, Default)]
struct Role {
    began: u32,
    answered: u32,
}

/// Collects who answers whom.
#[derive(Default)]
pub struct HomeInference {
    /// By initiator, other side and protocol.
    conversations: HashMap<(End, End, u8), Conversation>,
    roles: HashMap<Address, Role>,
}

/// What passed between the common host and one of its peers.
#[derive(Default)]
struct Exchange {
    /// Conversations that the host began.
    asked: u32,
    /// Those of them that the peer answered with payload.
    served: u32,
    /// The peer asked, and the host answered.
    is_caller: bool,
}

impl Exchange {
    /// Nearly all that the host asked for came to something. Who looks for services has failed and aborted conversations with
    /// the same peer.
    const fn is_use(&self) -> bool {
        self.served > 0 && self.served * 4 >= self.asked * 3
    }
}

impl HomeInference {
    /// Start without knowledge.
    pub fn new() -> Self {
        Self::default()
    }

    /// Note payload that answers: a conversation in earnest.
    fn note_payload(&mut self, from: End, to: End, protocol: u8) {
        if let Some(conversation) = self.conversations.get_mut(&(to, from, protocol)) {
            conversation.was_served = true;
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
        if let Some(conversation) = self.conversations.get_mut(&(to, from, protocol)) {
            if !std::mem::replace(&mut conversation.was_answered, true) {
                self.roles.entry(from.0).or_default().answered += 1;
            }
            return;
        }
        if self.conversations.len() >= CONVERSATIONS || self.conversations.contains_key(&(from, to, protocol)) {
            return;
        }
        let (initiator, other) = if is_answer { (to, from) } else { (from, to) };
        let conversation = Conversation { was_answered: is_answer, was_served: false };
        self.conversations.insert((initiator, other, protocol), conversation);
        self.roles.entry(initiator.0).or_default().began += 1;
        if is_answer {
            self.roles.entry(other.0).or_default().answered += 1;
        }
    }

    /// Name our addresses, of each family by itself: the one that all conversations share, if it speaks in earnest; else those
    /// that answer at least as often as they begin.
    pub fn home(&self) -> Vec<Address> {
        let mut home: Vec<Address> = [true, false].into_iter().flat_map(|is_v4| self.home_of_family(is_v4)).collect();
        home.sort_unstable();
        home
    }

    fn home_of_family(&self, is_v4: bool) -> Vec<Address> {
        if let Some(host) = self.common_host(is_v4) {
            return vec![host];
        }
        let answers = |role: &Role| role.answered > 0 && role.answered >= role.began;
        let ours = self.roles.iter().filter(|(address, role)| address.is_v4() == is_v4 && answers(role));
        ours.map(|(address, _)| *address).collect()
    }

    /// The conversations of one family.
    fn conversations_of(&self, is_v4: bool) -> impl Iterator<Item = (End, End, Conversation)> {
        let all = self.conversations.iter().map(|(&(one, other, _), &conversation)| (one, other, conversation));
        all.filter(move |(one, ..)| one.0.is_v4() == is_v4)
    }

    /// The one host in nearly every conversation, when there are several others and it uses services of some of them, or is
    /// used by them: a capture made on a host that serves and is served.
    fn common_host(&self, is_v4: bool) -> Option<Address> {
        let mut shares: HashMap<Address, u32> = HashMap::new();
        let mut conversations = 0_u32;
        for (one, other, _) in self.conversations_of(is_v4) {
            conversations += 1;
            for address in [one.0, other.0] {
                *shares.entry(address).or_default() += 1;
            }
        }
        let (&host, &share) = shares.iter().max_by_key(|(address, share)| (**share, **address))?;
        (share * 10 >= conversations * 9 && self.is_in_use(host)).then_some(host)
    }

    /// Say whether a host in nearly every conversation is asked, or gets what it asks for: a scanner is not, and does not.
    fn is_in_use(&self, host: Address) -> bool {
        let mut exchanges: HashMap<Address, Exchange> = HashMap::new();
        let mut ports: HashSet<u16> = HashSet::new();
        let mut conversations = 0;
        for (one, other, conversation) in self.conversations_of(host.is_v4()) {
            if other.0 == host {
                exchanges.entry(one.0).or_default().is_caller |= conversation.was_answered;
                continue;
            }
            let exchange = exchanges.entry(other.0).or_default();
            exchange.asked += 1;
            exchange.served += u32::from(conversation.was_served);
            ports.insert(other.1);
            conversations += 1;
        }
        let callers = exchanges.values().filter(|exchange| exchange.is_caller).count();
        let asked = exchanges.values().filter(|exchange| exchange.asked > 0).count();
        let in_use = exchanges.values().filter(|exchange| exchange.is_use()).count();
        // A network of peers: each is met on a port of its own, and many have left. A sweep looks for few ports, and whoever
        // looks for many tries more than one on a host.
        let has_ports_of_their_own =
            asked >= PEERS_TOLD_BY_PORTS && ports.len() * 2 >= asked && conversations <= asked * 2;
        exchanges.len() >= PEERS
            && (callers >= PEERS
                || (in_use > 0 && in_use * 4 >= asked)
                || (has_ports_of_their_own && in_use * PEERS_A_REPLY >= asked))
    }
}
