//! The form in which journald's export nearly always comes, read without a JSON parser: one flat object of plain strings.

use std::borrow::Cow;

use super::journald::{Entry, Field};

/// Read `{"KEY":"value",…}` without blanks, escapes, control bytes, other kinds of values or a field of ours twice.
///
/// `None` means that the general parser has to look, not that the line is malformed. What this returns is what that parser
/// would return.
#[inline]
pub(crate) fn read_flat(line: &[u8]) -> Option<Entry<'_>> {
    // JSON has no control bytes within strings (RFC 8259 7); no early exit, so that it is done in wide steps.
    let has_control = line.iter().fold(0, |found, &byte| found | u8::from(byte < b' ')) != 0;
    if has_control || std::str::from_utf8(line).is_err() {
        return None;
    }
    let mut entry = Entry::default();
    let mut rest = line.strip_prefix(b"{")?;
    loop {
        let (key, after_key) = plain_string(rest)?;
        let (value, after_value) = plain_string(after_key.strip_prefix(b":")?)?;
        if let Some(field) = entry.field(key) {
            if field.0.is_some() {
                return None;
            }
            *field = Field(Some(Cow::Borrowed(value)));
        }
        match after_value.split_first()? {
            (b',', next) => rest = next,
            (b'}', b"") => return Some(entry),
            _ => return None,
        }
    }
}

/// Read a string in which nothing is escaped; returns what is between the quotes and what follows them.
#[inline]
fn plain_string(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let inside = text.strip_prefix(b"\"")?;
    let end = memchr::memchr2(b'"', b'\\', inside)?;
    let (string, rest) = inside.split_at_checked(end)?;
    Some((string, rest.strip_prefix(b"\"")?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LINE: &str = r#"{"__REALTIME_TIMESTAMP":"1741324170000000","_TRANSPORT":"kernel","X":"y","_UID":"0","MESSAGE":"DROP ü IN="}"#;

    #[test]
    fn the_usual_form_needs_no_parser() {
        assert_eq!(read_flat(LINE.as_bytes()), Entry::parse(LINE.as_bytes()).ok());
        assert!(read_flat(LINE.as_bytes()).is_some());
    }

    #[test]
    fn anything_else_is_left_to_the_parser() {
        for line in [
            r#"{"MESSAGE":"a","MESSAGE":"b"}"#,
            r#"{"MESSAGE":"a\"b"}"#,
            r#"{"MESSAGE":null}"#,
            r#"{"MESSAGE":[65]}"#,
            r#"{ "MESSAGE":"a"}"#,
            r#"{"MESSAGE":"a"} x"#,
            r#"{"MESSAGE":"a""#,
            "{\"MESSAGE\":\"a\u{1}\"}",
            "{}",
            "",
        ] {
            assert_eq!(read_flat(line.as_bytes()), None, "{line}");
        }
    }

    proptest! {
        #[test]
        fn both_ways_agree(edits in prop::collection::vec((0..LINE.len(), any::<u8>()), 0..4)) {
            let mut line = LINE.as_bytes().to_vec();
            for (at, byte) in edits {
                if let Some(place) = line.get_mut(at) {
                    *place = byte;
                }
            }
            if let Some(flat) = read_flat(&line) {
                prop_assert_eq!(Some(flat), Entry::parse(&line).ok());
            }
        }
    }
}
