//! The last second that was read, as it was written: a busy log has many lines of each.

use super::cursor::Cursor;

/// A text of `N` bytes and the second that it means, counted since 1970 in the zone of the log.
#[derive(Clone, Debug)]
pub(crate) struct Stamp<const N: usize> {
    text: [u8; N],
    local_s: Option<i64>,
}

impl<const N: usize> Stamp<N> {
    pub(crate) const NONE: Self = Self { text: [0; N], local_s: None };

    /// Step over the same text, if it comes next, and return its second.
    #[inline]
    pub(crate) fn again(&self, cursor: &mut Cursor<'_>) -> Option<i64> {
        let (text, rest) = cursor.rest().split_first_chunk()?;
        let local_s = self.local_s.filter(|_| *text == self.text)?;
        *cursor = Cursor::new(rest);
        Some(local_s)
    }

    /// Keep what was read between two places of a line, if it has `N` bytes.
    #[inline]
    pub(crate) fn keep(&mut self, begin: &Cursor<'_>, behind: &Cursor<'_>, local_s: i64) {
        if let Some((text, rest)) = begin.rest().split_first_chunk()
            && rest.len() == behind.rest().len()
        {
            *self = Self { text: *text, local_s: Some(local_s) };
        }
    }
}
