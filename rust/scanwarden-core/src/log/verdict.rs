//! Which prefixes mean that a packet was refused: the table, and the operator's own entries before it.

use serde::Deserialize;

use super::record::Verdict;

/// What a prefix says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PrefixMeaning {
    /// What became of the packet.
    pub verdict: Verdict,
    /// Whether connection tracking called it invalid.
    pub is_invalid: bool,
}

/// One entry of the operator's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PrefixRule {
    /// Packets with this prefix were dropped or rejected.
    Refused,
    /// Packets with this prefix were let through.
    Allowed,
    /// Lines with this prefix are not looked at.
    Ignore,
}

impl PrefixRule {
    const fn verdict(self) -> Verdict {
        match self {
            Self::Refused => Verdict::Refused,
            Self::Allowed => Verdict::Allowed,
            Self::Ignore => Verdict::Ignored,
        }
    }
}

/// Words that mean refusal, wherever they stand in the prefix: ufw, firewalld, Shorewall and hand-made rules.
const REFUSING: &[&[u8]] =
    &[b"DROP", b"DROPPED", b"REJECT", b"REJECTED", b"BLOCK", b"BLOCKED", b"DENY", b"DENIED", b"REFUSED"];
/// Words that mean the packet went on.
const ALLOWING: &[&[u8]] =
    &[b"ACCEPT", b"ACCEPTED", b"ALLOW", b"ALLOWED", b"PASS", b"PASSED", b"AUDIT", b"PERMIT", b"PERMITTED"];

/// The verdict table: the operator's prefixes and words first, then the built-in words.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VerdictTable {
    /// Whole prefixes (outer blanks do not matter) and what they mean.
    pub prefixes: Vec<(String, PrefixRule)>,
    /// Single words (letters and digits, either case) and what they mean.
    pub words: Vec<(String, PrefixRule)>,
}

impl VerdictTable {
    /// Say what `prefix`, the text directly before `IN=`, means.
    pub fn meaning(&self, prefix: &[u8]) -> PrefixMeaning {
        let prefix = prefix.trim_ascii();
        if prefix.is_empty() {
            return PrefixMeaning::default();
        }
        let own = self.prefixes.iter().find(|(text, _)| text.trim_ascii().as_bytes() == prefix);
        let mut words = self.weigh_words(prefix);
        if let Some((_, rule)) = own {
            words.verdict = rule.verdict();
        } else if words.verdict == Verdict::None {
            words.verdict = shaped_verdict(prefix);
        }
        words
    }

    fn weigh_words(&self, prefix: &[u8]) -> PrefixMeaning {
        let (mut refusing, mut allowing, mut ignored, mut is_invalid) = (false, false, false, false);
        for word in prefix.split(|byte| !byte.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
            match self.word_rule(word) {
                Some(PrefixRule::Refused) => refusing = true,
                Some(PrefixRule::Allowed) => allowing = true,
                Some(PrefixRule::Ignore) => ignored = true,
                None => is_invalid |= word.eq_ignore_ascii_case(b"INVALID"),
            }
        }
        let verdict = match (refusing, allowing) {
            _ if ignored => Verdict::Ignored,
            // A prefix that says both says nothing that can be relied on.
            (true, true) => Verdict::Ignored,
            (true, false) => Verdict::Refused,
            (false, true) => Verdict::Allowed,
            (false, false) => Verdict::None,
        };
        PrefixMeaning { verdict, is_invalid }
    }

    fn word_rule(&self, word: &[u8]) -> Option<PrefixRule> {
        if let Some((_, rule)) = self.words.iter().find(|(own, _)| own.as_bytes().eq_ignore_ascii_case(word)) {
            return Some(*rule);
        }
        let is_in = |list: &[&[u8]]| list.iter().any(|known| known.eq_ignore_ascii_case(word));
        if is_in(REFUSING) {
            return Some(PrefixRule::Refused);
        }
        is_in(ALLOWING).then_some(PrefixRule::Allowed)
    }
}

/// Verdicts that are a shape rather than a word.
fn shaped_verdict(prefix: &[u8]) -> Verdict {
    // VyOS and EdgeOS write `[CHAIN-RULE-A]`, `-D]` or `-R]`: accept, drop, reject.
    if prefix.starts_with(b"[") {
        if prefix.ends_with(b"-A]") {
            return Verdict::Allowed;
        }
        if prefix.ends_with(b"-D]") || prefix.ends_with(b"-R]") {
            return Verdict::Refused;
        }
    }
    // Shorewall names the disposition; LOG there means that the packet went on to the next rule.
    if prefix.starts_with(b"Shorewall") && prefix.ends_with(b":LOG:") {
        return Verdict::Allowed;
    }
    Verdict::None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict_of(prefix: &str) -> Verdict {
        VerdictTable::default().meaning(prefix.as_bytes()).verdict
    }

    #[test]
    fn prefixes_that_mean_refusal_are_known() {
        for prefix in [
            "[UFW BLOCK] ",
            "[UFW LIMIT BLOCK] ",
            "FINAL_REJECT: ",
            "IN_public_DROP: ",
            "filter_IN_public_REJECT: ",
            "rpfilter_DROP: ",
            "Shorewall:net-fw:DROP:",
            "Shorewall:net-fw:REJECT:",
            "DROP ",
            "DROP",
            "DROP(src wan)",
            "IPTABLES-DROP: ",
            "iptables denied: ",
            "drop-tcp ",
            "[WAN_LOCAL-default-D]",
            "DROP INVALID ",
            "nft_Blocked ",
        ] {
            assert_eq!(verdict_of(prefix), Verdict::Refused, "{prefix}");
        }
    }

    #[test]
    fn prefixes_that_mean_anything_else_are_not_evidence() {
        for (prefix, expected) in [
            ("[UFW AUDIT] ", Verdict::Allowed),
            ("[UFW ALLOW] ", Verdict::Allowed),
            ("[UFW AUDIT INVALID] ", Verdict::Allowed),
            ("Shorewall:loc-net:ACCEPT:", Verdict::Allowed),
            ("Shorewall:loc-net:LOG:", Verdict::Allowed),
            ("[WAN_OUT-2000-A]", Verdict::Allowed),
            ("ACCEPT then DROP ", Verdict::Ignored),
            ("DROPBOX ", Verdict::None),
            ("BACKDROP ", Verdict::None),
            ("", Verdict::None),
            ("ICMP ", Verdict::None),
        ] {
            assert_eq!(verdict_of(prefix), expected, "{prefix}");
        }
    }

    #[test]
    fn the_operator_has_the_last_word() {
        let table = VerdictTable {
            prefixes: vec![("[UFW AUDIT]".into(), PrefixRule::Refused), ("NOISE DROP:".into(), PrefixRule::Ignore)],
            words: vec![("sperre".into(), PrefixRule::Refused), ("drop".into(), PrefixRule::Allowed)],
        };
        for (prefix, expected) in [
            ("[UFW AUDIT] ", Verdict::Refused),
            ("NOISE DROP: ", Verdict::Ignored),
            ("SPERRE: ", Verdict::Refused),
            ("DROP ", Verdict::Allowed),
        ] {
            assert_eq!(table.meaning(prefix.as_bytes()).verdict, expected, "{prefix}");
        }
    }

    #[test]
    fn invalid_is_told_apart_from_the_verdict() {
        for (prefix, expected) in [
            ("DROP INVALID ", (Verdict::Refused, true)),
            ("INVALID: ", (Verdict::None, true)),
            ("[UFW AUDIT INVALID] ", (Verdict::Allowed, true)),
            ("INVALIDATE ", (Verdict::None, false)),
        ] {
            let meaning = VerdictTable::default().meaning(prefix.as_bytes());
            assert_eq!((meaning.verdict, meaning.is_invalid), expected, "{prefix}");
        }
    }
}
