//! Ways to slip probes past a filter, as headers show them. They say how a scan was made, and weigh nothing by themselves.

/// The tricks' names in records, in the order of their bits, which is the alphabet's.
const NAMES: [&str; 8] = [
    "bad_checksum",
    "extension_headers",
    "fragments",
    "ip_options",
    "overlapping_fragments",
    "source_port",
    "source_route",
    "tiny_fragments",
];

/// A set of tricks, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tricks(u8);

impl Tricks {
    /// No trick.
    pub const NONE: Self = Self(0);
    /// A transport checksum that is wrong, so that the host drops the packet and what answers is a box before it.
    pub const BAD_CHECKSUM: Self = Self(1);
    /// IPv6 extension headers before the transport header, an atomic fragment's among them (RFC 8200 4, RFC 6946).
    pub const EXTENSION_HEADERS: Self = Self(1 << 1);
    /// A first fragment far smaller than any network needs.
    pub const FRAGMENTS: Self = Self(1 << 2);
    /// IPv4 options (RFC 791 3.1).
    pub const IP_OPTIONS: Self = Self(1 << 3);
    /// Fragments that overlap, so that two receivers may read two packets (RFC 1858 4, RFC 5722).
    pub const OVERLAPPING_FRAGMENTS: Self = Self(1 << 4);
    /// Every probe from one port at which a service lives, because filters let its answers in.
    pub const SOURCE_PORT: Self = Self(1 << 5);
    /// A route chosen by the sender: IPv4's options, IPv6's routing header of type 0 (RFC 791 3.1, RFC 5095).
    pub const SOURCE_ROUTE: Self = Self(1 << 6);
    /// A first fragment that ends before TCP's flags (RFC 1858 3).
    pub const TINY_FRAGMENTS: Self = Self(1 << 7);

    /// Both sets together.
    #[inline]
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is here and not in the other set.
    #[inline]
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Say whether all of another set's tricks are here.
    #[inline]
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Say whether there is none.
    #[inline]
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The names used in records, sorted.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        NAMES.iter().enumerate().filter(move |(bit, _)| self.0 >> bit & 1 == 1).map(|(_, name)| *name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_fit_their_bits() {
        assert!(NAMES.is_sorted());
        for (trick, name) in [
            (Tricks::BAD_CHECKSUM, "bad_checksum"),
            (Tricks::EXTENSION_HEADERS, "extension_headers"),
            (Tricks::FRAGMENTS, "fragments"),
            (Tricks::IP_OPTIONS, "ip_options"),
            (Tricks::OVERLAPPING_FRAGMENTS, "overlapping_fragments"),
            (Tricks::SOURCE_PORT, "source_port"),
            (Tricks::SOURCE_ROUTE, "source_route"),
            (Tricks::TINY_FRAGMENTS, "tiny_fragments"),
        ] {
            assert_eq!(trick.names().collect::<Vec<_>>(), [name]);
        }
    }

    #[test]
    fn sets_are_united_and_divided() {
        let both = Tricks::FRAGMENTS.with(Tricks::IP_OPTIONS);
        assert!(both.has(Tricks::FRAGMENTS) && !both.has(Tricks::SOURCE_PORT));
        assert_eq!(both.without(Tricks::FRAGMENTS), Tricks::IP_OPTIONS);
        assert!(both.without(both).is_empty() && Tricks::NONE.is_empty());
    }
}
