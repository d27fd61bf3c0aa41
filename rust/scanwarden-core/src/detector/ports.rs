//! A pool of bitmaps for the contacts of those who touch many ports or targets.

use super::budget::Advise;
use super::fetch::address_of;

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

/// Words of 64 bits for 65,536 numbers.
pub(crate) const WORDS: usize = 1024;

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

    /// Mark a contact as silent unless it was touched before; say whether it was not.
    #[inline]
    pub(crate) fn touch_silently(&mut self, bit: u16) -> bool {
        let Some((first, second)) = self.0.get_mut(usize::from(bit >> 6)) else { return false };
        let mask = 1_u64 << (bit & 63);
        if (*first | *second) & mask != 0 {
            return false;
        }
        *second |= mask;
        true
    }

    /// Which numbers were touched, one bit each.
    pub(crate) fn touched_words(&self) -> impl Iterator<Item = u64> + '_ {
        self.0.iter().map(|(first, second)| first | second)
    }

    /// How many numbers were touched.
    pub(crate) fn touched_count(&self) -> usize {
        self.touched_words().map(|word| word.count_ones() as usize).sum()
    }

    /// The touched numbers, ascending.
    pub(crate) fn touched(&self) -> impl Iterator<Item = u16> + '_ {
        self.touched_words().enumerate().flat_map(|(word, mut bits)| {
            std::iter::from_fn(move || {
                let shift = bits.trailing_zeros() as u16;
                (bits != 0).then(|| {
                    bits &= bits - 1;
                    (word as u16) << 6 | shift
                })
            })
        })
    }

    /// Where a number's marks lie.
    #[inline]
    pub(crate) fn address_of(&self, bit: u16) -> usize {
        self.0.get(usize::from(bit >> 6)).map_or(0, address_of)
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
    pub(crate) fn new(capacity: usize, advise: Advise<'_>) -> Self {
        let kept: Vec<Page> = Vec::with_capacity(capacity);
        advise(kept.as_ptr().addr(), capacity * size_of::<Page>());
        Self { kept, free: Vec::new(), capacity }
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

    /// All pages, by index.
    #[inline]
    pub(crate) fn all_mut(&mut self) -> &mut [Page] {
        &mut self.kept
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

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!([0, 64, 65_535, 7].map(|bit| page.touch_silently(bit)), [false, false, false, true]);
        assert_eq!([0, 65_535, 7].map(|bit| page.mark(bit)), [Mark::Answered, Mark::Pending, Mark::Silent]);
        page.set_mark(7, Mark::Untouched);
        assert_eq!(page.touched().collect::<Vec<_>>(), [0, 63, 64, 65_535]);
    }

    #[test]
    fn the_pool_is_bounded_and_pages_come_back_blank() {
        let mut pages = Pages::new(1, &|_, _| {});
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
