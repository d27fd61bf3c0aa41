//! Records as JSON.
//!
//! Ports, times and contacts are made of digits and known words: they hold nothing that JSON must escape, and looking for it
//! in a list of sixty thousand ports takes longer than writing the list. They are serialised as bytes, which are written
//! here as text between quotes, as they are.

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;
use std::io::{self, Write};

/// Write a record as one JSON object.
pub(crate) fn to_json<T: Serialize>(record: &T) -> Option<String> {
    let mut bytes = Vec::new();
    write_json(record, &mut bytes)?;
    String::from_utf8(bytes).ok()
}

/// Add a record to what was written, as one JSON object.
pub(crate) fn write_json<T: Serialize>(record: &T, bytes: &mut Vec<u8>) -> Option<()> {
    record.serialize(&mut Serializer::with_formatter(bytes, PlainTexts)).ok()
}

/// JSON without spaces, in which bytes are texts that need no escaping.
struct PlainTexts;

impl Formatter for PlainTexts {
    fn write_byte_array<W: ?Sized + Write>(&mut self, writer: &mut W, value: &[u8]) -> io::Result<()> {
        writer.write_all(b"\"")?;
        writer.write_all(value)?;
        writer.write_all(b"\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::ser::SerializeStruct;

    struct Mixed;

    impl Serialize for Mixed {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            struct Ports;
            impl Serialize for Ports {
                fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    serializer.serialize_bytes(b"22,80-82")
                }
            }
            let mut fields = serializer.serialize_struct("Mixed", 2)?;
            fields.serialize_field("ports", &Ports)?;
            fields.serialize_field("words", "a \"quoted\" word")?;
            fields.end()
        }
    }

    #[test]
    fn bytes_are_written_as_they_are_and_words_are_escaped() {
        assert_eq!(to_json(&Mixed).as_deref(), Some(r#"{"ports":"22,80-82","words":"a \"quoted\" word"}"#));
        let mut bytes = b"before ".to_vec();
        assert!(write_json(&Mixed, &mut bytes).is_some());
        assert!(bytes.starts_with(b"before {\"ports\""));
    }
}
