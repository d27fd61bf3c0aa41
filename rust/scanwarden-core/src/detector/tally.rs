//! What is kept of a source that deserves more than a few contacts: an open scan, or one on its way.

use super::cohorts::Cohorts;
use super::contact::{Outcome, PortSpace, ProbeClass};
use super::port_set::{PortSet, Touched};
use super::ports::{Mark, Pages};
use super::scan::{Scan, TargetMap};
use super::source::{Contact, Outcomes};
use super::spread::Spread;
use super::table::Slot;
use crate::packet::Nanoseconds;
use std::collections::BTreeMap;

/// Contacts listed one by one before a page takes over.
const LISTED: usize = 64;
/// A page is worth its memory from this many contacts that share a key.
const PAGE_WORTH: usize = 16;
/// The same for an open scan that holds few pages: a scan of many ports on a few hosts at a time shares no key more often.
const PAGE_WORTH_OF_SCAN: usize = 4;
/// Pages of an open scan that may be worth so little.
const CHEAP_PAGES: usize = 16;
/// Pages one tally may hold.
const PAGES_EACH: usize = 64;
/// Open ports remembered one by one.
const OPEN_PORTS: usize = 1024;

/// What a page's 65,536 numbers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PageKey {
    /// Ports of one target.
    Ports { target: u32, class: ProbeClass },
    /// Targets that share the high half of their number, by the low half, for one port.
    Targets { high_half: u16, port: u16, class: ProbeClass },
}

impl PageKey {
    #[inline]
    fn bit(self, target: u32, port: u16, class: ProbeClass) -> Option<u16> {
        match self {
            Self::Ports { target: kept, class: kept_class } => (kept == target && kept_class == class).then_some(port),
            Self::Targets { high_half, port: kept, class: kept_class } => {
                (high_half == (target >> 16) as u16 && kept == port && kept_class == class).then_some(target as u16)
            }
        }
    }
}

/// Where a contact is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Listed(usize),
    Paged { page: u32, bit: u16 },
}

/// A port the source learnt to be open.
pub(crate) type OpenPort = (u32, PortSpace, u16);

/// The extended memory of one source.
///
/// What one more contact of an open scan needs comes first: one cache line, and that of the cohorts.
#[repr(C, align(64))]
pub(crate) struct Tally {
    pub(crate) scan: Option<Box<Scan>>,
    latest_page: usize,
    pub(crate) slot: Slot,
    /// No page is one of targets, so every contact with a target that has a page goes there.
    pub(crate) is_by_port: bool,
    /// Gaps between contacts: how many lasted 2^n milliseconds.
    gaps: [u32; 32],
    pub(crate) listed: Vec<Contact>,
    /// Contacts of the open scan that wait together.
    pub(crate) cohorts: Cohorts,
    pages: Vec<(PageKey, u32)>,
    pub(crate) open_ports: Vec<OpenPort>,
    /// The spread of contacts that found no place and cannot be told from retries.
    unplaced: Option<Box<Spread>>,
}

const _: () =
    assert!(std::mem::offset_of!(Tally, gaps) + 10 * 4 <= 64, "gaps of up to half a second lie in the first line");
const _: () = assert!(size_of::<Tally>() == 5 * 64, "a tally takes five cache lines");

impl Tally {
    /// Bytes held, beside the pages and what is written of an open scan.
    pub(crate) const BYTES: usize = size_of::<Self>() + LISTED * size_of::<Contact>() + size_of::<Spread>();

    pub(crate) fn new(slot: Slot) -> Self {
        Self {
            scan: None,
            latest_page: 0,
            slot,
            is_by_port: true,
            gaps: [0; 32],
            listed: Vec::with_capacity(LISTED),
            cohorts: Cohorts::default(),
            pages: Vec::new(),
            open_ports: Vec::new(),
            unplaced: None,
        }
    }

    /// Find a contact.
    #[inline]
    pub(crate) fn find(&self, pages: &Pages, target: u32, port: u16, class: ProbeClass) -> Option<Place> {
        if let Some((page, bit)) = self.page_for(target, port, class) {
            // What has a page is never listed as well.
            return (pages.get(page)?.mark(bit) != Mark::Untouched).then_some(Place::Paged { page, bit });
        }
        self.listed.iter().position(|contact| contact.is(target, port, class)).map(Place::Listed)
    }

    /// The page, and the number in it, of a contact that has one, touched or not.
    #[inline]
    pub(crate) fn page_for(&self, target: u32, port: u16, class: ProbeClass) -> Option<(u32, u16)> {
        if let Some((key, page)) = self.pages.get(self.latest_page)
            && let Some(bit) = key.bit(target, port, class)
        {
            return Some((*page, bit));
        }
        self.pages.iter().find_map(|(key, page)| key.bit(target, port, class).map(|bit| (*page, bit)))
    }

    /// Keep a new contact; `None` when there is no place left to tell it from others.
    pub(crate) fn keep(&mut self, pages: &mut Pages, contact: Contact) -> Option<Place> {
        if self.page_for(contact.target, contact.port, contact.class).is_none() && self.listed.len() >= LISTED {
            self.turn_page(pages);
        }
        if let Some((page, bit)) = self.page_for(contact.target, contact.port, contact.class) {
            pages.get_mut(page)?.set_mark(bit, mark_of(contact.outcome));
            return Some(Place::Paged { page, bit });
        }
        if self.listed.len() < LISTED {
            self.listed.push(contact);
            return Some(Place::Listed(self.listed.len() - 1));
        }
        if !is_aside(contact.class) {
            let port = (contact.class.space() as u32) << 16 | u32::from(contact.port);
            self.unplaced.get_or_insert_default().note(port, contact.target);
        }
        let settled = self.listed.iter().position(|kept| kept.outcome != Outcome::Pending)?;
        *self.listed.get_mut(settled)? = contact;
        Some(Place::Listed(settled))
    }

    /// Move the listed contacts that share the commonest key to a page of their own.
    fn turn_page(&mut self, pages: &mut Pages) {
        if self.pages.len() >= PAGES_EACH {
            return;
        }
        let keys = self.listed.iter().flat_map(|contact| {
            let class = contact.class;
            [
                PageKey::Ports { target: contact.target, class },
                PageKey::Targets { high_half: (contact.target >> 16) as u16, port: contact.port, class },
            ]
        });
        let members = |key: PageKey| {
            self.listed.iter().filter(|contact| key.bit(contact.target, contact.port, contact.class).is_some()).count()
        };
        // Scanners try many ports on a few hosts at a time, so where both are shared alike a target's ports go on.
        let weight = |key: PageKey, count: usize| if matches!(key, PageKey::Ports { .. }) { count * 2 } else { count };
        let counted = keys.map(|key| (members(key), key));
        let Some((count, key)) = counted.max_by_key(|&(count, key)| weight(key, count)) else { return };
        let is_cheap = self.scan.is_some() && self.pages.len() < CHEAP_PAGES;
        if count < if is_cheap { PAGE_WORTH_OF_SCAN } else { PAGE_WORTH } {
            return;
        }
        let Some(index) = pages.take() else { return };
        let Some(page) = pages.get_mut(index) else { return };
        self.listed.retain(|contact| match key.bit(contact.target, contact.port, contact.class) {
            Some(bit) => {
                page.set_mark(bit, mark_of(contact.outcome));
                false
            }
            None => true,
        });
        self.latest_page = self.pages.len();
        self.is_by_port &= matches!(key, PageKey::Ports { .. });
        self.pages.push((key, index));
    }

    /// Give the pages back.
    pub(crate) fn dissolve(&mut self, pages: &mut Pages) {
        for (_, page) in self.pages.drain(..) {
            pages.give_back(page);
        }
    }

    /// Remember an open port the source saw.
    pub(crate) fn learn_open(&mut self, open: OpenPort) {
        if self.open_ports.len() < OPEN_PORTS && !self.open_ports.contains(&open) {
            self.open_ports.push(open);
        }
    }

    /// Note the time between two contacts.
    #[inline]
    pub(crate) fn note_gap(&mut self, gap_ns: Nanoseconds) {
        // Most gaps of large scans are shorter than the first step.
        let bucket = if gap_ns < 1_000_000 { 0 } else { (64 - (gap_ns / 1_000_000).leading_zeros()) as usize };
        if let Some(count) = self.gaps.get_mut(bucket.min(31)) {
            *count = count.saturating_add(1);
        }
    }

    /// The median time between contacts, rounded up to a power of two of milliseconds.
    pub(crate) fn median_gap_ns(&self) -> Nanoseconds {
        let half = self.gaps.iter().map(|&count| u64::from(count)).sum::<u64>().div_ceil(2);
        let mut sum = 0;
        for (bucket, &count) in self.gaps.iter().enumerate() {
            sum += u64::from(count);
            if sum >= half && count > 0 {
                return (1_u64 << bucket) * 1_000_000;
            }
        }
        0
    }

    /// How many distinct ports and targets were touched.
    pub(crate) fn extent(&self, pages: &Pages) -> (usize, usize) {
        let is_all_aside = self.pages.is_empty() && self.listed.iter().all(|contact| is_aside(contact.class));
        let shaping = || self.listed.iter().filter(move |contact| is_all_aside || !is_aside(contact.class));
        let mut targets: Vec<u32> = shaping().map(|contact| contact.target).collect();
        let mut spaces: BTreeMap<PortSpace, Touched<'_>> = BTreeMap::new();
        for contact in shaping() {
            spaces.entry(contact.class.space()).or_default().ports.push(contact.port);
        }
        let mut swept = 0;
        for (key, page) in self.pages.iter().filter_map(|(key, page)| Some((*key, pages.get(*page)?))) {
            match key {
                PageKey::Ports { target, class } => {
                    targets.push(target);
                    spaces.entry(class.space()).or_default().pages.push(page);
                }
                PageKey::Targets { port, class, .. } => {
                    spaces.entry(class.space()).or_default().ports.push(port);
                    swept = swept.max(page.touched_count());
                }
            }
        }
        targets.sort_unstable();
        targets.dedup();
        let ports = spaces.into_values().map(Touched::count).sum::<usize>();
        let (more_ports, more_targets) = self.unplaced.as_ref().map_or((0, 0), |spread| spread.estimate());
        (ports.max(more_ports), targets.len().max(swept).max(more_targets))
    }

    /// The touched ports by target and space, of at most `limit` targets.
    pub(crate) fn touched(&self, pages: &Pages, limit: usize) -> TargetMap {
        let mut map = TargetMap::new();
        for contact in &self.listed {
            if let Some(ports) = ports_of(&mut map, limit, contact.target, contact.class.space()) {
                ports.push(contact.port);
            }
        }
        for (key, page) in self.pages.iter().filter_map(|(key, page)| Some((*key, pages.get(*page)?))) {
            match key {
                PageKey::Ports { target, class } => {
                    if let Some(ports) = ports_of(&mut map, limit, target, class.space()) {
                        ports.add_page(page);
                    }
                }
                PageKey::Targets { high_half, port, class } => {
                    for low_half in page.touched().take(limit) {
                        let target = u32::from(high_half) << 16 | u32::from(low_half);
                        if let Some(ports) = ports_of(&mut map, limit, target, class.space()) {
                            ports.push(port);
                        }
                    }
                }
            }
        }
        map
    }

    /// Settle a paged contact and correct the counts for what was said of it before.
    pub(crate) fn settle_page(
        &mut self,
        pages: &mut Pages,
        outcomes: &mut Outcomes,
        (page, bit): (u32, u16),
        outcome: Outcome,
        silent: Outcome,
        now_ns: Nanoseconds,
    ) -> bool {
        let Some(page) = pages.get_mut(page) else { return false };
        match (page.mark(bit), outcome != silent) {
            (Mark::Pending, true) => page.set_mark(bit, Mark::Answered),
            (Mark::Pending, false) => page.set_mark(bit, Mark::Silent),
            (Mark::Silent, true) => {
                page.set_mark(bit, Mark::Answered);
                // One less will be counted as silent; if none waits, this one was.
                if !self.cohorts.leave(now_ns) {
                    outcomes.remove(silent);
                }
            }
            _ => return false,
        }
        outcomes.add(outcome);
        true
    }
}

/// The ports of a target in a map of at most `limit` targets.
fn ports_of(map: &mut TargetMap, limit: usize, target: u32, space: PortSpace) -> Option<&mut PortSet> {
    let has_room = map.len() < limit || map.contains_key(&target);
    has_room.then(|| map.entry(target).or_default().entry(space).or_default())
}

/// Looking for a neighbour, or naming one in an FTP command, is no shape beside ports that were probed.
const fn is_aside(class: ProbeClass) -> bool {
    matches!(class, ProbeClass::Arp | ProbeClass::FtpBounce)
}

const fn mark_of(outcome: Outcome) -> Mark {
    match outcome {
        Outcome::Pending => Mark::Pending,
        Outcome::Open | Outcome::Closed => Mark::Answered,
        Outcome::Filtered | Outcome::Unknown => Mark::Silent,
    }
}
