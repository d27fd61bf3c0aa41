//! Interface description blocks (draft-ietf-opsawg-pcapng 4.2).

use super::block::Order;
use super::clock::{Clock, Resolution};
use crate::LinkType;
use crate::error::Damage;

const OPTION_END: u16 = 0;
const OPTION_TSRESOL: u16 = 9;
const OPTION_TSOFFSET: u16 = 14;

/// What is needed of an interface to read its packets.
#[derive(Clone, Debug)]
pub(super) struct Interface {
    /// The link type, when it is one that is decoded.
    pub(super) link: Option<LinkType>,
    /// The link type's number.
    pub(super) link_number: u32,
    /// How its time stamps count.
    pub(super) clock: Clock,
    snap_len: u32,
}

impl Interface {
    /// Read a whole interface description block.
    pub(super) fn parse(block: &[u8], order: Order) -> Result<Self, Damage> {
        let link_number = u32::from(order.u16_at(block, 8));
        let mut interface = Self {
            link: LinkType::from_dlt(link_number),
            link_number,
            clock: Clock::default(),
            snap_len: order.u32_at(block, 12),
        };
        let options = block.get(16..block.len().saturating_sub(4)).unwrap_or_default();
        interface.read_options(options, order)?;
        Ok(interface)
    }

    /// Cut a simple packet's content to the snap length, so that padding is not taken for content.
    pub(super) fn cut<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        match self.snap_len {
            0 => bytes,
            snap_len => bytes.get(..snap_len as usize).unwrap_or(bytes),
        }
    }

    fn read_options(&mut self, mut options: &[u8], order: Order) -> Result<(), Damage> {
        while let Some(([c0, c1, l0, l1], rest)) = options.split_first_chunk::<4>() {
            let (code, len) = (order.u16([*c0, *c1]), usize::from(order.u16([*l0, *l1])));
            if code == OPTION_END {
                break;
            }
            let Some(value) = rest.get(..len) else {
                return Err(Damage::OptionLength { option: code, claimed: len as u64 });
            };
            match (code, value) {
                (OPTION_TSRESOL, [resolution]) => self.clock.resolution = Resolution::from_option(*resolution),
                (OPTION_TSOFFSET, [_, _, _, _, _, _, _, _]) => self.clock.set_offset(offset_s(value, order)),
                _ => {}
            }
            options = rest.get(len.next_multiple_of(4)..).unwrap_or_default();
        }
        Ok(())
    }
}

fn offset_s(value: &[u8], order: Order) -> i64 {
    let bytes = value.first_chunk::<8>().copied().unwrap_or_default();
    match order {
        Order::Little => i64::from_le_bytes(bytes),
        Order::Big => i64::from_be_bytes(bytes),
    }
}
