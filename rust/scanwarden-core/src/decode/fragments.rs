//! Fragments: the transport headers of fragmented datagrams, put together in a table of fixed size.
//!
//! Only the first bytes of a datagram are kept (the spirit of RFC 815 without its hole list: a bit for each byte). The
//! table holds 256 datagrams for at most 30 s of packet time, the oldest makes room, and counters say what
//! that cost.

use super::datagram::{Datagram, Fragment, IpVersion};
use super::fragment_slot::{Added, KEPT_BYTES, Key, Progress, Slot};
use super::malformed::Malformed;
use super::transport::{self, Segment};
use super::{Decoded, extension};
use crate::address::Address;
use crate::packet::{IpHeader, Link, Nanoseconds, Packet, Transport, Udp};

/// Datagrams that are kept at a time.
const CAPACITY: usize = 256;
/// Linux keeps fragments for 30 s (`net.ipv4.ipfrag_time`); RFC 1122 3.3.2 asks for 60 s at least of a host.
const MAX_AGE_NS: Nanoseconds = 30_000_000_000;
/// The largest IP packet without jumbogram option.
const MAX_CONTENT_LEN: u32 = 65_535;

/// What became of the fragments seen so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FragmentCounters {
    /// Fragments seen.
    pub fragments: u64,
    /// Datagrams whose packet was given out.
    pub assembled: u64,
    /// Fragments that the network delivered twice.
    pub duplicates: u64,
    /// Fragments that overlap an earlier one of their datagram.
    pub overlaps: u64,
    /// Datagrams that were given up after 30 s without a complete transport header.
    pub expired: u64,
    /// Datagrams that made room for newer ones before their transport header was complete.
    pub evicted: u64,
}

/// Puts the transport headers of fragmented datagrams together.
#[derive(Clone, Debug)]
pub struct Reassembler {
    /// One for each slot: small, because every fragment looks through all of them.
    entries: Box<[Entry]>,
    slots: Box<[Slot]>,
    counters: FragmentCounters,
    /// The ends of the fragment that came last, if it overlaps an earlier one.
    latest_overlap: Option<(Address, Address)>,
}

/// What the look-up needs to know of a slot.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    first_seen_ns: Nanoseconds,
    /// 0 when the slot is free.
    tag: u32,
}

impl Entry {
    fn is_expired(self, time_ns: Nanoseconds) -> bool {
        time_ns.saturating_sub(self.first_seen_ns) > MAX_AGE_NS
    }
}

impl Default for Reassembler {
    fn default() -> Self {
        Self::new()
    }
}

impl Reassembler {
    /// Make an empty table; this is the only allocation.
    #[must_use]
    pub fn new() -> Self {
        Self {
            entries: vec![Entry::default(); CAPACITY].into_boxed_slice(),
            slots: vec![Slot::default(); CAPACITY].into_boxed_slice(),
            counters: FragmentCounters::default(),
            latest_overlap: None,
        }
    }

    /// Return what became of the fragments seen so far.
    pub const fn counters(&self) -> FragmentCounters {
        self.counters
    }

    /// Give source and destination of the fragment that came last, if it overlaps an earlier one; once.
    pub(crate) fn take_overlap(&mut self) -> Option<(Address, Address)> {
        self.latest_overlap.take()
    }

    /// Take in a fragment; the datagram's packet is given out when its transport header is complete.
    #[cold]
    pub(super) fn add<'a>(&mut self, link: Link, datagram: &Datagram<'a>, time_ns: Nanoseconds) -> Decoded<'a> {
        let Some(fragment) = datagram.fragment else { return Decoded::Malformed(Malformed::FragmentUnassembled) };
        self.counters.fragments += 1;
        let len = match usable_len(fragment, datagram.payload_len) {
            Ok(len) => len,
            Err(reason) => return Decoded::Malformed(reason),
        };
        let place = self.place_of(Key::of(datagram, fragment), time_ns);
        let (Some(entry), Some(slot)) = (self.entries.get_mut(place), self.slots.get_mut(place)) else {
            return Decoded::Pending;
        };
        let overlaps = self.counters.overlaps;
        let decoded = take_in(slot, &mut self.counters, link, datagram, Part { fragment, len, time_ns });
        if self.counters.overlaps != overlaps {
            self.latest_overlap = Some((datagram.source, datagram.destination));
        }
        if slot.progress == Progress::Told && slot.is_complete() {
            // The identification may be used again.
            *entry = Entry::default();
        }
        decoded
    }

    /// Find the datagram's place, or give it one: a free one, else the oldest datagram's.
    fn place_of(&mut self, key: Key, time_ns: Nanoseconds) -> usize {
        let tag = tag_of(&key);
        let mut best = ((true, Nanoseconds::MAX), 0);
        for (place, (entry, slot)) in self.entries.iter().zip(&self.slots).enumerate() {
            if entry.tag == tag && slot.key == key {
                if !entry.is_expired(time_ns) {
                    return place;
                }
                best.1 = place;
                break;
            }
            let rank = (entry.tag != 0, entry.first_seen_ns);
            if rank < best.0 {
                best = (rank, place);
            }
        }
        self.open(best.1, tag, key, time_ns);
        best.1
    }

    fn open(&mut self, place: usize, tag: u32, key: Key, time_ns: Nanoseconds) {
        let (Some(entry), Some(slot)) = (self.entries.get_mut(place), self.slots.get_mut(place)) else { return };
        if entry.tag != 0 && slot.progress == Progress::Awaited {
            if entry.is_expired(time_ns) {
                self.counters.expired += 1;
            } else {
                self.counters.evicted += 1;
            }
        }
        *entry = Entry { first_seen_ns: time_ns, tag };
        *slot = Slot::open(key);
    }
}

/// One fragment, checked.
#[derive(Clone, Copy)]
struct Part {
    fragment: Fragment,
    /// Claimed length in bytes.
    len: u32,
    time_ns: Nanoseconds,
}

/// Say how many of a fragment's claimed bytes count. All but the last hold whole eight-octet blocks; as Linux does, a
/// rest is cut off (`ip_frag_queue`).
const fn usable_len(fragment: Fragment, claimed: u32) -> Result<u32, Malformed> {
    let len = if fragment.more { claimed & !7 } else { claimed };
    if len == 0 {
        Err(Malformed::FragmentEmpty)
    } else if fragment.offset.saturating_add(len) > MAX_CONTENT_LEN {
        Err(Malformed::FragmentTooLong)
    } else {
        Ok(len)
    }
}

/// Mix a key into 32 bits, never 0. Keys with equal tags cost a comparison, nothing else, so it need not be keyed.
fn tag_of(key: &Key) -> u32 {
    let folded = key.source.0 ^ key.destination.0.rotate_left(64);
    let mixed = (folded as u64) ^ ((folded >> 64) as u64) ^ u64::from(key.id) << 16 ^ u64::from(key.protocol) << 56;
    (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32 | 1
}

fn take_in<'a>(
    slot: &mut Slot,
    counters: &mut FragmentCounters,
    link: Link,
    datagram: &Datagram<'a>,
    part: Part,
) -> Decoded<'a> {
    let captured = datagram.payload.get(..part.len as usize).unwrap_or(datagram.payload);
    let is_alone = slot.received == 0;
    match slot.add(part.fragment, captured, part.len, datagram.protocol) {
        Added::New => {}
        Added::Duplicate => counters.duplicates += 1,
        Added::Overlap => {
            counters.overlaps += 1;
            // RFC 5722 4: the whole datagram is discarded.
            if datagram.version == IpVersion::V6 && slot.progress == Progress::Awaited {
                slot.progress = Progress::Discarded;
                return Decoded::Malformed(Malformed::FragmentOverlap);
            }
        }
    }
    let (Progress::Awaited, Some(protocol)) = (slot.progress, slot.protocol) else { return Decoded::Pending };
    let datagram = &Datagram { protocol, ..*datagram };
    // A first fragment that comes first need not fit into the slot, and its payload can be lent out.
    let result = if is_alone && part.fragment.offset == 0 {
        assemble(slot, captured, link, datagram, part.time_ns)
    } else {
        assemble(slot, slot.contiguous(), link, datagram, part.time_ns).map(detach)
    };
    match result {
        Ok(packet) => {
            slot.progress = Progress::Told;
            counters.assembled += 1;
            Decoded::Packet(packet)
        }
        Err(reason) if !transport::is_truncation(reason) || is_all_here(slot, slot.contiguous()) => {
            slot.progress = Progress::Told;
            Decoded::Malformed(reason)
        }
        Err(_) if slot.contiguous().len() == KEPT_BYTES => {
            slot.progress = Progress::Told;
            Decoded::Malformed(Malformed::FragmentHeadersTooLong)
        }
        Err(_) => Decoded::Pending,
    }
}

fn is_all_here(slot: &Slot, bytes: &[u8]) -> bool {
    slot.total.is_some_and(|total| bytes.len() as u32 >= total)
}

/// Decode the content's headers out of `bytes`, its beginning; `last` is the fragment that came last, with the content's
/// protocol.
fn assemble<'b>(
    slot: &Slot,
    bytes: &'b [u8],
    link: Link,
    last: &Datagram<'_>,
    time_ns: Nanoseconds,
) -> Result<Packet<'b>, Malformed> {
    let len = slot.total.unwrap_or(slot.farthest).max(bytes.len() as u32);
    let headers_len = last.ip.total_len.saturating_sub(last.payload_len);
    let whole = extension::skip(Datagram {
        version: last.version,
        source: last.source,
        destination: last.destination,
        ip: IpHeader {
            is_fragment: true,
            tricks: last.ip.tricks.with(slot.tricks),
            total_len: headers_len + len,
            ..last.ip
        },
        protocol: last.protocol,
        payload: bytes,
        payload_len: len,
        fragment: None,
    })?;
    if whole.fragment.is_some() {
        return Err(Malformed::FragmentUnassembled);
    }
    let is_partial = !is_all_here(slot, bytes);
    if is_partial && whole.payload_len == 0 {
        // Nothing behind the extension headers yet, which is not the same as nothing at all.
        return Err(Malformed::Ipv6ExtensionTruncated);
    }
    let segment = Segment { bytes: whole.payload, len: whole.payload_len, is_partial };
    transport::decode(whole.version, whole.protocol, segment, |transport| {
        Ok(Packet {
            time_ns,
            source: whole.source,
            destination: whole.destination,
            link,
            ip: whole.ip,
            transport: transport?,
            transport_bytes: &[],
            transport_len: whole.payload_len,
        })
    })
}

/// Let go of the table's bytes.
fn detach<'a>(packet: Packet<'_>) -> Packet<'a> {
    let transport = match packet.transport {
        Transport::Tcp(tcp) => Transport::Tcp(tcp),
        Transport::Udp(udp) => Transport::Udp(Udp { payload: &[], ..udp }),
        Transport::Icmp(icmp) => Transport::Icmp(icmp),
        Transport::Icmpv6(icmp) => Transport::Icmpv6(icmp),
        Transport::Sctp(sctp) => Transport::Sctp(sctp),
        Transport::Arp(arp) => Transport::Arp(arp),
        Transport::Other(protocol) => Transport::Other(protocol),
    };
    Packet { transport, transport_bytes: &[], ..packet }
}
