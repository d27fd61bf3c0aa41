//! Alerts of intrusion detection systems: the type, and which of them speak of scanning.

use crate::address::Address;
use crate::packet::Nanoseconds;

/// Which system raised an alert: an intrusion detection system, or a scan detector of old.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IdsSystem {
    /// Suricata, from its EVE JSON.
    Suricata,
    /// Suricata or Snort, from one-line alerts; the line does not say which.
    Fast,
    /// Zeek, from `notice.log`.
    Zeek,
    /// `PortSentry`, 1.x or 2.x.
    PortSentry,
    /// scanlogd.
    Scanlogd,
    /// psad.
    Psad,
    /// iplog.
    Iplog,
}

/// One alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdsAlert<'a> {
    /// When, in nanoseconds since 1970-01-01T00:00:00Z.
    pub time_ns: Nanoseconds,
    /// Who raised it.
    pub system: IdsSystem,
    /// The packet's source.
    pub source: Address,
    /// The packet's destination, when there is one.
    pub destination: Option<Address>,
    /// Destination port, when there is one.
    pub port: Option<u16>,
    /// IP protocol number; 0 when unknown.
    pub protocol: u8,
    /// Generator id (Snort and Suricata); 0 when there is none.
    pub generator: u32,
    /// Signature id (Snort and Suricata); 0 when there is none.
    pub signature: u32,
    /// The rule's or notice's text.
    pub message: &'a [u8],
    /// The rule's class, spelt out; empty when there is none.
    pub category: &'a [u8],
    /// Whether it is of a scan class.
    pub is_scan: bool,
}

/// Snort's generator for its port scan detector (sids 1–27).
const GENERATOR_PORT_SCAN: u32 = 122;
/// What Snort's and Suricata's `classification.config` spell out for the classes `network-scan`, `attempted-recon`,
/// `successful-recon-limited` and `successful-recon-largescale`.
const SCAN_CATEGORIES: [&[u8]; 4] = [
    b"Detection of a Network Scan",
    b"Attempted Information Leak",
    b"Information Leak",
    b"Large Scale Information Leak",
];
/// Words of rule texts (`ET SCAN …`, `GPL SCAN …`, `(portscan) …`).
const SCAN_WORDS: [&[u8]; 6] = [b"scan", b"portscan", b"portsweep", b"nmap", b"masscan", b"zmap"];

/// Say whether a Snort or Suricata rule is of a scan class.
pub(crate) fn is_scan_rule(generator: u32, message: &[u8], category: &[u8]) -> bool {
    let is_scan_word = |word: &[u8]| SCAN_WORDS.iter().any(|known| known.eq_ignore_ascii_case(word));
    generator == GENERATOR_PORT_SCAN
        || SCAN_CATEGORIES.contains(&category)
        || message.split(|byte| !byte.is_ascii_alphanumeric()).any(is_scan_word)
}

/// The IP protocol number behind the name that an IDS or flow log prints; 0 when it is none of the common ones.
pub(crate) fn protocol_number(name: &[u8]) -> u8 {
    for (known, number) in [
        (&b"tcp"[..], 6),
        (b"udp", 17),
        (b"icmp", 1),
        (b"ipv6-icmp", 58),
        (b"icmp6", 58),
        (b"icmpv6", 58),
        (b"sctp", 132),
        (b"igmp", 2),
        (b"gre", 47),
        (b"esp", 50),
        (b"ah", 51),
        (b"udplite", 136),
    ] {
        if known.eq_ignore_ascii_case(name) {
            return number;
        }
    }
    let mut cursor = super::cursor::Cursor::new(name);
    cursor.u8().filter(|_| cursor.is_empty()).unwrap_or(0)
}
