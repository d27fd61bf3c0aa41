//! journald's JSON export: the fields that say who wrote a message, and the message as text or as bytes.
//!
//! Fields whose name starts with an underscore are set by journald from what the kernel says about the sender
//! (systemd.journal-fields(7)); only those are believed.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, SeqAccess, Visitor};

use super::journald_flat::read_flat;
use super::reason::Reason;
use crate::packet::Nanoseconds;

/// One entry, as far as it matters here. A field that appears twice makes the line malformed.
#[derive(Debug, Default, PartialEq, Eq, serde::Deserialize)]
pub(crate) struct Entry<'a> {
    #[serde(borrow, default, rename = "MESSAGE")]
    message: Field<'a>,
    #[serde(borrow, default, rename = "_TRANSPORT")]
    transport: Field<'a>,
    #[serde(borrow, default, rename = "__REALTIME_TIMESTAMP")]
    realtime: Field<'a>,
    #[serde(borrow, default, rename = "SYSLOG_IDENTIFIER")]
    identifier: Field<'a>,
    #[serde(borrow, default, rename = "SYSLOG_FACILITY")]
    facility: Field<'a>,
    #[serde(borrow, default, rename = "_UID")]
    uid: Field<'a>,
    #[serde(borrow, default, rename = "_PID")]
    pid: Field<'a>,
}

/// A field's value; anything but text and bytes is as good as missing.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Field<'a>(pub(crate) Option<Cow<'a, [u8]>>);

impl Field<'_> {
    fn bytes(&self) -> Option<&[u8]> {
        self.0.as_deref()
    }

    fn is(&self, text: &[u8]) -> bool {
        self.bytes() == Some(text)
    }
}

impl<'a> Entry<'a> {
    /// Read one line.
    ///
    /// # Errors
    /// [`Reason::Json`] when it is no object with fields of the right kind.
    pub(crate) fn read(line: &'a [u8]) -> Result<Self, Reason> {
        read_flat(line).map_or_else(|| Self::parse(line), Ok)
    }

    /// Read any JSON object.
    pub(crate) fn parse(line: &'a [u8]) -> Result<Self, Reason> {
        serde_json::from_slice(line).map_err(|_| Reason::Json)
    }

    /// The place of the field `key`, if it is one that matters.
    pub(crate) fn field(&mut self, key: &[u8]) -> Option<&mut Field<'a>> {
        match key {
            b"MESSAGE" => Some(&mut self.message),
            b"_TRANSPORT" => Some(&mut self.transport),
            b"__REALTIME_TIMESTAMP" => Some(&mut self.realtime),
            b"SYSLOG_IDENTIFIER" => Some(&mut self.identifier),
            b"SYSLOG_FACILITY" => Some(&mut self.facility),
            b"_UID" => Some(&mut self.uid),
            b"_PID" => Some(&mut self.pid),
            _ => None,
        }
    }

    /// When journald received the message.
    ///
    /// # Errors
    /// [`Reason::Time`] when the field is missing or no number of microseconds.
    pub(crate) fn time_ns(&self) -> Result<Nanoseconds, Reason> {
        let text = self.realtime.bytes().ok_or(Reason::Time)?;
        let micros: u64 = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).ok_or(Reason::Time)?;
        micros.checked_mul(1_000).ok_or(Reason::Time)
    }

    /// The message; journald writes `null` for one that is too large.
    ///
    /// # Errors
    /// [`Reason::Truncated`] when there is none.
    pub(crate) fn message(&self) -> Result<&[u8], Reason> {
        self.message.bytes().ok_or(Reason::Truncated)
    }

    /// Whether the kernel itself wrote it: its transport, and not a process that writes to `/dev/kmsg`.
    pub(crate) fn is_from_kernel(&self) -> bool {
        self.transport.is(b"kernel") && self.facility.bytes().is_none_or(|facility| facility == b"0")
    }

    /// Whether a process of root wrote it.
    pub(crate) fn is_from_root(&self) -> bool {
        self.uid.is(b"0")
    }

    /// The program's own word for itself; anybody can write any.
    pub(crate) fn identifier(&self) -> &[u8] {
        self.identifier.bytes().unwrap_or(&[])
    }

    /// The process, from the kernel.
    pub(crate) fn pid(&self) -> &[u8] {
        self.pid.bytes().unwrap_or(&[])
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Field<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldVisitor).map(Field)
    }
}

struct FieldVisitor;

impl<'de> Visitor<'de> for FieldVisitor {
    type Value = Option<Cow<'de, [u8]>>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("text, an array of byte numbers, or null")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Borrowed(text.as_bytes())))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Owned(text.as_bytes().to_vec())))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut numbers: A) -> Result<Self::Value, A::Error> {
        let mut bytes = Vec::new();
        while let Some(byte) = numbers.next_element::<u8>()? {
            bytes.push(byte);
        }
        Ok(Some(Cow::Owned(bytes)))
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}
