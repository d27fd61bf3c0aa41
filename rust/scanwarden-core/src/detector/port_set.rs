//! Sets of ports on their way into a record, and the range notation: `22,80,1000-1010`.
//!
//! A large scan's record lists tens of thousands of ports, so the text is made from the pages' bits in one pass.

use super::digits::{decimal, two_digits};
use super::ports::{Mark, Page, WORDS};
use serde::{Serialize, Serializer};

/// From more ranges on, a list that need not be exact is shortened.
const RANGES_LISTED: usize = 1024;

/// Ports of one target: one by one while they are few, as bits once a page is among them.
#[derive(Clone, Debug, Default)]
pub(crate) struct PortSet {
    few: Vec<u16>,
    many: Option<Box<PortUnion>>,
}

impl PortSet {
    /// Add one port.
    pub(crate) fn push(&mut self, port: u16) {
        match &mut self.many {
            Some(union) => union.add(port),
            None => self.few.push(port),
        }
    }

    /// Add the touched ports of a page.
    pub(crate) fn add_page(&mut self, page: &Page) {
        self.as_union().add_page(page);
    }

    /// Add all ports of another set.
    pub(crate) fn add_all(&mut self, other: &Self) {
        if let Some(union) = &other.many {
            self.as_union().add_all(union);
        }
        for &port in &other.few {
            self.push(port);
        }
    }

    /// How many distinct ports there are.
    pub(crate) fn count(&self) -> usize {
        match &self.many {
            Some(union) => union.count(),
            None => self.ascending().len(),
        }
    }

    /// Fill narrow gaps if the list would be long; say whether it would.
    pub(crate) fn shorten(&mut self) -> bool {
        let is_long = self.many.as_ref().is_some_and(|union| union.runs() > RANGES_LISTED);
        if is_long && let Some(union) = &mut self.many {
            union.fill_gaps();
        }
        is_long
    }

    fn as_union(&mut self) -> &mut PortUnion {
        let few = &mut self.few;
        self.many.get_or_insert_with(|| {
            let mut union = Box::<PortUnion>::default();
            few.drain(..).for_each(|port| union.add(port));
            union
        })
    }

    fn ascending(&self) -> Vec<u16> {
        let mut numbers = self.few.clone();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }
}

impl From<Vec<u16>> for PortSet {
    /// Take ports in any order, some perhaps twice.
    fn from(few: Vec<u16>) -> Self {
        Self { few, many: None }
    }
}

impl Serialize for PortSet {
    /// Write the ports as ranges, ascending, in text that needs no escaping.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = match &self.many {
            Some(union) => union.text(),
            None => text_of(&self.ascending()),
        };
        serializer.serialize_bytes(text.as_bytes())
    }
}

/// Write ascending distinct numbers.
fn text_of(numbers: &[u16]) -> RangeText {
    let mut text = RangeText::new(numbers.len());
    for run in numbers.chunk_by(|one, next| one + 1 == *next) {
        if let (Some(&first), Some(&last)) = (run.first(), run.last()) {
            text.push_range(first, last);
        }
    }
    text
}

/// Touched ports, of which only the number is wanted.
#[derive(Default)]
pub(crate) struct Touched<'a> {
    /// Ports in any order, some perhaps twice.
    pub(crate) ports: Vec<u16>,
    pub(crate) pages: Vec<&'a Page>,
}

impl Touched<'_> {
    /// How many distinct ports there are.
    pub(crate) fn count(mut self) -> usize {
        self.ports.sort_unstable();
        self.ports.dedup();
        match *self.pages {
            [] => self.ports.len(),
            // Most large scans are of one target: its page is counted where it lies.
            [page] => {
                let beside = self.ports.iter().filter(|&&port| page.mark(port) == Mark::Untouched);
                page.touched_count() + beside.count()
            }
            _ => {
                let mut union = Box::<PortUnion>::default();
                self.pages.iter().for_each(|page| union.add_page(page));
                self.ports.iter().for_each(|&port| union.add(port));
                union.count()
            }
        }
    }
}

/// A set of ports, one bit each.
#[derive(Clone, Debug)]
pub(crate) struct PortUnion([u64; WORDS]);

impl Default for PortUnion {
    fn default() -> Self {
        Self([0; WORDS])
    }
}

impl PortUnion {
    /// Add the touched ports of a page.
    pub(crate) fn add_page(&mut self, page: &Page) {
        for (word, touched) in self.0.iter_mut().zip(page.touched_words()) {
            *word |= touched;
        }
    }

    /// Add one port.
    pub(crate) fn add(&mut self, port: u16) {
        if let Some(word) = self.0.get_mut(usize::from(port >> 6)) {
            *word |= 1 << (port & 63);
        }
    }

    /// Say whether a port is in the set.
    #[inline]
    pub(crate) fn has(&self, port: u16) -> bool {
        self.0.get(usize::from(port >> 6)).is_some_and(|word| word >> (port & 63) & 1 == 1)
    }

    fn add_all(&mut self, other: &Self) {
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            *word |= more;
        }
    }

    /// How many ports are in the set.
    pub(crate) fn count(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// How many runs of neighbours the set consists of.
    fn runs(&self) -> usize {
        let mut last = 0;
        let first_of_runs = |&word: &u64| (word & !(word << 1 | std::mem::replace(&mut last, word >> 63))).count_ones();
        self.0.iter().map(first_of_runs).sum::<u32>() as usize
    }

    /// Add what lies between ports in the same block of 64 or in neighbouring ones: every other block begins a range at most.
    fn fill_gaps(&mut self) {
        let mut nothing = 0_u64;
        let mut before = &mut nothing;
        for word in &mut self.0 {
            if *word != 0 {
                *word |= u64::MAX << word.trailing_zeros() & u64::MAX >> word.leading_zeros();
                if *before != 0 {
                    *before |= u64::MAX << before.trailing_zeros();
                    *word |= u64::MAX >> word.leading_zeros();
                }
            }
            before = word;
        }
    }

    fn text(&self) -> RangeText {
        let mut text = RangeText::new(self.runs());
        // Where the run began that reached the end of the previous word.
        let mut begun: Option<u16> = None;
        let mut last = 0;
        let following = self.0.iter().skip(1).chain([&0]);
        for ((&word, &next), base) in self.0.iter().zip(following).zip((0_u16..).step_by(64)) {
            let mut firsts = word & !(word << 1 | last);
            let mut lasts = word & !(word >> 1 | next << 63);
            last = word >> 63;
            while lasts != 0 {
                let end = base + lasts.trailing_zeros() as u16;
                lasts &= lasts - 1;
                let first = begun.take().unwrap_or_else(|| {
                    let first = base + firsts.trailing_zeros() as u16;
                    firsts &= firsts - 1;
                    first
                });
                text.push_range(first, end);
            }
            if firsts != 0 {
                begun = Some(base + firsts.trailing_zeros() as u16);
            }
        }
        text
    }
}

/// Ranges as text in the making, each behind a comma.
struct RangeText {
    bytes: Vec<u8>,
    /// The latest number, its last two digits 0, and what stands before those.
    hundred: u16,
    head: u64,
    head_len: usize,
}

/// Bytes that a range takes at most: two numbers, each behind a sign.
const RANGE_BYTES: usize = 12;
/// Bytes written at once; fewer count.
const WORD_BYTES: usize = 8;

impl RangeText {
    /// Begin a text that may have so many ranges.
    fn new(ranges: usize) -> Self {
        Self { bytes: Vec::with_capacity(ranges * RANGE_BYTES + WORD_BYTES), hundred: 0, head: 0, head_len: 0 }
    }

    #[inline]
    fn push_range(&mut self, first: u16, last: u16) {
        self.push(b',', first);
        if last > first {
            self.push(b'-', last);
        }
    }

    /// Write a sign and a number. Numbers mostly come in order, so what stands before the last two digits is kept.
    #[inline]
    fn push(&mut self, sign: u8, number: u16) {
        let above = number.wrapping_sub(self.hundred);
        let (digits, len) = if above < 100 && self.hundred != 0 {
            let last = u64::from(u16::from_le_bytes(two_digits(above.into())));
            (self.head | last << (8 * self.head_len), self.head_len + 2)
        } else {
            self.turn_hundred(number)
        };
        let end = self.bytes.len() + 1 + len;
        self.bytes.extend_from_slice(&(digits << 8 | u64::from(sign)).to_le_bytes());
        self.bytes.truncate(end);
    }

    #[inline(never)]
    fn turn_hundred(&mut self, number: u16) -> (u64, usize) {
        self.hundred = number / 100 * 100;
        (self.head, self.head_len) = decimal(number / 100);
        decimal(number)
    }

    fn as_bytes(&self) -> &[u8] {
        self.bytes.get(1..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::json::to_json;
    use super::super::ports::Pages;
    use super::*;
    use proptest::prelude::*;

    fn text(set: &PortSet) -> String {
        to_json(set).unwrap_or_default()
    }

    fn few(numbers: &[u16]) -> PortSet {
        PortSet::from(numbers.to_vec())
    }

    fn union(numbers: &[u16]) -> PortSet {
        let mut set = PortSet { many: Some(Box::default()), ..PortSet::default() };
        for &number in numbers {
            set.push(number);
        }
        set
    }

    #[test]
    fn numbers_are_written_as_ranges() {
        let whole: Vec<u16> = (0..=u16::MAX).collect();
        let cases: [(&[u16], &str); 8] = [
            (&[], ""),
            (&[0], "0"),
            (&[22, 80, 81, 82, 443], "22,80-82,443"),
            (&whole, "0-65535"),
            (&[9, 100, 999, 1000, 10_000, 60_708], "9,100,999-1000,10000,60708"),
            (&[62, 63, 64, 65, 128], "62-65,128"),
            (&[63, 128, 65_535], "63,128,65535"),
            (&[65_534, 65_535], "65534-65535"),
        ];
        for (numbers, expected) in cases {
            assert_eq!(text(&few(numbers)), format!("\"{expected}\""));
            assert_eq!(text(&union(numbers)), format!("\"{expected}\""));
        }
    }

    #[test]
    fn every_number_is_written_as_the_standard_library_writes_it() {
        let odd: Vec<u16> = (0..=u16::MAX).filter(|number| number % 2 == 1).collect();
        let expected: Vec<String> = odd.iter().map(u16::to_string).collect();
        assert_eq!(text(&union(&odd)), format!("\"{}\"", expected.join(",")));
    }

    #[test]
    fn a_long_list_is_shortened_and_holds_what_it_held() {
        let all_odd: Vec<u16> = (0..=u16::MAX).filter(|number| number % 2 == 1).collect();
        let one_a_block: Vec<u16> = (0..=u16::MAX).filter(|number| number % 64 == 1).collect();
        let lower_odd: Vec<u16> = (1..2100).step_by(2).chain([40_000, 40_127, 40_130, 65_535]).collect();
        let cases: [(&[u16], bool, &str); 4] = [
            (&all_odd, true, "1-65535"),
            (&lower_odd, true, "1-2099,40000-40130,65535"),
            (&[22, 80, 443], false, "22,80,443"),
            (&[], false, ""),
        ];
        for (numbers, is_long, expected) in cases {
            let mut set = union(numbers);
            assert_eq!((set.shorten(), text(&set)), (is_long, format!("\"{expected}\"")));
        }
        assert!(!union(&one_a_block).shorten());
        assert!(!few(&all_odd).shorten(), "a list without a page has no more than a source's contacts");
    }

    #[test]
    fn a_set_that_meets_a_page_keeps_what_it_had() {
        let mut set = PortSet::default();
        for port in [443, 7, 7] {
            set.push(port);
        }
        assert_eq!((set.count(), text(&set)), (2, "\"7,443\"".into()));
        let mut other = union(&[8]);
        other.add_all(&set);
        set.add_all(&other);
        set.push(9);
        assert_eq!((set.count(), text(&set)), (4, "\"7-9,443\"".into()));
    }

    #[test]
    fn ports_touched_in_pages_and_beside_them_count_once() {
        let mut pages = Pages::new(2, &|_, _| {});
        for (ports, mark) in [(&[22, 80, 443][..], Mark::Silent), (&[80, 8080], Mark::Answered)] {
            let index = pages.take().unwrap_or_default();
            if let Some(page) = pages.get_mut(index) {
                for &port in ports {
                    page.set_mark(port, mark);
                }
            }
        }
        let (first, second) = (pages.get(0), pages.get(1));
        let count = |of: [Option<&Page>; 2]| {
            Touched { ports: vec![7, 80, 7], pages: of.into_iter().flatten().collect() }.count()
        };
        assert_eq!((count([None, None]), count([first, None]), count([first, second])), (2, 4, 5));
    }

    proptest! {
        #[test]
        fn filled_gaps_are_narrow_and_every_other_block_begins_a_range_at_most(numbers in prop::collection::vec(any::<u16>(), 1..3000)) {
            let exact = union(&numbers);
            let mut filled = exact.clone();
            if let Some(union) = &mut filled.many {
                union.fill_gaps();
                prop_assert!(union.runs() <= WORDS / 2);
                prop_assert!(numbers.iter().all(|&port| union.has(port)));
                let mut numbers = numbers.clone();
                numbers.sort_unstable();
                for pair in numbers.windows(2) {
                    if let [one, next] = *pair && next - one > 1 {
                        let is_near = next / 64 - one / 64 <= 1;
                        prop_assert_eq!((one + 1..next).all(|port| union.has(port)), is_near);
                        prop_assert_eq!((one + 1..next).any(|port| union.has(port)), is_near);
                    }
                }
            }
        }

        #[test]
        fn bits_and_numbers_give_the_same_text(mut numbers in prop::collection::vec(any::<u16>(), 0..300), dense in 0..2000_u16) {
            numbers.extend(500..500 + dense);
            let set = union(&numbers);
            numbers.sort_unstable();
            numbers.dedup();
            prop_assert_eq!(text(&set), text(&few(&numbers)));
            prop_assert_eq!(set.count(), numbers.len());
        }
    }
}
