//! The two formats behind one walk.

use super::pcap::{HEADER_BYTES, Pcap};
use super::pcapng::Pcapng;
use super::walk::{Visitor, Walked};

/// The format of a file and the state its walk carries from window to window.
#[derive(Clone)]
pub(super) enum Format {
    Pcap(Pcap),
    Pcapng(Box<Pcapng>),
}

impl Format {
    /// Return how many bytes come before what the walk reads.
    pub(super) fn header_bytes(&self) -> usize {
        match self {
            Self::Pcap(_) => HEADER_BYTES,
            Self::Pcapng(_) => 0,
        }
    }

    /// Hand out the packets in `input`, at most `max_packets`; see [`Walked`].
    #[inline]
    pub(super) fn walk<'a>(&mut self, input: &'a [u8], max_packets: usize, visitor: &mut impl Visitor<'a>) -> Walked {
        match self {
            Self::Pcap(pcap) => pcap.walk(input, max_packets, visitor),
            Self::Pcapng(pcapng) => pcapng.walk(input, max_packets, visitor),
        }
    }

    /// Return a link type that packets had but that is not decoded, so that they were left out.
    pub(super) fn unknown_link(&self) -> Option<u32> {
        match self {
            Self::Pcap(_) => None,
            Self::Pcapng(pcapng) => pcapng.unknown_link(),
        }
    }
}
