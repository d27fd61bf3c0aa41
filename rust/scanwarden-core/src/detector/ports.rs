//! Sets of ports: a pool of bitmaps for those who touch many, and the range notation of records.

/// State of one contact inside a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Never touched.
    Untouched,
    /// Touched, no answer yet.
    Pending,
    /// Answered.
    Answered,
    /// No answer so far: counted as silent already, or waiting in a cohort.
    Silent,
}

const WORDS: usize = 1024;

/// Two bits for each of 65,536 contacts, the words of both bits side by side: one cache line a contact.
#[derive(Clone)]
#[repr(C, align(64))]
pub(crate) struct Page([(u64, u64); WORDS]);

impl Page {
    const BLANK: Self = Self([(0, 0); WORDS]);

    /// Read one contact's mark.
    #[inline]
    pub(crate) fn mark(&self, bit: u16) -> Mark {
        let (word, shift) = (usize::from(bit >> 6), bit & 63);
        let (first, second) = self.0.get(word).copied().unwrap_or_default();
        match (first >> shift & 1, second >> shift & 1) {
            (0, 0) => Mark::Untouched,
            (1, 0) => Mark::Pending,
            (1, _) => Mark::Answered,
            _ => Mark::Silent,
        }
    }

    /// Write one contact's mark.
    #[inline]
    pub(crate) fn set_mark(&mut self, bit: u16, mark: Mark) {
        let (word, mask) = (usize::from(bit >> 6), 1_u64 << (bit & 63));
        let (first, second) = match mark {
            Mark::Untouched => (false, false),
            Mark::Pending => (true, false),
            Mark::Answered => (true, true),
            Mark::Silent => (false, true),
        };
        if let Some((kept_first, kept_second)) = self.0.get_mut(word) {
            *kept_first = if first { *kept_first | mask } else { *kept_first & !mask };
            *kept_second = if second { *kept_second | mask } else { *kept_second & !mask };
        }
    }

    /// How many numbers were touched.
    pub(crate) fn touched_count(&self) -> usize {
        self.0.iter().map(|(first, second)| (first | second).count_ones() as usize).sum()
    }

    /// The touched numbers, ascending.
    pub(crate) fn touched(&self) -> impl Iterator<Item = u16> + '_ {
        self.0.iter().enumerate().flat_map(|(word, (first, second))| {
            let mut bits = first | second;
            std::iter::from_fn(move || {
                let shift = bits.trailing_zeros() as u16;
                (bits != 0).then(|| {
                    bits &= bits - 1;
                    (word as u16) << 6 | shift
                })
            })
        })
    }

    /// Bring a number's marks near; the result says nothing.
    #[inline]
    pub(crate) fn touch(&self, bit: u16) -> u32 {
        self.0.get(usize::from(bit >> 6)).map_or(0, |(first, _)| *first as u32)
    }
}

/// A set of ports.
pub(crate) struct PortUnion([u64; WORDS]);

impl Default for PortUnion {
    fn default() -> Self {
        Self([0; WORDS])
    }
}

impl PortUnion {
    /// The touched ports of a page.
    pub(crate) fn of(page: &Page) -> Self {
        let mut union = Self::default();
        union.add_page(page);
        union
    }

    /// Add the touched ports of a page.
    pub(crate) fn add_page(&mut self, page: &Page) {
        for (word, (first, second)) in self.0.iter_mut().zip(&page.0) {
            *word |= first | second;
        }
    }

    /// Add one port.
    pub(crate) fn add(&mut self, port: u16) {
        if let Some(word) = self.0.get_mut(usize::from(port >> 6)) {
            *word |= 1 << (port & 63);
        }
    }

    /// How many ports are in the set.
    pub(crate) fn count(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }
}

/// A bounded pool of pages.
pub(crate) struct Pages {
    kept: Vec<Page>,
    free: Vec<u32>,
    capacity: usize,
}

impl Pages {
    /// Hold at most `capacity` pages; memory is taken when first used and never given back.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { kept: Vec::with_capacity(capacity), free: Vec::new(), capacity }
    }

    /// Take a blank page, if one is left.
    pub(crate) fn take(&mut self) -> Option<u32> {
        if let Some(index) = self.free.pop() {
            if let Some(page) = self.kept.get_mut(index as usize) {
                *page = Page::BLANK;
            }
            return Some(index);
        }
        if self.kept.len() >= self.capacity {
            return None;
        }
        self.kept.push(Page::BLANK);
        Some((self.kept.len() - 1) as u32)
    }

    /// Give a page back.
    pub(crate) fn give_back(&mut self, index: u32) {
        self.free.push(index);
    }

    #[inline]
    pub(crate) fn get(&self, index: u32) -> Option<&Page> {
        self.kept.get(index as usize)
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, index: u32) -> Option<&mut Page> {
        self.kept.get_mut(index as usize)
    }
}

/// Write ascending distinct numbers as ranges: `22,80,1000-1010`.
pub(crate) fn ranges(numbers: &[u16]) -> String {
    let mut text = Vec::with_capacity(numbers.len().min(1 << 14) * 4);
    let mut left = numbers;
    while let Some((&first, rest)) = left.split_first() {
        let more = rest.iter().zip(1..).take_while(|(next, step)| u32::from(**next) == u32::from(first) + step).count();
        left = rest.get(more..).unwrap_or_default();
        if !text.is_empty() {
            text.push(b',');
        }
        push_number(&mut text, first);
        if more > 0 {
            text.push(b'-');
            push_number(&mut text, first.saturating_add(more as u16));
        }
    }
    String::from_utf8(text).unwrap_or_default()
}

/// Write a number in decimal: a large scan has tens of thousands, for which the standard library's way is slow.
#[inline]
fn push_number(text: &mut Vec<u8>, number: u16) {
    let digit = |divisor: u16| b'0' + (number / divisor % 10) as u8;
    let digits = [digit(10_000), digit(1000), digit(100), digit(10), digit(1)];
    let zeros = usize::from(number < 10_000) + usize::from(number < 1000) + usize::from(number < 100);
    text.extend_from_slice(digits.get(zeros + usize::from(number < 10)..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_ranges() {
        assert_eq!(ranges(&[]), "");
        assert_eq!(ranges(&[22]), "22");
        assert_eq!(ranges(&[22, 80, 81, 82, 443]), "22,80-82,443");
        assert_eq!(ranges(&(0..=u16::MAX).collect::<Vec<_>>()), "0-65535");
        assert_eq!(ranges(&[9, 100, 999, 1000, 10_000, 60_708]), "9,100,999-1000,10000,60708");
    }

    #[test]
    fn a_page_keeps_four_states_apart() {
        let mut page = Page::BLANK;
        for (bit, mark) in [(0, Mark::Pending), (63, Mark::Answered), (64, Mark::Silent), (65_535, Mark::Pending)] {
            page.set_mark(bit, mark);
            assert_eq!(page.mark(bit), mark);
        }
        page.set_mark(0, Mark::Answered);
        assert_eq!(page.mark(0), Mark::Answered);
        assert_eq!(page.mark(1), Mark::Untouched);
        assert_eq!(page.touched().collect::<Vec<_>>(), [0, 63, 64, 65_535]);
    }

    #[test]
    fn the_pool_is_bounded_and_pages_come_back_blank() {
        let mut pages = Pages::new(1);
        let index = pages.take().unwrap_or(9);
        if let Some(page) = pages.get_mut(index) {
            page.set_mark(7, Mark::Pending);
        }
        assert_eq!(pages.take(), None);
        pages.give_back(index);
        assert_eq!(pages.take(), Some(index));
        assert_eq!(pages.get(index).map(|page| page.touched().count()), Some(0));
    }
}
