//! ARP and neighbour discovery: who asks for many neighbours looks for hosts (RFC 826, RFC 4861).

use super::super::contact::{Outcome, ProbeClass};
use super::super::engine::{Detector, Probe};
use super::super::weights::Variant;
use super::probe_of;
use crate::address::Address;
use crate::packet::{Arp, Icmp, Nanoseconds, Packet};

const ARP_REQUEST: u16 = 1;
const NEIGHBOUR_SOLICITATION: u8 = 135;
/// A station that sends for this many other addresses forwards for them.
const FORWARDS_FOR: u32 = 8;
/// Requests at most this far apart belong to one sweep.
const IN_A_ROW_NS: Nanoseconds = 200_000_000;

/// The latest few stations, so that their next packet costs one comparison.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Stations([Station; 4]);

#[derive(Clone, Copy, Debug, Default)]
struct Station {
    mac: Mac,
    /// For whom it sends; `None` when it forwards for so many that nobody more matters.
    address: Option<u32>,
}

/// A hardware address as a number, the first octet lowest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mac(u64);

impl Mac {
    /// No station's address.
    pub(crate) const NONE: Self = Self(u64::MAX);

    /// The number of a hardware address.
    #[inline]
    pub(crate) fn of(octets: [u8; 6]) -> Self {
        let mut word = [0; 8];
        if let Some(low) = word.first_chunk_mut() {
            *low = octets;
        }
        Self(u64::from_le_bytes(word))
    }

    #[inline]
    const fn last_octet(self) -> u8 {
        (self.0 >> 40) as u8
    }
}

impl Stations {
    #[inline]
    fn place(&self, mac: Mac) -> Option<&Station> {
        self.0.get(usize::from(mac.last_octet() & 3)).filter(|known| known.mac == mac)
    }

    /// Whether a packet of a station for an address would change nothing.
    #[inline]
    pub(crate) fn has(&self, mac: Mac, address: u32) -> bool {
        self.place(mac).is_some_and(|known| known.address.is_none_or(|sender| sender == address))
    }

    /// Whether a station forwards for so many that nobody more matters.
    #[inline]
    pub(crate) fn forwards(&self, mac: Mac) -> bool {
        self.place(mac).is_some_and(|known| known.address.is_none())
    }

    fn note(&mut self, mac: Mac, address: Option<u32>) {
        if let Some(place) = self.0.get_mut(usize::from(mac.last_octet() & 3)) {
            *place = Station { mac, address };
        }
    }
}

impl Detector {
    pub(super) fn observe_arp(&mut self, packet: &Packet<'_>, arp: Arp) {
        let is_probe_or_announcement = packet.source == packet.destination
            || packet.source.as_v4() == Some(0)
            || packet.source == Address::UNSPECIFIED;
        if arp.operation == ARP_REQUEST && !is_probe_or_announcement {
            self.observe_neighbour_request(packet, packet.destination, arp.sender_mac);
        }
    }

    /// Solicitations to the all-nodes group of one address look for it; those to one host check that it is still there.
    pub(super) fn observe_neighbour(&mut self, packet: &Packet<'_>, icmp: &Icmp) {
        if icmp.kind != NEIGHBOUR_SOLICITATION || packet.source == Address::UNSPECIFIED {
            return;
        }
        if let Some(neighbour) = icmp.neighbour
            && packet.destination.is_multicast_or_broadcast()
        {
            self.observe_neighbour_request(packet, neighbour, packet.link.source_mac);
        }
    }

    fn observe_neighbour_request(&mut self, packet: &Packet<'_>, neighbour: Address, sender_mac: [u8; 6]) {
        // Who is about to talk to us asks for us first; a sweep asks for others as well.
        let is_resolution = self.home.contains(neighbour);
        let is_duty =
            self.home.contains(packet.source) || self.gateways.contains(&packet.source) || self.is_router(sender_mac);
        // Who was spoken to asks for the speaker, to answer.
        let is_to_answer = self.find_source(neighbour, packet.source).is_some();
        if is_resolution || is_duty || is_to_answer {
            return;
        }
        let latest_ns = self
            .find_source(packet.source, neighbour)
            .and_then(|slot| self.table.get(slot))
            .map_or(packet.time_ns, |source| source.last_contact_ns);
        let is_in_a_row = packet.time_ns.saturating_sub(latest_ns) <= IN_A_ROW_NS;
        let probe = Probe {
            variant: if is_in_a_row { Variant::Plain } else { Variant::NowAndThen },
            outcome: Outcome::Unknown,
            ..probe_of(packet.source, neighbour, 0, 0, ProbeClass::Arp)
        };
        let _ = self.probe(&probe);
    }

    /// Notice stations that send packets for many others.
    #[inline]
    pub(super) fn note_router(&mut self, packet: &Packet<'_>) {
        if packet.destination.is_v4() {
            self.note_station(packet.link.source_mac, packet.source);
        }
    }

    #[inline]
    pub(crate) fn note_station(&mut self, mac: [u8; 6], source: Address) {
        let (mac, low) = (Mac::of(mac), source.0 as u32);
        if mac != Mac::default() && !self.stations.has(mac, low) {
            self.look_at_station(mac, low);
        }
    }

    fn look_at_station(&mut self, mac: Mac, low: u32) {
        let (hash, now_s) = (self.mac_hash(mac), self.now_s());
        let changes = match self.routers.get(hash, now_s) {
            Some(known) if known.first == low || known.second >= FORWARDS_FOR => {
                self.stations.note(mac, (known.second < FORWARDS_FOR).then_some(low));
                return;
            }
            Some(known) => known.second + 1,
            None => 0,
        };
        self.stations.note(mac, Some(low));
        self.routers.put(hash, now_s, low, changes);
    }

    fn is_router(&self, mac: [u8; 6]) -> bool {
        self.routers.get(self.mac_hash(Mac::of(mac)), self.now_s()).is_some_and(|known| known.second >= FORWARDS_FOR)
    }

    #[inline]
    fn mac_hash(&self, mac: Mac) -> u64 {
        self.hash.pair(mac.0, 0)
    }
}
