//! Settled contacts for others: what a host tells its fleet, and what a capture leaves in an archive.

use super::engine::Detector;
use super::groups::PROGRAM_NOT_SHOWN;
use super::observe::row::number_of;
use super::source::Contact;
use super::table::Slot;
use super::weights::Variant;
use crate::packet::Nanoseconds;
use crate::rows::{Row, RowOutcome};
use std::collections::VecDeque;

/// Rows that wait to be taken; beyond the capacity the oldest are dropped and counted.
#[derive(Default)]
pub(crate) struct Tap {
    rows: VecDeque<Row>,
    capacity: usize,
    takes_harmless: bool,
    pub(crate) dropped: u64,
}

impl Tap {
    /// Keep at most `capacity` rows, none for zero; `takes_harmless` also those that are no evidence.
    pub(crate) fn new(capacity: usize, takes_harmless: bool) -> Self {
        Self { capacity, takes_harmless, ..Self::default() }
    }

    /// Whether every contact is to be told by itself, those of scans that are long open too.
    pub(crate) const fn wants_each(&self) -> bool {
        self.capacity > 0 && self.takes_harmless
    }

    fn push(&mut self, row: Row) {
        if self.rows.len() >= self.capacity {
            self.rows.pop_front();
            self.dropped += 1;
        }
        self.rows.push_back(row);
    }
}

impl Detector {
    /// Take at most `limit` settled contacts, oldest first; there are none unless the settings ask for them.
    pub fn take_sightings(&mut self, limit: usize) -> Vec<Row> {
        let count = self.tap.rows.len().min(limit);
        self.tap.rows.drain(..count).collect()
    }

    /// Pass a contact on whose outcome has just become known.
    #[inline]
    pub(crate) fn tell_tap(&mut self, slot: Slot, contact: &Contact, variant: Variant, time_ns: Nanoseconds) {
        if self.tap.capacity > 0 {
            self.pass_on(slot, contact, variant, time_ns, RowOutcome::of(contact.outcome));
        }
    }

    /// The same for a contact that is kept one by one, and so knows when it was made.
    #[inline]
    pub(crate) fn tell_tap_of_kept(&mut self, slot: Slot, contact: &Contact, variant: Variant) {
        if self.tap.capacity > 0 {
            let first_seen_ns = self.table.get(slot).map_or(self.now_ns, |source| source.first_seen_ns);
            let time_ns = first_seen_ns.saturating_add(u64::from(contact.time_ms) * 1_000_000);
            self.pass_on(slot, contact, variant, time_ns, RowOutcome::of(contact.outcome));
        }
    }

    /// The same for the abort of a handshake; a contact in a page has forgotten its target.
    #[inline]
    pub(crate) fn tell_tap_of_half_open(&mut self, slot: Slot, contact: &Contact, time_ns: Nanoseconds) {
        if self.tap.capacity > 0 && contact.target != Contact::EMPTY.target {
            self.pass_on(slot, contact, Variant::Plain, time_ns, RowOutcome::HalfOpen);
        }
    }

    #[cold]
    fn pass_on(&mut self, slot: Slot, contact: &Contact, variant: Variant, time_ns: Nanoseconds, outcome: RowOutcome) {
        let Some(source) = self.table.get(slot) else { return };
        let make = source.evidence.make;
        let row = Row {
            time_ns,
            source: source.address(),
            target: self.targets.address(contact.target, source.key.is_v4()),
            class: contact.class as u8,
            detail: number_of(variant),
            port: contact.port,
            source_port: contact.source_port,
            outcome,
            make: if make == PROGRAM_NOT_SHOWN { 0 } else { make },
            packets: 1,
        };
        if self.tap.takes_harmless || self.is_evidence(slot, contact, &row) {
            self.tap.push(row);
        }
    }

    fn is_evidence(&self, slot: Slot, contact: &Contact, row: &Row) -> bool {
        Self::most_nats(row) > 0.0 && (row.outcome == RowOutcome::HalfOpen || !self.was_open(slot, contact))
    }
}
