//! Ports that one client tries in turn for one purpose, because standards and habit give it several.
//!
//! A mail program that is told only a host's name looks on all of mail's ports and for its settings on the web's (RFC 6186,
//! RFC 8314), a desktop looks for shared files or a printer on a few, a person for a web page on four. After the first port
//! of a purpose the next says little more, as long as everything the source did serves that purpose. Two purposes within a
//! minute are nobody's habit: then every port counts in full, those before too.

use super::contact::{Outcome, PortSpace, ProbeClass};
use super::engine::Detector;
use super::source::Contact;
use super::table::Slot;
use super::weights::Rule;

/// A set of purposes.
type Purposes = u8;

const MAIL: Purposes = 1;
const WEB: Purposes = 2;
const SHARED_FILES: Purposes = 4;
const PRINTING: Purposes = 8;

const fn purposes_of_port(space: PortSpace, port: u16) -> Purposes {
    match (space, port) {
        (PortSpace::Tcp, 25 | 110 | 143 | 465 | 587 | 993 | 995) => MAIL,
        // Settings of mail, shared folders and printers are asked for by HTTP as well.
        (PortSpace::Tcp, 80 | 443) => MAIL | WEB | SHARED_FILES | PRINTING,
        (PortSpace::Tcp, 8080 | 8443) => WEB,
        (PortSpace::Tcp, 139 | 445) | (PortSpace::Udp, 137) => SHARED_FILES,
        // Printing systems ask a printer's make by SNMP first.
        (PortSpace::Tcp, 515 | 631 | 9100) | (PortSpace::Udp, 161) => PRINTING,
        _ => 0,
    }
}

/// The purposes that a weighed contact may serve: none, unless a client that found nobody may have made it.
const fn purposes_of(contact: &Contact) -> Purposes {
    let is_clients = matches!(contact.class, ProbeClass::Syn | ProbeClass::Udp);
    if is_clients && is_mistake(contact.rule) { purposes_of_port(contact.class.space(), contact.port) } else { 0 }
}

/// A port that was not there, tried shortly after another.
const fn is_mistake(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::ClosedPort | Rule::FilteredPort | Rule::UdpClosed | Rule::UdpUnanswered | Rule::AlternativePort
    )
}

/// What an alternative counts as after all.
const fn full_rule(contact: &Contact) -> Rule {
    match (contact.class, contact.outcome) {
        (ProbeClass::Udp, Outcome::Unknown) => Rule::UdpUnanswered,
        (ProbeClass::Udp, _) => Rule::UdpClosed,
        (_, Outcome::Closed) => Rule::ClosedPort,
        _ => Rule::FilteredPort,
    }
}

impl Detector {
    /// The rule for a contact, given what else speaks against its source; what was forgiven before may count again.
    pub(crate) fn rule_among_alternatives(&mut self, slot: Slot, rule: Rule, contact: &Contact) -> Rule {
        if rule.nats() == 0.0 {
            return rule;
        }
        let this = Contact { rule, ..*contact };
        let is_other = |other: &&Contact| {
            other.rule.nats() > 0.0 && (other.target, other.port, other.class) != (this.target, this.port, this.class)
        };
        let own = purposes_of(&this);
        let mut others = self.listed_contacts(slot).filter(is_other).peekable();
        if others.peek().is_none() {
            return rule;
        }
        // Nothing more is to be found out once nothing is common.
        let common = others.try_fold(own, |common, other| {
            let shared = if other.target == this.target { common & purposes_of(other) } else { 0 };
            (shared != 0).then_some(shared)
        });
        if common.is_some() {
            return Rule::AlternativePort;
        }
        drop(others);
        self.count_alternatives_in_full(slot);
        rule
    }

    /// The contacts of a source that are kept one by one.
    pub(crate) fn listed_contacts(&self, slot: Slot) -> impl Iterator<Item = &Contact> {
        let source = self.table.get(slot);
        let tally = source.and_then(|source| self.tallies.get(usize::from(source.tally))).and_then(Option::as_deref);
        let inline = source.map_or(&[][..], |source| source.inline_contacts());
        inline.iter().chain(tally.map_or(&[][..], |tally| &tally.listed))
    }

    fn count_alternatives_in_full(&mut self, slot: Slot) {
        let mut counted: [(u8, f32); 8] = [(0, 0.0); 8];
        let mut count_in_full = |contacts: &mut [Contact]| {
            let alternatives = contacts.iter_mut().filter(|contact| contact.rule == Rule::AlternativePort);
            for (contact, place) in alternatives.zip(&mut counted) {
                contact.rule = full_rule(contact);
                *place = (contact.stack(), contact.rule.nats() - Rule::AlternativePort.nats());
            }
        };
        let Some(source) = self.table.get_mut(slot) else { return };
        if let Some(tally) = self.tallies.get_mut(usize::from(source.tally)).and_then(Option::as_deref_mut) {
            count_in_full(&mut tally.listed);
        } else {
            count_in_full(source.inline_contacts_mut());
        }
        for (stack, nats) in counted {
            source.evidence.add(stack, nats);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_serves_its_purpose_in_its_own_protocol_only() {
        assert_eq!(purposes_of_port(PortSpace::Tcp, 993), purposes_of_port(PortSpace::Tcp, 25));
        assert_eq!(purposes_of_port(PortSpace::Tcp, 993) & purposes_of_port(PortSpace::Tcp, 8443), 0);
        assert_ne!(purposes_of_port(PortSpace::Tcp, 993) & purposes_of_port(PortSpace::Tcp, 443), 0);
        assert_eq!(purposes_of_port(PortSpace::Udp, 137), purposes_of_port(PortSpace::Tcp, 445));
        assert_eq!(purposes_of_port(PortSpace::Udp, 993), 0);
        assert_eq!(purposes_of_port(PortSpace::Tcp, 22), 0);
    }

    #[test]
    fn what_no_client_does_serves_no_purpose() {
        let closed = Contact { port: 25, rule: Rule::ClosedPort, ..Contact::EMPTY };
        assert_ne!(purposes_of(&closed), 0);
        for odd in [
            Contact { class: ProbeClass::Xmas, ..closed },
            Contact { rule: Rule::HalfOpen, ..closed },
            Contact { port: 23, ..closed },
        ] {
            assert_eq!(purposes_of(&odd), 0, "{odd:?}");
        }
    }
}
