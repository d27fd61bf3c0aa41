//! Month names: English at speed, other languages by table.

/// Say which month (1–12) `name` is, in English or one of the languages syslog and `journalctl` hosts are set to.
///
/// A trailing point does not count, nor does the case of ASCII letters. Names are those of the glibc locales.
#[inline]
pub(crate) fn month_of(name: &[u8]) -> Option<u8> {
    english(name).or_else(|| localised(name))
}

#[inline]
fn english(name: &[u8]) -> Option<u8> {
    Some(match name {
        b"Jan" => 1,
        b"Feb" => 2,
        b"Mar" => 3,
        b"Apr" => 4,
        b"May" => 5,
        b"Jun" => 6,
        b"Jul" => 7,
        b"Aug" => 8,
        b"Sep" => 9,
        b"Oct" => 10,
        b"Nov" => 11,
        b"Dec" => 12,
        _ => return None,
    })
}

/// Short names of one month in every language, lower case; no name means two months.
const NAMES: [&[&str]; 12] = [
    &["jan", "janv", "ene", "gen", "sty", "led", "tammi", "янв", "oca", "ian", "jän", "sau", "gener"],
    &["feb", "febr", "févr", "fev", "lut", "úno", "helmi", "фев", "şub", "feb", "vas", "febbr", "veebr"],
    &["mar", "mär", "märz", "mrz", "mars", "mrt", "bře", "maalis", "мар", "marzo", "márc", "marts", "març", "maa"],
    &["apr", "avr", "avril", "abr", "kwi", "dub", "huhti", "апр", "nis", "ápr", "apríl", "huh"],
    &["may", "mai", "mag", "maj", "mei", "kvě", "touko", "мая", "май", "máj", "touk"],
    &["jun", "juin", "giu", "cze", "čen", "kesä", "июн", "haz", "jún", "juni", "iun", "kes"],
    &["jul", "juil", "lug", "lip", "čec", "heinä", "июл", "tem", "júl", "juli", "iul", "hein"],
    &["aug", "août", "aou", "aoû", "ago", "sie", "srp", "elo", "авг", "ağu", "ág", "elok"],
    &["sep", "sept", "set", "wrz", "zář", "syys", "сен", "eyl", "szept", "syy"],
    &["oct", "okt", "ott", "out", "paź", "říj", "loka", "окт", "eki", "lok"],
    &["nov", "lis", "marras", "ноя", "kas", "marr"],
    &["dec", "dez", "déc", "dic", "gru", "pro", "des", "joulu", "дек", "ara", "joul"],
];

#[cold]
fn localised(name: &[u8]) -> Option<u8> {
    let name = name.strip_suffix(b".").unwrap_or(name);
    if name.len() < 2 || name.len() > 12 {
        return None;
    }
    let is_in = |names: &&[&str]| names.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(name));
    NAMES.iter().position(is_in).map(|place| place as u8 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_known_in_many_languages() {
        for (names, month) in [
            ("Jan jan Ene gen janv. sty янв jän", 1),
            ("Feb févr. lut úno şub", 2),
            ("Mar mars Mär mrz mrt bře márc", 3),
            ("Apr avril abr kwi dub nis", 4),
            ("May mai mag maj mei kvě", 5),
            ("Jun juin giu cze čen haz", 6),
            ("Jul juil. lug lip čec tem", 7),
            ("Aug août ago sie srp ağu", 8),
            ("Sep sept. set wrz zář", 9),
            ("Oct okt ott out paź říj", 10),
            ("Nov nov. lis kas", 11),
            ("Dec déc. dez dic gru pro", 12),
        ] {
            for name in names.split(' ') {
                assert_eq!(month_of(name.as_bytes()), Some(month), "{name}");
            }
        }
    }

    #[test]
    fn no_name_means_two_months() {
        let mut all: Vec<(usize, &str)> = Vec::new();
        for (month, names) in NAMES.iter().enumerate() {
            for name in *names {
                assert!(all.iter().all(|&(other, known)| other == month || known != *name), "{name}");
                all.push((month, name));
            }
        }
        assert_eq!(month_of(b"kernel:"), None);
        assert_eq!(month_of(b""), None);
    }
}
