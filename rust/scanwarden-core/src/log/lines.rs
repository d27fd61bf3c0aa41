//! Lines out of a byte stream, in bounded memory.

/// One step of [`LineSplitter::feed`].
pub(crate) enum Piece<'a> {
    /// A line without its newline (and without the carriage return before it).
    Line(&'a [u8]),
    /// A line that exceeds the limit; it is reported once, when it crosses the limit, and its rest is skipped.
    TooLong,
}

/// Cuts chunks into lines; holds at most one unfinished line of at most the limit.
#[derive(Clone, Debug)]
pub(crate) struct LineSplitter {
    unfinished: Vec<u8>,
    is_skipping: bool,
    /// How much of a line that is too long went by.
    skipped: usize,
    max_bytes: usize,
}

impl LineSplitter {
    pub(crate) fn new(max_bytes: usize) -> Self {
        Self { unfinished: Vec::new(), is_skipping: false, skipped: 0, max_bytes }
    }

    /// Cut `chunk`, calling `on_piece` for every line that ends in it.
    #[inline]
    pub(crate) fn feed(&mut self, chunk: &[u8], mut on_piece: impl FnMut(Piece<'_>)) {
        let mut rest = chunk;
        while let Some(at) = memchr::memchr(b'\n', rest) {
            let (line, after) = rest.split_at_checked(at).unwrap_or((rest, &[]));
            rest = after.get(1..).unwrap_or(&[]);
            if self.is_skipping {
                self.is_skipping = false;
                self.skipped = 0;
            } else if !self.unfinished.is_empty() {
                self.keep(line, &mut on_piece);
                self.flush(&mut on_piece);
            } else if line.len() > self.max_bytes {
                on_piece(Piece::TooLong);
            } else {
                on_piece(Piece::Line(without_return(line)));
            }
        }
        self.keep(rest, &mut on_piece);
    }

    /// Deliver the last line of an input that does not end in a newline.
    pub(crate) fn finish(&mut self, mut on_piece: impl FnMut(Piece<'_>)) {
        self.flush(&mut on_piece);
    }

    fn keep(&mut self, part: &[u8], on_piece: &mut impl FnMut(Piece<'_>)) {
        if self.is_skipping {
            self.skipped = self.skipped.saturating_add(part.len());
            return;
        }
        if self.unfinished.len() + part.len() > self.max_bytes {
            self.skipped = self.unfinished.len() + part.len();
            self.unfinished = Vec::new();
            self.is_skipping = true;
            on_piece(Piece::TooLong);
        } else {
            self.unfinished.extend_from_slice(part);
        }
    }

    fn flush(&mut self, on_piece: &mut impl FnMut(Piece<'_>)) {
        if !self.is_skipping && !self.unfinished.is_empty() {
            on_piece(Piece::Line(without_return(&self.unfinished)));
        }
        self.is_skipping = false;
        self.skipped = 0;
        self.unfinished.clear();
    }

    /// How many bytes of an unfinished line went by; a follower saves its position before them, or the rest of a line
    /// that is too long would become a line of its own.
    pub(crate) fn unfinished_bytes(&self) -> usize {
        self.unfinished.len() + self.skipped
    }

    #[cfg(test)]
    pub(crate) fn held_bytes(&self) -> usize {
        self.unfinished.capacity()
    }
}

fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(chunks: &[&[u8]], max_bytes: usize) -> Vec<String> {
        let mut splitter = LineSplitter::new(max_bytes);
        let mut seen = Vec::new();
        let mut note = |piece: Piece<'_>| match piece {
            Piece::Line(line) => seen.push(String::from_utf8_lossy(line).into_owned()),
            Piece::TooLong => seen.push("<too long>".to_owned()),
        };
        for chunk in chunks {
            splitter.feed(chunk, &mut note);
        }
        splitter.finish(&mut note);
        seen
    }

    #[test]
    fn lines_do_not_depend_on_how_the_stream_is_cut() {
        let text = b"one\ntwo\r\n\nfour is longer than ten\nfive";
        let whole = cut(&[text], 10);
        assert_eq!(whole, ["one", "two", "", "<too long>", "five"]);
        for width in 1..text.len() {
            let chunks: Vec<&[u8]> = text.chunks(width).collect();
            let lines: Vec<String> = cut(&chunks, 10).into_iter().filter(|line| !line.is_empty()).collect();
            assert_eq!(lines, ["one", "two", "<too long>", "five"], "{width}");
        }
    }

    #[test]
    fn a_line_without_end_costs_no_memory() {
        let mut splitter = LineSplitter::new(8192);
        let chunk = vec![b'x'; 65_536];
        let mut too_long = 0;
        for _ in 0..1_600 {
            splitter.feed(&chunk, |piece| too_long += i32::from(matches!(piece, Piece::TooLong)));
            assert!(splitter.held_bytes() <= 2 * 8192);
        }
        assert_eq!(splitter.unfinished_bytes(), 1_600 * 65_536);
        let mut lines = Vec::new();
        splitter.feed(b"rest\nnext\n", |piece| {
            if let Piece::Line(line) = piece {
                lines.push(line.to_vec());
            }
        });
        assert_eq!((too_long, lines), (1, vec![b"next".to_vec()]));
        assert_eq!(splitter.unfinished_bytes(), 0);
    }
}
