//! Column formats whose header line says which column is which.

/// More columns than any format here has.
const MAX_COLUMNS: usize = 96;
const UNWANTED: u8 = u8::MAX;

/// Where the `N` wanted columns stand.
#[derive(Clone, Debug)]
pub(crate) struct ColumnMap<const N: usize> {
    slots: [u8; MAX_COLUMNS],
}

impl<const N: usize> ColumnMap<N> {
    /// Find the wanted columns (each under any of its names) in a header line cut at `separator`.
    pub(crate) fn from_header(header: &[u8], separator: u8, wanted: &[&[&str]; N]) -> Self {
        let mut slots = [UNWANTED; MAX_COLUMNS];
        for (slot, name) in slots.iter_mut().zip(header.split(|&byte| byte == separator)) {
            let name = name.trim_ascii();
            let is_it = |names: &&[&str]| names.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(name));
            if let Some(place) = wanted.iter().position(is_it) {
                *slot = place as u8;
            }
        }
        Self { slots }
    }

    /// The wanted columns of one line; `None` for those that are missing.
    #[inline]
    pub(crate) fn pick<'a>(&self, line: &'a [u8], separator: u8) -> [Option<&'a [u8]>; N] {
        let mut picked = [None; N];
        for (&slot, column) in self.slots.iter().zip(line.split(|&byte| byte == separator)) {
            if let Some(place) = picked.get_mut(usize::from(slot)) {
                *place = Some(column.trim_ascii());
            }
        }
        picked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_by_name_in_any_order() {
        let wanted: [&[&str]; 3] = [&["sa", "srcAddr"], &["dp"], &["absent"]];
        let map = ColumnMap::from_header(b"ts, dp ,x,SRCADDR", b',', &wanted);
        assert_eq!(map.pick(b"1,22,y, a ", b','), [Some(b"a".as_slice()), Some(b"22".as_slice()), None]);
        assert_eq!(map.pick(b"1", b','), [None, None, None]);
    }
}
