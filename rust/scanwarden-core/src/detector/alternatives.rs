//! Ports that one client tries in turn for one purpose, because standards and habit give it several.
//!
//! A mail program that is told only a host's name looks on all of mail's ports (RFC 6186, RFC 8314), a desktop looks for
//! shared files on two, for a printer on three, a person for a web page on four. After the first port of a purpose the next
//! says little more. Several purposes within a minute are nobody's habit.

use super::contact::{PortSpace, ProbeClass};
use super::engine::Detector;
use super::source::Contact;
use super::table::Slot;
use super::weights::Rule;

/// What several ports serve alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    Mail,
    Web,
    SharedFiles,
    Printing,
}

const fn purpose_of_port(space: PortSpace, port: u16) -> Option<Purpose> {
    match (space, port) {
        (PortSpace::Tcp, 25 | 110 | 143 | 465 | 587 | 993 | 995) => Some(Purpose::Mail),
        (PortSpace::Tcp, 80 | 443 | 8080 | 8443) => Some(Purpose::Web),
        (PortSpace::Tcp, 139 | 445) | (PortSpace::Udp, 137) => Some(Purpose::SharedFiles),
        // Printing systems ask a printer's make by SNMP first.
        (PortSpace::Tcp, 515 | 631 | 9100) | (PortSpace::Udp, 161) => Some(Purpose::Printing),
        _ => None,
    }
}

/// The purpose of a contact that a client could make: other flags than SYN serve none.
const fn purpose_of(contact: &Contact) -> Option<Purpose> {
    match contact.class {
        ProbeClass::Syn | ProbeClass::Udp => purpose_of_port(contact.class.space(), contact.port),
        _ => None,
    }
}

/// A port that was not there, tried shortly after another.
const fn is_mistake(rule: Rule) -> bool {
    matches!(rule, Rule::ClosedPort | Rule::FilteredPort | Rule::UdpClosed | Rule::UdpUnanswered)
}

impl Detector {
    /// The rule for a mistaken contact, given what else its source tried on the same target: alternatives are those of a
    /// source that has tried nothing else.
    pub(crate) fn rule_among_alternatives(&mut self, slot: Slot, rule: Rule, contact: &Contact) -> Rule {
        let Some(purpose) = purpose_of(contact).filter(|_| is_mistake(rule)) else { return rule };
        let is_mistaken_too = |other: &&Contact| {
            other.target == contact.target
                && (other.port, other.class) != (contact.port, contact.class)
                && (is_mistake(other.rule) || other.rule == Rule::AlternativePort)
        };
        let mut others = 0;
        let mut is_alternative = |other: &Contact| {
            others += 1;
            purpose_of(other) == Some(purpose)
        };
        let Some(source) = self.table.get(slot) else { return rule };
        let has_one_purpose = source.inline_contacts().iter().filter(is_mistaken_too).all(&mut is_alternative)
            && self
                .tally_of(slot)
                .is_none_or(|tally| tally.listed.iter().filter(is_mistaken_too).all(&mut is_alternative));
        if has_one_purpose && others > 0 { Rule::AlternativePort } else { rule }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_serves_its_purpose_in_its_own_protocol_only() {
        assert_eq!(purpose_of_port(PortSpace::Tcp, 993), purpose_of_port(PortSpace::Tcp, 25));
        assert_ne!(purpose_of_port(PortSpace::Tcp, 993), purpose_of_port(PortSpace::Tcp, 443));
        assert_eq!(purpose_of_port(PortSpace::Udp, 137), purpose_of_port(PortSpace::Tcp, 445));
        assert_eq!(purpose_of_port(PortSpace::Udp, 993), None);
        assert_eq!(purpose_of_port(PortSpace::Tcp, 22), None);
    }
}
