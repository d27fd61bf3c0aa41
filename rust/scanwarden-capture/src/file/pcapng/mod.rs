//! The pcapng format (draft-ietf-opsawg-pcapng): sections of blocks, each section with a byte order and interfaces of
//! its own. Packet and interface blocks are read, everything else is skipped.

mod block;
mod clock;
mod interface;
mod packet;

use block::Order;
use interface::Interface;
use packet::PacketBlock;

use super::walk::{Stop, Visitor, Walked};
use super::window::READ_BYTES;
use crate::RawPacket;
use crate::error::Damage;

pub(super) use block::{SECTION_MAGIC, byte_order};

/// Largest packet, interface or section block accepted: the largest packet and plenty of options.
const MAX_BLOCK_BYTES: usize = READ_BYTES;

/// Most interfaces of one section that are kept; a real file has a handful.
const MAX_INTERFACES: usize = 65_536;

/// Where in a pcapng file the walk is: the current section's byte order and interfaces.
#[derive(Clone, Default)]
pub(super) struct Pcapng {
    order: Order,
    interfaces: Vec<Interface>,
    /// The latest time seen, for simple packets, which have none.
    last_ns: u64,
    /// The first link type met that is not decoded, if any packet had it.
    unknown_link: Option<u32>,
}

/// What the walk does after a block.
enum Next {
    /// Go on behind this many bytes.
    Behind(usize),
    /// Stop.
    Stop(Stop),
}

impl Pcapng {
    /// Return a link type that packets had but that is not decoded, so that they were left out.
    pub(super) fn unknown_link(&self) -> Option<u32> {
        self.unknown_link
    }

    /// Hand out the packets in `input`, at most `max_packets`.
    #[inline]
    pub(super) fn walk<'a>(&mut self, input: &'a [u8], max_packets: usize, visitor: &mut dyn Visitor<'a>) -> Walked {
        let mut left = input;
        let mut packets = 0;
        loop {
            if packets == max_packets {
                return Walked { consumed: input.len() - left.len(), packets, stop: Stop::Full };
            }
            let next = match PacketBlock::parse(left, self.order) {
                Some(found) => match self.packet(&found) {
                    Ok(packet) => {
                        if let Some(packet) = packet {
                            visitor.visit(packet);
                            packets += 1;
                        }
                        Next::Behind(found.block_len)
                    }
                    Err(damage) => Next::Stop(Stop::Damaged(damage)),
                },
                None => self.other_block(left),
            };
            match next {
                Next::Behind(bytes) => left = left.get(bytes..).unwrap_or_default(),
                Next::Stop(stop) => return Walked { consumed: input.len() - left.len(), packets, stop },
            }
        }
    }

    /// Give a packet block its interface's link type and clock; `None` when the link type is not decoded.
    #[inline]
    fn packet<'a>(&mut self, block: &PacketBlock<'a>) -> Result<Option<RawPacket<'a>>, Damage> {
        let Some(interface) = self.interfaces.get(block.interface as usize) else {
            return Err(Damage::UnknownInterface { interface: block.interface });
        };
        let time_ns = match block.ticks {
            Some(ticks) => interface.clock.to_ns(ticks),
            None => self.last_ns,
        };
        self.last_ns = time_ns;
        let Some(link) = interface.link else {
            self.unknown_link = Some(interface.link_number);
            return Ok(None);
        };
        let bytes = match block.ticks {
            Some(_) => block.bytes,
            None => interface.cut(block.bytes),
        };
        Ok(Some(RawPacket { time_ns, link, original_len: block.original_len, bytes }))
    }

    /// Read a block that is not a whole, well-formed packet block.
    #[cold]
    fn other_block(&mut self, input: &[u8]) -> Next {
        let header = match block::Header::parse(input, self.order) {
            Ok(header) => header,
            Err(stop) => return Next::Stop(stop),
        };
        let block = match header.whole(input) {
            Ok(block) => block,
            Err(stop) => return Next::Stop(stop),
        };
        let outcome = match header.kind {
            block::SECTION => self.begin_section(block, header.order),
            block::INTERFACE => self.add_interface(block),
            block::PACKET | block::SIMPLE_PACKET | block::ENHANCED_PACKET => Err(packet::fault(block, header)),
            _ => Ok(()),
        };
        match outcome {
            Ok(()) => Next::Behind(block.len()),
            Err(damage) => Next::Stop(Stop::Damaged(damage)),
        }
    }

    fn begin_section(&mut self, block: &[u8], order: Order) -> Result<(), Damage> {
        let (major, minor) = (order.u16_at(block, 12), order.u16_at(block, 14));
        // Minor version 2 was written by mistake and is the same format (draft-ietf-opsawg-pcapng 4.1).
        if !matches!((major, minor), (1, 0 | 2)) {
            return Err(Damage::Version { major, minor });
        }
        self.order = order;
        self.interfaces.clear();
        Ok(())
    }

    fn add_interface(&mut self, block: &[u8]) -> Result<(), Damage> {
        if self.interfaces.len() == MAX_INTERFACES {
            return Err(Damage::TooManyInterfaces { limit: MAX_INTERFACES });
        }
        self.interfaces.push(Interface::parse(block, self.order)?);
        Ok(())
    }
}
