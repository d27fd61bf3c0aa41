//! Test cases of OSSEC's rules: log lines behind `log 1 pass = `, between what they should come to.

use super::cursor::Cursor;

/// Give the log line of a test case's line; `None` for titles, rules and levels.
pub(crate) fn logged_line(line: &[u8]) -> Option<&[u8]> {
    let mut cursor = Cursor::new(line);
    cursor.expect(b"log ")?;
    cursor.u16()?;
    cursor.expect(b" ")?;
    let expected = cursor.take_while(|byte| byte.is_ascii_lowercase());
    cursor.expect(b" = ")?;
    matches!(expected, b"pass" | b"fail").then(|| cursor.rest())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_log_lines_are_taken_out() {
        assert_eq!(logged_line(b"log 12 pass = Feb  9 x"), Some(&b"Feb  9 x"[..]));
        assert_eq!(logged_line(b"log 1 fail = "), Some(&b""[..]));
        for line in [&b"rule = 5739"[..], b"[title]", b"log x pass = a", b"log 1 maybe = a", b"log 1 pass=a"] {
            assert_eq!(logged_line(line), None);
        }
    }
}
