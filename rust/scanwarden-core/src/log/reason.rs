//! Why a line gave nothing: the closed list of reasons, and a counter for each.

macro_rules! reasons {
    ($($(#[doc = $doc:literal])+ $name:ident => $text:literal,)+) => {
        /// Why a line (or a record of it) was not used. Hostile input is counted under one of these, never raised.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Reason { $($(#[doc = $doc])+ $name,)+ }

        impl Reason {
            /// Every reason, in the order of the enumeration.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The counter's name, as it appears in metrics and reports.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

reasons! {
    /// The line exceeds the limit; the rest of it was skipped.
    LineTooLong => "line_too_long",
    /// A control byte, NUL or ESC stands in the line.
    ControlByte => "control_byte",
    /// A header that is none of the known shapes.
    Header => "header",
    /// A date or time that does not exist.
    Time => "time",
    /// Host or program is missing, so nobody can say who wrote the line.
    NoProgram => "no_program",
    /// Written by a program that is not the one whose grammar this is.
    OtherProgram => "other_program",
    /// The syslog facility contradicts the program (a kernel line with a facility other than 0).
    Facility => "facility",
    /// journald says the line did not come from the kernel (or, for a login, not from a root process).
    Transport => "transport",
    /// A kernel message that is not about a packet.
    NotAPacket => "not_a_packet",
    /// The beginning or the end of the packet part is cut off.
    Truncated => "truncated",
    /// The prefix is longer than the kernel can write.
    PrefixTooLong => "prefix_too_long",
    /// A text-file line without one of the operator's own prefixes.
    PrefixNotListed => "prefix_not_listed",
    /// Something other than a MAC address after `MAC=` and its kin.
    Mac => "mac",
    /// An address was masked by an anonymiser.
    Masked => "masked",
    /// Something other than an address where one must stand.
    Address => "address",
    /// The IP part leaves the grammar.
    Ip => "ip",
    /// The transport part leaves the grammar.
    TransportPart => "transport_part",
    /// The packet quoted in an ICMP error leaves the grammar or nests too deep.
    Quoted => "quoted",
    /// A field that was already read stands a second time after the packet part.
    Duplicate => "duplicate",
    /// Bytes follow the packet part.
    Trailing => "trailing",
    /// An ARP line: no IP contact in it.
    Arp => "arp",
    /// A JSON line that is not an object of the expected shape.
    Json => "json",
    /// A record of a column format with missing or malformed columns.
    Columns => "columns",
    /// A header, comment or event type that carries no contact.
    Irrelevant => "irrelevant",
    /// A login message in which more than one address could be the source; none is believed.
    Ambiguous => "ambiguous",
    /// The prefix says the packet was let through, or only audited.
    Allowed => "allowed",
    /// The operator's table says to ignore the prefix.
    Ignored => "ignored",
    /// Sent by this host.
    Outbound => "outbound",
    /// Sent to a broadcast or multicast address, or to such a MAC address.
    Broadcast => "broadcast",
    /// An answer to what somebody here sent.
    Answer => "answer",
    /// An ICMP error, reply, neighbour discovery or group message.
    IcmpOther => "icmp_other",
    /// A late packet of an old connection, dropped as INVALID.
    InvalidState => "invalid_state",
    /// No transport header was logged (a later fragment).
    NoTransport => "no_transport",
    /// A connection that was completed: normal use.
    Established => "established",
}

/// One counter per [`Reason`].
#[derive(Clone, Debug)]
pub struct ReasonCounts {
    counts: [u64; Reason::ALL.len()],
}

impl Default for ReasonCounts {
    fn default() -> Self {
        Self { counts: [0; Reason::ALL.len()] }
    }
}

impl ReasonCounts {
    /// Count one line or record under `reason`.
    #[inline]
    pub fn add(&mut self, reason: Reason) {
        if let Some(count) = self.counts.get_mut(reason as usize) {
            *count += 1;
        }
    }

    /// How often `reason` was counted.
    pub fn get(&self, reason: Reason) -> u64 {
        self.counts.get(reason as usize).copied().unwrap_or(0)
    }

    /// The reasons that were counted at all, with their counts.
    pub fn iter(&self) -> impl Iterator<Item = (Reason, u64)> + '_ {
        Reason::ALL.iter().map(|&reason| (reason, self.get(reason))).filter(|&(_, count)| count > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_its_own_counter_and_name() {
        let mut counts = ReasonCounts::default();
        for &reason in Reason::ALL {
            counts.add(reason);
        }
        assert_eq!(counts.iter().count(), Reason::ALL.len());
        assert!(counts.iter().all(|(_, count)| count == 1));
        let mut names: Vec<_> = Reason::ALL.iter().map(|reason| reason.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Reason::ALL.len());
    }
}
