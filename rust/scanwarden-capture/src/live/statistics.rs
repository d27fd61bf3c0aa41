//! What a live capture counts.

/// Counters of a live capture, since it was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LiveStatistics {
    /// Packets handed out.
    pub received: u64,
    /// Packets that passed the filter but that the kernel dropped because a ring was full.
    pub dropped: u64,
    /// Interfaces that are down or gone right now.
    pub interfaces_down: u64,
    /// Times an interface went down or away.
    pub outages: u64,
    /// The same per interface, in the order they were given.
    pub interfaces: Vec<InterfaceStatistics>,
}

/// Counters of one interface, since the capture was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InterfaceStatistics {
    /// The interface.
    pub name: String,
    /// Packets handed out.
    pub received: u64,
    /// Packets dropped by the kernel because the ring was full.
    pub dropped: u64,
    /// Packets left out because they are not IP, on an interface without link headers.
    pub not_ip: u64,
    /// Whether it is down or gone right now.
    pub is_down: bool,
    /// Times it went down or away.
    pub outages: u64,
    /// Why the last attempt to bring it back failed, while it is away.
    pub last_error: Option<String>,
}

impl LiveStatistics {
    /// Sum up interfaces.
    pub(super) fn sum(interfaces: Vec<InterfaceStatistics>) -> Self {
        let mut all = Self::default();
        for one in &interfaces {
            all.received += one.received;
            all.dropped += one.dropped;
            all.interfaces_down += u64::from(one.is_down);
            all.outages += one.outages;
        }
        Self { interfaces, ..all }
    }
}
