//! Rows of probes from and to Arrow columns. docs/reference/probes.md says what each column holds.

use crate::native_error;
use arrow_array::builder::{BinaryBuilder, Int32Builder, Int64Builder};
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Int8Type, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, BinaryArray, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use pyo3::prelude::*;
use scanwarden_core::address::Address;
use scanwarden_core::rows::{Row, RowOutcome, order_of};
use std::net::IpAddr;
use std::sync::Arc;

const ICMP: [i64; 2] = [1, 58];

/// The columns of a batch, each as the one type that rows are read from.
pub(crate) struct ProbeColumns {
    rows: usize,
    time_ns: Int64Array,
    order: Option<Int64Array>,
    source: Addresses,
    target: Addresses,
    class: Option<Int64Array>,
    protocol: Option<Int64Array>,
    flags: Option<Int64Array>,
    detail: Option<Int64Array>,
    port: Int64Array,
    source_port: Option<Int64Array>,
    outcome: Option<Int64Array>,
    make: Option<Int64Array>,
    packets: Option<Int64Array>,
}

enum Addresses {
    Packed(BinaryArray),
    Text(StringArray),
}

impl Addresses {
    fn get(&self, index: usize) -> Option<Address> {
        match self {
            Self::Packed(column) => {
                let bytes = column.is_valid(index).then(|| column.value(index))?;
                match bytes.len() {
                    4 => Some(Address::from_v4(u32::from_be_bytes(bytes.try_into().ok()?))),
                    16 => Some(Address(u128::from_be_bytes(bytes.try_into().ok()?))),
                    _ => None,
                }
            }
            Self::Text(column) => {
                let text = column.is_valid(index).then(|| column.value(index))?;
                text.parse::<IpAddr>().ok().map(Address::from)
            }
        }
    }
}

impl ProbeColumns {
    /// Find the columns of a batch.
    ///
    /// # Errors
    /// Names the column that is missing or of a type that cannot be read.
    pub(crate) fn of(batch: &RecordBatch) -> PyResult<Self> {
        let columns = Self {
            rows: batch.num_rows(),
            time_ns: required(batch, "time_ns", numbers)?,
            order: optional(batch, "source_order", numbers)?,
            source: required(batch, "source", addresses)?,
            target: required(batch, "target", addresses)?,
            class: optional(batch, "class", numbers)?,
            protocol: optional(batch, "protocol", numbers)?,
            flags: optional(batch, "flags", numbers)?,
            detail: optional(batch, "detail", numbers)?,
            port: required(batch, "port", numbers)?,
            source_port: optional(batch, "source_port", numbers)?,
            outcome: optional(batch, "outcome", numbers)?,
            make: optional(batch, "make", numbers)?,
            packets: optional(batch, "packets", numbers)?,
        };
        if columns.class.is_none() && columns.protocol.is_none() {
            return Err(native_error("a table of probes needs the column class, or protocol and flags"));
        }
        Ok(columns)
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.rows
    }

    /// Read a row and the number it is sorted by; `None` for a row that is no probe, or has an address or a number
    /// that cannot be.
    pub(crate) fn get(&self, index: usize) -> Option<(Row, i64)> {
        let number = |column: &Option<Int64Array>| at(column.as_ref()?, index);
        let port = u16::try_from(at(&self.port, index)?).ok()?;
        let row = Row {
            time_ns: u64::try_from(at(&self.time_ns, index)?).ok()?,
            source: self.source.get(index)?,
            target: self.target.get(index)?,
            class: self.class_at(index, port)?,
            detail: number(&self.detail).and_then(|number| u8::try_from(number).ok()).unwrap_or(0),
            port,
            source_port: number(&self.source_port).and_then(|number| u16::try_from(number).ok()).unwrap_or(0),
            outcome: RowOutcome::from_number(number(&self.outcome).and_then(|n| u8::try_from(n).ok()).unwrap_or(0)),
            make: number(&self.make).and_then(|number| u16::try_from(number).ok()).unwrap_or(0),
            packets: number(&self.packets).and_then(|number| u32::try_from(number).ok()).unwrap_or(1),
        };
        let order = number(&self.order).unwrap_or_else(|| order_of(row.source, row.target));
        Some((row, order))
    }

    fn class_at(&self, index: usize, port: u16) -> Option<u8> {
        if let Some(class) = self.class.as_ref().and_then(|column| at(column, index)) {
            return u8::try_from(class).ok();
        }
        let protocol = at(self.protocol.as_ref()?, index)?;
        if ICMP.contains(&protocol) {
            return Row::class_of_icmp(u8::try_from(port).ok()?);
        }
        // Without flags a TCP row is taken for a connection attempt: flow logs list those.
        let flags = self.flags.as_ref().and_then(|column| at(column, index)).unwrap_or(2);
        Row::class_of_packet(u8::try_from(protocol).ok()?, u16::try_from(flags).ok()?)
    }
}

fn at(column: &Int64Array, index: usize) -> Option<i64> {
    column.is_valid(index).then(|| column.value(index))
}

type Read<T> = fn(&ArrayRef) -> Result<T, String>;

fn required<T>(batch: &RecordBatch, name: &str, read: Read<T>) -> PyResult<T> {
    optional(batch, name, read)?
        .ok_or_else(|| native_error(format!("a table of probes needs the column {name}, and this one has none")))
}

fn optional<T>(batch: &RecordBatch, name: &str, read: Read<T>) -> PyResult<Option<T>> {
    batch
        .column_by_name(name)
        .map(|column| read(column).map_err(|error| native_error(format!("column {name}: {error}"))))
        .transpose()
}

/// A column of whole numbers, or of times, as 64-bit numbers.
fn numbers(column: &ArrayRef) -> Result<Int64Array, String> {
    let wide = match column.data_type() {
        DataType::Int64 => column.as_primitive::<Int64Type>().clone(),
        DataType::Int32 => column.as_primitive::<Int32Type>().unary(i64::from),
        DataType::Int16 => column.as_primitive::<Int16Type>().unary(i64::from),
        DataType::Int8 => column.as_primitive::<Int8Type>().unary(i64::from),
        DataType::UInt64 => column.as_primitive::<UInt64Type>().unary(u64::cast_signed),
        DataType::UInt32 => column.as_primitive::<UInt32Type>().unary(i64::from),
        DataType::UInt16 => column.as_primitive::<UInt16Type>().unary(i64::from),
        DataType::UInt8 => column.as_primitive::<UInt8Type>().unary(i64::from),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            column.as_primitive::<TimestampNanosecondType>().unary(|time| time)
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            column.as_primitive::<TimestampMicrosecondType>().unary(|time| time.saturating_mul(1_000))
        }
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            column.as_primitive::<TimestampMillisecondType>().unary(|time| time.saturating_mul(1_000_000))
        }
        DataType::Timestamp(TimeUnit::Second, _) => {
            column.as_primitive::<TimestampSecondType>().unary(|time| time.saturating_mul(1_000_000_000))
        }
        kind => return Err(format!("{kind} is neither a whole number nor a time")),
    };
    Ok(wide)
}

/// A column of addresses, packed or as text.
fn addresses(column: &ArrayRef) -> Result<Addresses, String> {
    Ok(match column.data_type() {
        DataType::Binary => Addresses::Packed(column.as_binary::<i32>().clone()),
        DataType::LargeBinary => Addresses::Packed(column.as_binary::<i64>().iter().collect()),
        DataType::FixedSizeBinary(_) => Addresses::Packed(column.as_fixed_size_binary().iter().collect()),
        DataType::BinaryView => Addresses::Packed(column.as_binary_view().iter().collect()),
        DataType::Utf8 => Addresses::Text(column.as_string::<i32>().clone()),
        DataType::LargeUtf8 => Addresses::Text(column.as_string::<i64>().iter().collect()),
        DataType::Utf8View => Addresses::Text(column.as_string_view().iter().collect()),
        kind => return Err(format!("{kind} holds no addresses: write them as text, or as 4 or 16 bytes")),
    })
}

/// The schema of what [`batch_of`] gives: signed numbers and plain bytes only, which every engine has.
fn schema() -> Schema {
    let number = |name| Field::new(name, DataType::Int32, false);
    Schema::new(vec![
        Field::new("time_ns", DataType::Int64, false),
        Field::new("source_order", DataType::Int64, false),
        Field::new("source", DataType::Binary, false),
        Field::new("target", DataType::Binary, false),
        number("class"),
        number("detail"),
        number("port"),
        number("source_port"),
        number("outcome"),
        number("make"),
        Field::new("packets", DataType::Int64, false),
    ])
}

/// Put rows into columns.
pub(crate) fn batch_of(rows: &[Row]) -> PyResult<RecordBatch> {
    let address = |pick: fn(&Row) -> Address| {
        let mut column = BinaryBuilder::with_capacity(rows.len(), rows.len() * 16);
        for row in rows {
            column.append_value(pick(row).0.to_be_bytes());
        }
        Arc::new(column.finish()) as ArrayRef
    };
    let small = |pick: fn(&Row) -> i32| {
        let mut column = Int32Builder::with_capacity(rows.len());
        for row in rows {
            column.append_value(pick(row));
        }
        Arc::new(column.finish()) as ArrayRef
    };
    let large = |pick: fn(&Row) -> i64| {
        let mut column = Int64Builder::with_capacity(rows.len());
        for row in rows {
            column.append_value(pick(row));
        }
        Arc::new(column.finish()) as ArrayRef
    };
    let columns = vec![
        large(|row| row.time_ns.cast_signed()),
        large(Row::order),
        address(|row| row.source),
        address(|row| row.target),
        small(|row| row.class.into()),
        small(|row| row.detail.into()),
        small(|row| row.port.into()),
        small(|row| row.source_port.into()),
        small(|row| row.outcome as i32),
        small(|row| row.make.into()),
        large(|row| row.packets.into()),
    ];
    RecordBatch::try_new(Arc::new(schema()), columns).map_err(native_error)
}
