//! The two formats behind one walk.

use super::pcap::{HEADER_BYTES, Pcap};
use super::pcapng::Pcapng;
use super::walk::Walked;
use crate::RawPacket;

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
    pub(super) fn walk<'a, F: FnMut(RawPacket<'a>)>(
        &mut self,
        input: &'a [u8],
        max_packets: usize,
        mut visit: F,
    ) -> Walked {
        match self {
            Self::Pcap(pcap) => pcap.walk(input, max_packets, visit),
            Self::Pcapng(pcapng) => {
                let visit: &mut dyn FnMut(RawPacket<'a>) = &mut visit;
                pcapng.walk(input, max_packets, visit)
            }
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
