//! Which tool made the packets: exact tests on header fields, each from the tool's own packet builder.
//!
//! A single match happens by chance (a 16-bit test once in 65,536 packets, and constant fields more often), so a name
//! needs at least three matching packets and two independent signs. "Unknown" is an honest answer; a wrong name is not.

use super::contact::ProbeClass;
use crate::address::Address;
use crate::packet::{IpHeader, Tcp, TcpFlags};
use serde::Serialize;

/// A tool and how sure we are, from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Tool {
    /// The tool's usual name.
    pub(crate) name: &'static str,
    /// From 0 to 1.
    pub(crate) confidence: f32,
}

/// Packets that must match before a tool is named.
const ENOUGH: u8 = 3;
/// MSS 1460 alone: the option bytes 02 04 05 b4.
const LAYOUT_MSS_ONLY: u64 = 0x2;
/// MSS, NOP, window scale, NOP, NOP, SACK permitted: Windows, and zmap since 4.1.0.
const LAYOUT_WINDOWS: u64 = 0x0041_1312;

/// Counters of matching packets; all saturate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Marks {
    examined: u8,
    system_syn: u8,
    crafted_syn: u8,
    masscan_id: u8,
    masscan_shape: u8,
    masscan_nat: u8,
    zmap_id: u8,
    zmap_shape: u8,
    zmap4_shape: u8,
    nmap_fold: u8,
    nmap_shape: u8,
    nmap_sequences: u8,
    hping_shape: u8,
    hping_port_step: u8,
    mirai_sequence: u8,
    mirai_port: u8,
    unicorn_fold: u8,
    unicorn_shape: u8,
    scapy_shape: u8,
    angry_echo: u8,
    nmap_os_probe: u8,
    high_ttl: u8,
    acks: u8,
    nmap_ack_fold: u8,
    nmap_ack_port: u8,
    /// RSTs to our SYN-ACKs that another stack sent than the SYNs did: the sign of an idle scan's zombie.
    pub(crate) foreign_resets: u8,
    first_ack_fold: u16,
    first_ack_port: u16,
    first_nmap_fold: u16,
    first_nat_fold: u16,
    last_source_port: u16,
    last_sequence: u32,
    first_unicorn_fold: u32,
}

/// MSS, window scale and SACK permitted, padded to words.
const SYSTEM_OPTIONS_LEN: u8 = 12;

const fn high(x: u32) -> u16 {
    (x >> 16) as u16
}

const fn low(x: u32) -> u16 {
    x as u16
}

fn count(counter: &mut u8, matches: bool) {
    *counter = counter.saturating_add(u8::from(matches));
}

impl Marks {
    pub(crate) const NONE: Self = Self {
        examined: 0,
        system_syn: 0,
        crafted_syn: 0,
        masscan_id: 0,
        masscan_shape: 0,
        masscan_nat: 0,
        zmap_id: 0,
        zmap_shape: 0,
        zmap4_shape: 0,
        nmap_fold: 0,
        nmap_shape: 0,
        nmap_sequences: 0,
        hping_shape: 0,
        hping_port_step: 0,
        mirai_sequence: 0,
        mirai_port: 0,
        unicorn_fold: 0,
        unicorn_shape: 0,
        scapy_shape: 0,
        angry_echo: 0,
        nmap_os_probe: 0,
        high_ttl: 0,
        acks: 0,
        nmap_ack_fold: 0,
        nmap_ack_port: 0,
        foreign_resets: 0,
        first_ack_fold: 0,
        first_ack_port: 0,
        first_nmap_fold: 0,
        first_nat_fold: 0,
        last_source_port: 0,
        last_sequence: 0,
        first_unicorn_fold: 0,
    };

    /// Say whether the packets of this source still need a look.
    #[inline]
    pub(crate) const fn wants_more(&self) -> bool {
        self.examined < 64
    }

    /// SYNs with the options an operating system sends.
    pub(crate) const fn system_syns(&self) -> u8 {
        self.system_syn
    }

    /// SYNs that no operating system sends.
    pub(crate) const fn crafted_syns(&self) -> u8 {
        self.crafted_syn
    }

    /// Look at one TCP probe.
    pub(crate) fn look_at_tcp(&mut self, class: ProbeClass, ip: &IpHeader, destination: Address, tcp: &Tcp) {
        let (sequence, port) = (tcp.sequence, tcp.destination_port);
        let address = destination.0 as u32;
        let is_first = self.examined == 0;
        count(&mut self.examined, true);
        if class == ProbeClass::Syn {
            let is_system = is_system_syn(ip, tcp);
            count(&mut self.system_syn, is_system);
            count(&mut self.crafted_syn, !is_system);
        }
        count(&mut self.high_ttl, ip.ttl > 128);

        // masscan src/templ-pkt.c: the IP id is a checksum of destination and sequence.
        count(&mut self.masscan_id, ip.id == low(address) ^ port ^ low(sequence));
        // To 1.3.2 window 1024 without options; since late 2023 window 1025 with MSS 1460.
        count(
            &mut self.masscan_shape,
            (tcp.window == 1024 && tcp.options.len == 0)
                || (tcp.window == 1025 && tcp.options.layout == LAYOUT_MSS_ONLY),
        );
        let nat_fold = ip.id ^ port ^ low(sequence);
        // zmap src/probe_modules: a constant id and the largest window.
        count(&mut self.zmap_id, ip.id == 54_321);
        count(&mut self.zmap_shape, tcp.window == 65_535 && matches!(tcp.options.len, 0 | 4));
        count(
            &mut self.zmap4_shape,
            tcp.window == 65_535 && tcp.options.layout == LAYOUT_WINDOWS && !(65..=128).contains(&ip.ttl),
        );
        // nmap scan_engine_raw.cc: the sequence number carries the same 16 bits twice, under a mask kept for the scan.
        let nmap_fold = if class == ProbeClass::Maimon || class == ProbeClass::Ack {
            high(tcp.acknowledgement) ^ low(tcp.acknowledgement)
        } else {
            high(sequence) ^ low(sequence)
        };
        let has_nmap_options = if class == ProbeClass::Syn {
            tcp.options.layout == LAYOUT_MSS_ONLY && matches!(tcp.options.mss, 1440 | 1460)
        } else {
            true
        };
        count(&mut self.nmap_shape, has_nmap_options && tcp.window == 1024 && (20..=59).contains(&ip.ttl));
        // hping sendtcp.c: window 512, no options, a random acknowledgement number without the flag.
        count(
            &mut self.hping_shape,
            tcp.window == 512 && tcp.options.len == 0 && tcp.acknowledgement != 0 && !tcp.flags.has(TcpFlags::ACK),
        );
        // Mirai scanner.c: the sequence number is the destination address.
        count(&mut self.mirai_sequence, sequence == address);
        count(&mut self.mirai_port, matches!(port, 23 | 2323));
        // unicornscan tcphash.h.
        let unicorn_fold =
            sequence ^ address.swap_bytes() ^ (u32::from(port) << 16).wrapping_add(u32::from(tcp.source_port));
        count(&mut self.unicorn_shape, tcp.window == 4128);
        // scapy's defaults: source port 20, sequence 0, window 8192, id 1, no options.
        count(
            &mut self.scapy_shape,
            tcp.source_port == 20 && sequence == 0 && tcp.window == 8192 && tcp.options.len == 0 && ip.id == 1,
        );

        if is_first {
            self.first_nmap_fold = nmap_fold;
            self.first_nat_fold = nat_fold;
            self.first_unicorn_fold = unicorn_fold;
        }
        count(&mut self.nmap_fold, nmap_fold == self.first_nmap_fold);
        count(&mut self.masscan_nat, nat_fold == self.first_nat_fold);
        count(&mut self.unicorn_fold, unicorn_fold == self.first_unicorn_fold);
        count(&mut self.hping_port_step, !is_first && tcp.source_port == self.last_source_port.wrapping_add(1));
        count(&mut self.nmap_sequences, is_first || sequence != self.last_sequence);
        self.last_source_port = tcp.source_port;
        self.last_sequence = sequence;
    }

    /// Look at an ACK probe through the RST that answered it: the acknowledgement number and the source port it had.
    pub(crate) fn look_at_ack(&mut self, acknowledgement: u32, source_port: u16) {
        let fold = high(acknowledgement) ^ low(acknowledgement);
        if self.acks == 0 {
            self.first_ack_fold = fold;
            self.first_ack_port = source_port;
        }
        count(&mut self.acks, true);
        count(&mut self.nmap_ack_fold, fold == self.first_ack_fold && acknowledgement != 0);
        // The port moves up by one with each retry.
        count(&mut self.nmap_ack_port, source_port.wrapping_sub(self.first_ack_port) < 10);
    }

    /// Look at one UDP probe: nmap osscan2.cc sends 300 bytes of 'C' with IP id 0x1042.
    pub(crate) fn look_at_udp(&mut self, ip: &IpHeader, payload: &[u8]) {
        count(
            &mut self.nmap_os_probe,
            ip.id == 0x1042 && payload.len() > 40 && payload.iter().all(|&byte| byte == b'C'),
        );
    }

    /// Look at one echo request: Angry IP Scanner sends 32 zero bytes.
    pub(crate) fn look_at_echo(&mut self, payload_len: u32, is_payload_zero: bool) {
        count(&mut self.angry_echo, payload_len == 32 && is_payload_zero);
    }

    /// Say whether an operating-system detection probe was seen.
    pub(crate) const fn has_os_probe(&self) -> bool {
        self.nmap_os_probe > 0
    }

    /// Name the tool, if the packets allow it.
    pub(crate) fn tool(&self) -> Option<Tool> {
        let enough = |counter: u8| counter >= ENOUGH && u16::from(counter) * 10 >= u16::from(self.examined) * 8;
        let named = |name, confidence| Some(Tool { name, confidence });
        if enough(self.masscan_id) && (enough(self.masscan_shape) || enough(self.high_ttl)) {
            return named("masscan", 0.99);
        }
        if enough(self.zmap_id) && enough(self.zmap_shape) {
            return named("zmap", 0.98);
        }
        if enough(self.scapy_shape) {
            return named("scapy", 0.7);
        }
        if enough(self.hping_shape) && enough(self.hping_port_step.saturating_add(1)) {
            return named("hping3", 0.95);
        }
        if enough(self.mirai_sequence) && enough(self.mirai_port) {
            return named("mirai-like", 0.9);
        }
        if enough(self.unicorn_fold) && enough(self.unicorn_shape) {
            return named("unicornscan", 0.9);
        }
        if enough(self.nmap_fold) && enough(self.nmap_shape) {
            return named("nmap", 0.95);
        }
        if enough(self.masscan_nat) && enough(self.masscan_shape) && self.nmap_sequences >= ENOUGH {
            return named("masscan", 0.9);
        }
        if enough(self.zmap4_shape) {
            return named("zmap", 0.7);
        }
        if self.nmap_os_probe > 0 && self.nmap_shape >= ENOUGH {
            return named("nmap", 0.9);
        }
        if self.acks >= ENOUGH && self.nmap_ack_fold == self.acks && self.nmap_ack_port == self.acks {
            return named("nmap", 0.8);
        }
        if self.angry_echo >= ENOUGH {
            return named("angry-ip-scanner", 0.6);
        }
        if enough(self.system_syn) {
            return named("connect", 0.6);
        }
        None
    }
}

/// Say whether a SYN carries what operating systems send: MSS, SACK permitted and window scale, in an order of theirs. Where
/// the capture cut the options short, their length has to tell: crafted SYNs carry few.
pub(crate) fn is_system_syn(ip: &IpHeader, tcp: &Tcp) -> bool {
    let layout = tcp.options.layout;
    let is_cut = has_kind(layout, 15) && tcp.options.len >= SYSTEM_OPTIONS_LEN;
    let has_all = is_cut || (has_kind(layout, 2) && has_kind(layout, 4) && has_kind(layout, 3));
    let is_windows = tcp.options.layout == LAYOUT_WINDOWS;
    has_all && tcp.window > 4096 && (!is_windows || (65..=128).contains(&ip.ttl))
}

/// Say whether one of a layout's sixteen places has an option kind from 1 to 15.
const fn has_kind(layout: u64, kind: u64) -> bool {
    const LOW: u64 = 0x1111_1111_1111_1111;
    // A place is zero in the difference where the kind stands; the usual test for a zero digit, here of four bits.
    let difference = layout ^ (kind * LOW);
    difference.wrapping_sub(LOW) & !difference & (LOW << 3) != 0
}

/// A number that tells TCP stacks behind one address apart; never 0.
pub(crate) fn stack_signature(ip: &IpHeader, tcp: &Tcp) -> u16 {
    let initial_ttl: u64 = match ip.ttl {
        0..=64 => 1,
        65..=128 => 2,
        _ => 3,
    };
    // Crafted SYNs may draw their window at random; an operating system does not.
    let window = if is_system_syn(ip, tcp) { u64::from(tcp.window) } else { 0 };
    let facts = window << 16
        | u64::from(tcp.options.window_scale_plus_one) << 8
        | initial_ttl << 1
        | u64::from(ip.dont_fragment);
    super::hash::public_hash(tcp.options.layout, facts) as u16 | 1
}

/// A number for the order of the options, the same for every host that runs the same program; never 0.
pub(crate) fn make_signature(tcp: &Tcp) -> u16 {
    super::hash::public_hash(tcp.options.layout, 1) as u16 | 1
}
