//! What is remembered of one source: a fixed number of bytes, whoever it is.

use super::contact::{Outcome, ProbeClass, TechniqueSet};
use super::fetch::address_of;
use super::fingerprint::Marks;
use super::stacks::Stacks;
use super::weights::Rule;
use crate::address::Address;
use crate::packet::Nanoseconds;
use crate::tricks::Tricks;

/// Contacts kept with the source itself; more need a tally.
pub(crate) const INLINE_CONTACTS: usize = 8;
/// What a contact without an outcome counts for its source's place in the table: as much as a closed port.
const PENDING_NATS: f32 = 3.5;
/// More contacts than these need not wait to be worth a place: together they are a scan even in a flood.
const WAITING_WORTH: u32 = 16;
const CACHE_LINE: usize = 64;
/// Stands for "in no group".
pub(crate) const NO_GROUP: u8 = u8::MAX;
/// Stands for "no tally".
pub(crate) const NO_TALLY: u16 = u16::MAX;

/// A first touch of (target, port, class) and what came of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Contact {
    /// The target's number: its IPv4 address, or its place in the table of IPv6 targets.
    pub(crate) target: u32,
    /// Milliseconds since the source was first seen, of the latest touch.
    pub(crate) time_ms: u32,
    pub(crate) port: u16,
    pub(crate) source_port: u16,
    pub(crate) class: ProbeClass,
    pub(crate) outcome: Outcome,
    pub(crate) rule: Rule,
    pub(crate) flags: u8,
}

impl Contact {
    /// The contact ended in SYN, SYN-ACK, RST.
    pub(crate) const HALF_OPEN: u8 = 1;
    /// The contact ended in a completed handshake.
    pub(crate) const COMPLETED: u8 = 2;
    /// UDP that looks like a traceroute, or the next port of a knock.
    pub(crate) const TOLERATED: u8 = 4;
    /// At most a minute after the source's previous contact, or its first.
    pub(crate) const CLOSE_TOGETHER: u8 = 8;

    /// The number of the TCP stack, in the four highest bits.
    pub(crate) const fn stack(&self) -> u8 {
        self.flags >> 4
    }

    pub(crate) const EMPTY: Self = Self {
        target: 0,
        time_ms: 0,
        port: 0,
        source_port: 0,
        class: ProbeClass::Syn,
        outcome: Outcome::Unknown,
        rule: Rule::Unweighed,
        flags: 0,
    };

    /// Say whether this is the contact with that target, port and class.
    #[inline]
    pub(crate) fn is(&self, target: u32, port: u16, class: ProbeClass) -> bool {
        self.port == port && self.target == target && self.class == class
    }
}

/// How often each outcome came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcomes {
    pub(crate) open: u32,
    pub(crate) closed: u32,
    pub(crate) filtered: u32,
    pub(crate) unknown: u32,
}

impl Outcomes {
    /// Count one outcome; a pending one counts nowhere.
    #[inline]
    pub(crate) fn add(&mut self, outcome: Outcome) {
        self.add_many(outcome, 1);
    }

    /// Count the same outcome of several contacts.
    #[inline]
    pub(crate) fn add_many(&mut self, outcome: Outcome, contacts: u32) {
        if let Some(count) = self.of(outcome) {
            *count = count.saturating_add(contacts);
        }
    }

    /// Take one outcome back, because a late answer changed it.
    #[inline]
    pub(crate) fn remove(&mut self, outcome: Outcome) {
        if let Some(count) = self.of(outcome) {
            *count = count.saturating_sub(1);
        }
    }

    /// How many contacts have an outcome.
    #[inline]
    pub(crate) const fn total(&self) -> u32 {
        self.open.saturating_add(self.closed).saturating_add(self.filtered).saturating_add(self.unknown)
    }

    #[inline]
    fn of(&mut self, outcome: Outcome) -> Option<&mut u32> {
        match outcome {
            Outcome::Open => Some(&mut self.open),
            Outcome::Closed => Some(&mut self.closed),
            Outcome::Filtered => Some(&mut self.filtered),
            Outcome::Unknown => Some(&mut self.unknown),
            Outcome::Pending => None,
        }
    }
}

/// One source: its evidence, its first contacts, its fingerprint.
///
/// Fields are in the order of use, a cache line at a time: a retry reads the first line, a new contact the second as
/// well and one of the last two.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(crate) struct Source {
    /// The key: the address, or its IPv6 /64.
    pub(crate) key: Address,
    /// The low half of the first address seen under the key; the key has the high half.
    address_low: u64,
    pub(crate) first_seen_ns: Nanoseconds,
    pub(crate) last_seen_ns: Nanoseconds,
    pub(crate) last_contact_ns: Nanoseconds,
    /// Changes whenever the slot gets another tenant.
    pub(crate) generation: u32,
    pub(crate) packets: u32,
    pub(crate) probes: u32,
    /// Index of the tally, or [`NO_TALLY`].
    pub(crate) tally: u16,
    pub(crate) contact_count: u8,
    pub(crate) is_verified: bool,

    /// The evidence in nats, per TCP stack, and when it was last decayed.
    pub(crate) evidence: Stacks,
    pub(crate) evidence_ns: Nanoseconds,
    pub(crate) techniques: TechniqueSet,
    /// Index of the group the source belongs to, or [`NO_GROUP`].
    pub(crate) group: u8,
    /// How its packets were made to slip past filters.
    pub(crate) tricks: Tricks,
    /// The station that sent the first SYN, as a number; 0 when unknown.
    pub(crate) station: u16,

    pub(crate) outcomes: Outcomes,
    pub(crate) marks: Marks,
    /// Sent SYN-ACKs, so its RSTs may be backscatter's second half.
    pub(crate) sent_syn_ack: bool,
    pub(crate) half_open: u8,
    pub(crate) completed: u8,
    /// Completed connections without a byte, on distinct targets.
    pub(crate) empty_connects: u8,

    pub(crate) contacts: [Contact; INLINE_CONTACTS],
}

const _: () = assert!(size_of::<Source>() == 5 * 64, "a source takes five cache lines");

impl Source {
    pub(crate) const VACANT: Self = Self {
        key: Address::UNSPECIFIED,
        address_low: 0,
        first_seen_ns: 0,
        last_seen_ns: 0,
        last_contact_ns: 0,
        generation: 0,
        packets: 0,
        probes: 0,
        tally: NO_TALLY,
        contact_count: 0,
        is_verified: false,
        evidence: Stacks::NONE,
        evidence_ns: 0,
        techniques: TechniqueSet(0),
        group: NO_GROUP,
        tricks: Tricks::NONE,
        station: 0,
        outcomes: Outcomes { open: 0, closed: 0, filtered: 0, unknown: 0 },
        marks: Marks::NONE,
        sent_syn_ack: false,
        half_open: 0,
        completed: 0,
        empty_connects: 0,
        contacts: [Contact::EMPTY; INLINE_CONTACTS],
    };

    /// Whether it is known to have exchanged data with us over a connection that proved where it is.
    pub(crate) const fn is_acquainted(&self) -> bool {
        self.is_verified && self.completed > self.empty_connects
    }

    /// Move in: everything of the former tenant goes but the generation, which grows. Old contacts stay in memory,
    /// beyond `contact_count`.
    #[inline]
    pub(crate) fn move_in(&mut self, key: Address, address: Address, now_ns: Nanoseconds) {
        self.key = key;
        self.address_low = address.0 as u64;
        self.first_seen_ns = now_ns;
        self.last_seen_ns = now_ns;
        self.last_contact_ns = 0;
        self.generation = self.generation.wrapping_add(1);
        self.packets = 0;
        self.probes = 0;
        self.tally = NO_TALLY;
        self.contact_count = 0;
        self.is_verified = false;
        self.evidence = Stacks::NONE;
        self.evidence_ns = now_ns;
        self.techniques = TechniqueSet(0);
        self.group = NO_GROUP;
        self.tricks = Tricks::NONE;
        self.station = 0;
        self.outcomes = Outcomes::default();
        self.marks = Marks::NONE;
        self.sent_syn_ack = false;
        self.half_open = 0;
        self.completed = 0;
        self.empty_connects = 0;
    }

    /// The first address seen under the key.
    pub(crate) const fn address(&self) -> Address {
        Address(self.key.0 >> 64 << 64 | self.address_low as u128)
    }

    /// Prefix length of the key.
    pub(crate) const fn key_bits(&self) -> u8 {
        if self.key.is_v4() {
            32
        } else if self.key.0 as u64 == 0 {
            64
        } else {
            128
        }
    }

    /// Read a little of each line that a new contact touches, to bring them near; the result says nothing.
    #[inline]
    pub(crate) const fn touch(&self) -> u32 {
        self.generation ^ self.station as u32 ^ self.half_open as u32
    }

    /// The addresses of its cache lines but the last, which only the fifth contact and those after it need.
    #[inline]
    pub(crate) fn lines(&self) -> impl Iterator<Item = usize> + use<> {
        let first = address_of(self);
        (0..size_of::<Self>() / CACHE_LINE - 1).map(move |line| first + line * CACHE_LINE)
    }

    /// Read a little of each line that a contact known to a quiet source touches; the result says nothing.
    #[inline]
    pub(crate) const fn touch_contacts(&self) -> u32 {
        let [first, ..] = &self.contacts;
        self.generation ^ first.port as u32
    }

    /// The contacts kept inline.
    #[inline]
    pub(crate) fn inline_contacts(&self) -> &[Contact] {
        self.contacts.get(..usize::from(self.contact_count)).unwrap_or_default()
    }

    /// The contacts kept inline, to be changed.
    #[inline]
    pub(crate) fn inline_contacts_mut(&mut self) -> &mut [Contact] {
        self.contacts.get_mut(..usize::from(self.contact_count)).unwrap_or_default()
    }

    /// Forget the contacts kept inline, for they have moved to a tally. They stay readable as the first ones.
    pub(crate) fn move_contacts_out(&mut self) {
        for stale in self.contacts.iter_mut().skip(usize::from(self.contact_count)) {
            *stale = Contact::EMPTY;
        }
        self.contact_count = 0;
    }

    /// The first contacts of a source with a tally, as they were then.
    pub(crate) fn first_contacts(&self) -> impl Iterator<Item = &Contact> {
        self.contacts.iter().filter(|contact| contact.port != 0 || contact.source_port != 0)
    }

    /// Add a contact inline, in the place of a settled harmless one when full; say whether there was room.
    pub(crate) fn keep_contact(&mut self, contact: Contact) -> bool {
        if let Some(place) = self.contacts.get_mut(usize::from(self.contact_count)) {
            *place = contact;
            self.contact_count += 1;
            return true;
        }
        let replaceable = self
            .contacts
            .iter_mut()
            .filter(|kept| kept.outcome != Outcome::Pending && kept.rule.nats() == 0.0)
            .min_by_key(|kept| kept.time_ms);
        match replaceable {
            Some(place) => {
                *place = contact;
                true
            }
            None => false,
        }
    }

    /// Milliseconds since the source was first seen, as contacts keep time.
    #[inline]
    pub(crate) fn age_ms(&self, now_ns: Nanoseconds) -> u32 {
        u32::try_from(now_ns.saturating_sub(self.first_seen_ns) / 1_000_000).unwrap_or(u32::MAX)
    }

    /// What the source's place in the table is worth, in nats.
    ///
    /// What waits for its outcome may be evidence soon: a scanner in the middle of its first second must not lose its
    /// place to sources with one unanswered port each.
    #[inline]
    pub(crate) fn worth_nats(&self) -> f32 {
        let waiting = self.probes.saturating_sub(self.outcomes.total()).min(WAITING_WORTH);
        self.evidence.nats() + waiting as f32 * PENDING_NATS
    }

    /// Say whether two contacts in a row belong to one minute's work.
    #[inline]
    pub(crate) fn is_close_together(&self, now_ns: Nanoseconds) -> bool {
        self.last_contact_ns == 0 || now_ns.saturating_sub(self.last_contact_ns) <= super::weights::CLOSE_TOGETHER_NS
    }
}
