//! Several sources that act as one: decoys, distributed scans, rotation of addresses.
//!
//! Tested before a single source opens, so that the innocent addresses a scanner hides behind are never reported as
//! scanners of their own. A group names its members; it does not convict them one by one.
//!
//! Complete scans share out ports with little overlap (Gates, "Coordinated Scan Detection", 2009); decoys are the
//! opposite: the same ports from everybody, with the same source port.

use super::contact::{PortSpace, ProbeClass};
use super::scan::{PARTS_KEPT, Part, Progress};
use super::source::{Contact, Source};
use super::table::Slot;
use super::weights::is_routing_or_tunnel;
use crate::address::Address;
use crate::packet::Nanoseconds;
use std::cmp::Reverse;
use std::collections::VecDeque;

/// Contacts looked back at when a source is about to open.
const RECENT: usize = 4096;
/// Groups open at a time.
const GROUPS: usize = 64;
/// Members named in one group; more only count.
pub(crate) const MEMBERS: usize = 256;
/// Decoys: at least so many sources …
const DECOY_SOURCES: usize = 3;
/// … that share at least so many contacts, source port included.
const DECOY_CONTACTS: usize = 3;
/// … or so many that no system makes: a third already opens a scan, and the others' third is still to come.
const DECOY_IMPOSSIBLE_CONTACTS: usize = 2;
/// Decoys are sent within this time of each other.
const DECOY_WINDOW_NS: Nanoseconds = 60 * 1_000_000_000;
/// Distributed: at least so many sources …
const DISTRIBUTED_SOURCES: usize = 8;
/// … with at least so many refused or unanswered contacts each …
const DISTRIBUTED_CONTACTS: usize = 2;
/// … within this time.
const DISTRIBUTED_WINDOW_NS: Nanoseconds = 600 * 1_000_000_000;

/// The signature of sources known from reports only. A firewall's log does not show what program sent a packet, and the
/// noise of the internet touches ports with as little overlap as a distributed scan: such sources form none.
pub(crate) const PROGRAM_NOT_SHOWN: u16 = u16::MAX;

/// How the members of a group act together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GroupKind {
    Decoys,
    Distributed,
    Rotation,
}

impl GroupKind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Decoys => "decoys",
            Self::Distributed => "distributed",
            Self::Rotation => "rotation",
        }
    }
}

/// A place in the table and who lives there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tenant {
    pub(crate) slot: Slot,
    pub(crate) generation: u32,
}

/// An open group.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) kind: GroupKind,
    pub(crate) id: u64,
    pub(crate) members: Vec<Tenant>,
    /// Members beyond the list.
    pub(crate) unlisted: u32,
    /// For rotation: the prefix and its length.
    pub(crate) prefix: Option<(Address, u8)>,
    pub(crate) first_seen_ns: Nanoseconds,
    pub(crate) last_seen_ns: Nanoseconds,
    pub(crate) signature: u16,
    /// An update is due when this many members are there.
    pub(crate) next_update_at: usize,
    pub(crate) had_verified: bool,
    pub(crate) progress: Progress,
    /// Weighed contacts of members, those that made the group first, each with its member.
    pub(crate) parts: Vec<(Address, Part)>,
}

impl Group {
    /// Keep the weighed contacts of a member for the explanation, as far as there is room.
    pub(crate) fn keep_parts(&mut self, source: &Source, contacts: &[Contact]) {
        let room = PARTS_KEPT.saturating_sub(self.parts.len());
        let weighed = contacts.iter().filter(|contact| contact.rule.nats() > 0.0);
        let parts = weighed.map(|contact| (source.address(), Part::of(contact, source.first_seen_ns)));
        self.parts.extend(parts.take(room));
    }

    /// Take one more member in; say whether that is worth an update.
    pub(crate) fn add(&mut self, member: Tenant) -> bool {
        if self.members.len() < MEMBERS {
            self.members.push(member);
        } else {
            self.unlisted = self.unlisted.saturating_add(1);
        }
        let is_due = self.members.len() >= self.next_update_at;
        if is_due {
            self.next_update_at = self.members.len() * 2;
        }
        is_due
    }
}

/// One new contact, for looking back.
#[derive(Clone, Copy, Debug)]
struct Recent {
    tenant: Tenant,
    target: u32,
    time_ns: Nanoseconds,
}

/// The open groups and the contacts that may become one.
#[derive(Default)]
pub(crate) struct Groups {
    recent: VecDeque<Recent>,
    open: Vec<Option<Box<Group>>>,
}

impl Groups {
    /// Bytes held when full.
    pub(crate) fn bytes() -> usize {
        RECENT * size_of::<Recent>()
            + GROUPS * (size_of::<Group>() + MEMBERS * size_of::<Tenant>() + PARTS_KEPT * size_of::<(Address, Part)>())
    }

    /// Note a new contact of a source without a scan of its own.
    #[inline]
    pub(crate) fn note(&mut self, tenant: Tenant, target: u32, time_ns: Nanoseconds) {
        if let Some(last) = self.recent.back_mut()
            && last.tenant == tenant
            && last.target == target
        {
            last.time_ns = time_ns;
            return;
        }
        if self.recent.len() >= RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(Recent { tenant, target, time_ns });
    }

    /// Others that touched a target within a time, in the order of their latest touch, each once.
    pub(crate) fn others(&self, except: Slot, target: u32, since_ns: Nanoseconds) -> Vec<Tenant> {
        self.noted(since_ns, |recent| recent.target == target && recent.tenant.slot != except)
    }

    /// Tenants noted lately, in the order of their latest contact, each once.
    pub(crate) fn lately(&self, since_ns: Nanoseconds) -> Vec<Tenant> {
        self.noted(since_ns, |_| true)
    }

    /// In order of time: slots follow from the secret of a run, and what is told must not.
    fn noted(&self, since_ns: Nanoseconds, is_wanted: impl Fn(&Recent) -> bool) -> Vec<Tenant> {
        let latest_first = self.recent.iter().rev().take_while(|recent| recent.time_ns >= since_ns);
        let mut found: Vec<(Tenant, usize)> = latest_first
            .enumerate()
            .filter(|(_, recent)| is_wanted(recent))
            .map(|(age, recent)| (recent.tenant, age))
            .collect();
        found.sort_unstable_by_key(|(tenant, age)| (tenant.slot, tenant.generation, *age));
        found.dedup_by_key(|(tenant, _)| *tenant);
        found.sort_unstable_by_key(|(_, age)| Reverse(*age));
        found.into_iter().map(|(tenant, _)| tenant).collect()
    }

    /// Open a group; `None` when too many are open.
    pub(crate) fn open(&mut self, group: Group) -> Option<u8> {
        let index = match self.open.iter().position(Option::is_none) {
            Some(index) => index,
            None if self.open.len() < GROUPS => {
                self.open.push(None);
                self.open.len() - 1
            }
            None => return None,
        };
        *self.open.get_mut(index)? = Some(Box::new(group));
        u8::try_from(index).ok()
    }

    pub(crate) fn get(&self, index: u8) -> Option<&Group> {
        self.open.get(usize::from(index))?.as_deref()
    }

    pub(crate) fn get_mut(&mut self, index: u8) -> Option<&mut Group> {
        self.open.get_mut(usize::from(index))?.as_deref_mut()
    }

    pub(crate) fn take(&mut self, index: u8) -> Option<Box<Group>> {
        self.open.get_mut(usize::from(index))?.take()
    }

    /// The open groups.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u8, &Group)> {
        self.open.iter().enumerate().filter_map(|(index, group)| Some((index as u8, group.as_deref()?)))
    }
}

/// How far back decoys and distributed scans are looked for.
pub(crate) const fn window_ns(kind: GroupKind) -> Nanoseconds {
    match kind {
        GroupKind::Decoys => DECOY_WINDOW_NS,
        GroupKind::Distributed | GroupKind::Rotation => DISTRIBUTED_WINDOW_NS,
    }
}

/// Say whether two sources made the same contacts with the same source ports. Requests for protocols have no ports, and nobody
/// else makes the same ones.
pub(crate) fn are_decoys_of_each_other(one: &[Contact], other: &[Contact]) -> bool {
    let is_telling = |a: &Contact| {
        a.source_port != 0 || (a.class == ProbeClass::IpProtocol && !is_routing_or_tunnel(a.port.to_le_bytes()[0]))
    };
    let is_same = |a: &Contact, b: &Contact| a.is(b.target, b.port, b.class) && a.source_port == b.source_port;
    let shared = || one.iter().filter(|a| is_telling(a) && other.iter().any(|b| is_same(a, b)));
    shared().count() >= DECOY_CONTACTS
        || shared().filter(|contact| is_impossible(contact.class)).count() >= DECOY_IMPOSSIBLE_CONTACTS
}

/// Flags that no system sends outside a connection, whatever comes of them.
const fn is_impossible(class: ProbeClass) -> bool {
    matches!(class, ProbeClass::Null | ProbeClass::Fin | ProbeClass::Xmas | ProbeClass::SynFin | ProbeClass::Flags)
}

/// Choose those who act with the first: enough of them to be decoys?
pub(crate) fn decoys(first: &[Contact], others: &[(Tenant, Vec<Contact>)]) -> Option<Vec<Tenant>> {
    let members: Vec<Tenant> = others
        .iter()
        .filter(|(_, contacts)| are_decoys_of_each_other(first, contacts))
        .map(|(tenant, _)| *tenant)
        .collect();
    (members.len() + 1 >= DECOY_SOURCES).then_some(members)
}

/// The ports of contacts that were refused or stayed unanswered.
fn evident_ports(contacts: &[Contact]) -> Vec<(PortSpace, u16)> {
    contacts
        .iter()
        .filter(|contact| contact.rule.nats() > 0.0)
        .map(|contact| (contact.class.space(), contact.port))
        .collect()
}

/// Choose sources that share the ports out among them: enough of them to be a distributed scan?
pub(crate) fn distributed(first: &[Contact], others: &[(Tenant, Vec<Contact>)]) -> Option<Vec<Tenant>> {
    let mut union = evident_ports(first);
    let mut members = Vec::new();
    for (tenant, contacts) in others {
        let ports = evident_ports(contacts);
        let overlap = ports.iter().filter(|port| union.contains(port)).count();
        if ports.len() >= DISTRIBUTED_CONTACTS && overlap * 10 <= ports.len() {
            union.extend(ports);
            members.push(*tenant);
        }
    }
    (members.len() + 1 >= DISTRIBUTED_SOURCES).then_some(members)
}

/// The prefix whose addresses a rotating scanner goes through.
pub(crate) fn rotation_prefix(source: &Source) -> (Address, u8) {
    let bits = if source.key.is_v4() { 24 } else { 48 };
    (source.key.masked(bits), bits)
}

/// What is remembered of a prefix: distinct evident contacts, addresses, and what speaks against rotation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rotation {
    pub(crate) contacts: u8,
    pub(crate) addresses: u8,
    /// Contacts that another address made before.
    pub(crate) overlaps: u8,
    /// Addresses that came back after another had its turn.
    pub(crate) returns: u8,
}

impl Rotation {
    /// From this many contacts on a prefix may be called rotating.
    const CONTACTS: u8 = 24;
    const ADDRESSES: u8 = 8;

    pub(crate) const fn pack(self) -> u32 {
        u32::from_be_bytes([self.contacts, self.addresses, self.overlaps, self.returns])
    }

    pub(crate) const fn unpack(packed: u32) -> Self {
        let [contacts, addresses, overlaps, returns] = packed.to_be_bytes();
        Self { contacts, addresses, overlaps, returns }
    }

    /// Say whether one scanner goes through the prefix: many addresses, each used up before the next.
    pub(crate) const fn is_one_scanner(self) -> bool {
        self.contacts >= Self::CONTACTS
            && self.addresses >= Self::ADDRESSES
            && self.overlaps as u16 * 10 <= self.contacts as u16
            && self.returns as u16 * 10 <= self.contacts as u16
    }
}

#[cfg(test)]
mod tests {
    use super::super::contact::Outcome;
    use super::super::weights::Rule;
    use super::*;

    fn contact(port: u16, source_port: u16) -> Contact {
        Contact {
            target: 1,
            port,
            source_port,
            class: ProbeClass::Syn,
            outcome: Outcome::Closed,
            rule: Rule::ClosedPort,
            ..Contact::EMPTY
        }
    }

    fn tenant(slot: Slot) -> Tenant {
        Tenant { slot, generation: 1 }
    }

    #[test]
    fn the_same_ports_with_the_same_source_port_are_decoys() {
        let contacts: Vec<Contact> = [22, 80, 443].map(|port| contact(port, 40_000)).into();
        let others: Vec<_> = (1..3).map(|slot| (tenant(slot), contacts.clone())).collect();
        assert_eq!(decoys(&contacts, &others).map(|members| members.len()), Some(2));
    }

    #[test]
    fn two_impossible_probes_in_common_are_enough_and_protocols_have_no_ports() {
        let decoys_by = |contacts: &[Contact]| {
            let others: Vec<_> = (1..3).map(|slot| (tenant(slot), contacts.to_vec())).collect();
            decoys(contacts, &others).is_some()
        };
        let of_class = |class, ports: &[u16], source_port| -> Vec<Contact> {
            ports.iter().map(|&port| Contact { class, ..contact(port, source_port) }).collect()
        };
        assert!(decoys_by(&of_class(ProbeClass::Xmas, &[22, 80], 40_000)));
        assert!(!decoys_by(&of_class(ProbeClass::Xmas, &[22], 40_000)));
        assert!(!decoys_by(&of_class(ProbeClass::Syn, &[22, 80], 40_000)));
        assert!(decoys_by(&of_class(ProbeClass::IpProtocol, &[9, 77, 200], 0)));
        assert!(!decoys_by(&of_class(ProbeClass::IpProtocol, &[47, 50, 51], 0)), "peers of a tunnel");
        assert!(!decoys_by(&of_class(ProbeClass::Udp, &[22, 80, 443], 0)), "no source port was reported");
    }

    #[test]
    fn clients_with_ports_of_their_own_are_no_decoys() {
        let first: Vec<Contact> = [22, 80, 443].map(|port| contact(port, 40_000)).into();
        let others: Vec<_> = (1..9)
            .map(|slot| (tenant(slot), [22, 80, 443].map(|port| contact(port, 50_000 + slot as u16)).to_vec()))
            .collect();
        assert_eq!(decoys(&first, &others), None);
    }

    #[test]
    fn eight_that_share_the_ports_out_are_distributed() {
        let first = vec![contact(1, 0), contact(2, 0)];
        let others: Vec<_> =
            (1..8_u16).map(|n| (tenant(n.into()), vec![contact(10 * n, 0), contact(10 * n + 1, 0)])).collect();
        assert_eq!(distributed(&first, &others).map(|members| members.len()), Some(7));
        assert_eq!(distributed(&first, others.get(1..).unwrap_or_default()), None);
    }

    #[test]
    fn sixty_clients_of_a_service_that_moved_are_not_distributed() {
        let first = vec![contact(8080, 0), contact(8081, 0)];
        let others: Vec<_> = (1..60).map(|n| (tenant(n), vec![contact(8080, 0), contact(8081, 0)])).collect();
        assert_eq!(distributed(&first, &others), None);
    }

    #[test]
    fn those_noted_come_in_the_order_of_time_wherever_they_are_kept() {
        let mut groups = Groups::default();
        for (time_ns, slot) in [7, 3, 9, 3, 1].into_iter().enumerate() {
            groups.note(tenant(slot), 5, time_ns as u64);
        }
        let slots = |found: Vec<Tenant>| found.into_iter().map(|tenant| tenant.slot).collect::<Vec<_>>();
        assert_eq!(slots(groups.lately(0)), [7, 9, 3, 1]);
        assert_eq!(slots(groups.others(1, 5, 1)), [9, 3]);
        assert_eq!(slots(groups.others(1, 6, 0)), [0; 0]);
    }

    #[test]
    fn rotation_uses_up_one_address_after_the_other() {
        let rotating = Rotation { contacts: 30, addresses: 30, overlaps: 0, returns: 0 };
        assert!(rotating.is_one_scanner());
        assert!(!Rotation { overlaps: 10, ..rotating }.is_one_scanner());
        assert!(!Rotation { returns: 10, ..rotating }.is_one_scanner());
        assert_eq!(Rotation::unpack(rotating.pack()), rotating);
    }
}
