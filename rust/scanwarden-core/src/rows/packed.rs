//! Rows as fixed-size bytes, as hosts of a fleet exchange them.

use super::{CLASSES, Row, RowOutcome};
use crate::address::Address;

/// Bytes of one row.
///
/// Big-endian: time 8, source 16, target 16 (IPv4 as `::ffff:a.b.c.d`), port 2, source port 2, make 2, class 1, detail
/// 1, outcome 1, one zero byte, packets 4.
pub const ROW_BYTES: usize = 54;

/// Append a row.
pub fn put(row: &Row, bytes: &mut Vec<u8>) {
    bytes.extend_from_slice(&row.time_ns.to_be_bytes());
    bytes.extend_from_slice(&row.source.0.to_be_bytes());
    bytes.extend_from_slice(&row.target.0.to_be_bytes());
    bytes.extend_from_slice(&row.port.to_be_bytes());
    bytes.extend_from_slice(&row.source_port.to_be_bytes());
    bytes.extend_from_slice(&row.make.to_be_bytes());
    bytes.extend_from_slice(&[row.class, row.detail, row.outcome as u8, 0]);
    bytes.extend_from_slice(&row.packets.to_be_bytes());
}

/// Read one row from exactly [`ROW_BYTES`] bytes; `None` when they are no row.
pub fn get(bytes: &[u8]) -> Option<Row> {
    let (&time, rest) = bytes.split_first_chunk()?;
    let (&source, rest) = rest.split_first_chunk()?;
    let (&target, rest) = rest.split_first_chunk()?;
    let (&port, rest) = rest.split_first_chunk()?;
    let (&source_port, rest) = rest.split_first_chunk()?;
    let (&make, rest) = rest.split_first_chunk()?;
    let (&[class, detail, outcome, zero], rest) = rest.split_first_chunk()?;
    let packets = *rest.first_chunk()?;
    let is_row = rest.len() == 4 && class < CLASSES && usize::from(outcome) < RowOutcome::ALL.len() && zero == 0;
    is_row.then(|| Row {
        time_ns: u64::from_be_bytes(time),
        source: Address(u128::from_be_bytes(source)),
        target: Address(u128::from_be_bytes(target)),
        class,
        detail,
        port: u16::from_be_bytes(port),
        source_port: u16::from_be_bytes(source_port),
        outcome: RowOutcome::from_number(outcome),
        make: u16::from_be_bytes(make),
        packets: u32::from_be_bytes(packets),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_was_packed_is_read_back(
            time_ns: u64, source: u128, target: u128, port: u16, source_port: u16, make: u16, packets: u32,
            class in 0..CLASSES, detail in 0..8_u8, outcome in 0..5_u8,
        ) {
            let outcome = RowOutcome::from_number(outcome);
            let (source, target) = (Address(source), Address(target));
            let row = Row { time_ns, source, target, class, detail, port, source_port, outcome, make, packets };
            let mut bytes = Vec::new();
            put(&row, &mut bytes);
            prop_assert_eq!(bytes.len(), ROW_BYTES);
            prop_assert_eq!(get(&bytes), Some(row));
        }

        #[test]
        fn any_bytes_are_a_row_or_none(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = get(&bytes);
        }
    }
}
