//! Scans that no source shows alone: summed up over sources, by service, by network and by program, and judged.
//!
//! Each sum holds sketches, so sums of parts of an archive merge to the sum of the whole. A sum is judged by how evenly
//! its contacts are shared out. Sources that know nothing of each other and try random hosts collide: of N contacts with
//! T hosts about T·(1 − e^(−N/T)) hosts are distinct (the occupancy problem: Feller, "An Introduction to Probability
//! Theory" I, 1968, IV.2). Members of one scan divide the hosts and hardly collide (Gates, "Coordinated Scan Detection",
//! NDSS 2009). The test asks for a difference of five standard errors, those of the sketches included.

use super::sketch::Distinct;
use super::{Row, network_of};
use crate::address::Address;
use crate::detector::{
    Detector, Event, EvidenceRecord, MemberRecord, OutcomesRecord, PortSet, ScanRecord, SourceRecord, TargetRecord,
    TechniqueSet, class_of, id_text, public_hash, rfc3339, rounded, to_json,
};
use crate::packet::Nanoseconds;
use std::collections::{BTreeMap, BTreeSet};

/// Sums by service and program at a time.
const SUMS: usize = 16_384;
/// Members, targets and ports named in a sum; more are only counted.
const NAMED: usize = 256;
/// A scan shared out over the internet has at least so many sources …
const MEMBERS: f64 = 8.0;
/// … one that stays in a network at least so many …
const NEIGHBOURS: f64 = 4.0;
/// … with at least so many contacts, hardly any of them twice.
const NEIGHBOURS_CONTACTS: f64 = 16.0;
/// Of the contacts from one network at least this share is distinct.
const DISTINCT_SHARE: f64 = 0.9;
/// The standard error of a sketch.
const SKETCH_ERROR: f64 = 0.0325;
/// So many standard errors are no chance.
const STANDARD_ERRORS: f64 = 5.0;

/// How rows are summed up.
#[derive(Clone, Copy, Debug)]
pub struct WideSettings {
    /// What happens within this time is summed up together, in nanoseconds.
    pub window_ns: Nanoseconds,
}

impl Default for WideSettings {
    fn default() -> Self {
        Self { window_ns: 24 * 3600 * 1_000_000_000 }
    }
}

/// What a sum is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum WideKind {
    /// A port, whoever asks for it.
    Service,
    /// A network of sources: a /24, or a /48.
    Network,
    /// A program, by what its packets show.
    Program,
    /// Every target of the archive: what the others are measured by.
    Targets,
}

impl WideKind {
    /// Every kind, by its number.
    pub const ALL: [Self; 4] = [Self::Service, Self::Network, Self::Program, Self::Targets];
}

/// What a sum is about, and in which window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WideKey {
    /// The kind.
    pub kind: WideKind,
    /// The network's first address; zero for other kinds.
    pub network: Address,
    /// Class and port, or the program's number.
    pub number: u32,
    /// Number of the window since 1970.
    pub window: u32,
}

/// What is known of one key.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WideSum {
    /// Distinct sources.
    pub members: Distinct,
    /// Distinct (target, class, port).
    pub touched: Distinct,
    /// Distinct targets.
    pub targets: Distinct,
    /// Contacts, each source's counted by itself.
    pub contacts: u64,
    /// Targets, each source's counted by itself.
    pub visits: u64,
    /// Packets.
    pub packets: u64,
    /// Evidence in nats.
    pub nats: f64,
    /// Time of the first contact.
    pub first_ns: Nanoseconds,
    /// Time of the last contact.
    pub last_ns: Nanoseconds,
    /// Some of the sources.
    pub named_members: BTreeSet<Address>,
    /// Some of the targets and what was touched there.
    pub named_targets: BTreeSet<(Address, u8, u16)>,
}

impl WideSum {
    /// Take in what another part of the archive gave under the same key.
    pub fn merge(&mut self, other: Self) {
        self.members.merge(&other.members);
        self.touched.merge(&other.touched);
        self.targets.merge(&other.targets);
        let is_first = self.contacts == 0;
        self.first_ns = if is_first { other.first_ns } else { self.first_ns.min(other.first_ns) };
        self.last_ns = self.last_ns.max(other.last_ns);
        self.contacts += other.contacts;
        self.visits += other.visits;
        self.packets += other.packets;
        self.nats += other.nats;
        self.named_members.extend(other.named_members);
        self.named_targets.extend(other.named_targets);
        keep_smallest(&mut self.named_members);
        keep_smallest(&mut self.named_targets);
    }

    fn add(&mut self, row: &Row) {
        let target = hash_of(row.target);
        self.touched.add(public_hash(target, u64::from(row.class) << 16 | u64::from(row.port)));
        self.first_ns = if self.contacts == 0 { row.time_ns } else { self.first_ns.min(row.time_ns) };
        self.last_ns = self.last_ns.max(row.time_ns);
        self.contacts += 1;
        self.packets += u64::from(row.packets);
        self.nats += f64::from(Detector::most_nats(row));
        self.named_targets.insert((row.target, row.class, row.port));
        keep_smallest(&mut self.named_targets);
    }

    fn add_visit(&mut self, source: Address, target: Address) {
        self.members.add(hash_of(source));
        self.targets.add(hash_of(target));
        self.visits += 1;
        self.named_members.insert(source);
        keep_smallest(&mut self.named_members);
    }
}

fn keep_smallest<T: Ord>(named: &mut BTreeSet<T>) {
    while named.len() > NAMED {
        named.pop_last();
    }
}

fn hash_of(address: Address) -> u64 {
    public_hash(address.0 as u64, (address.0 >> 64) as u64)
}

impl WideSum {
    /// Write a sum with its key as bytes: numbers big-endian, and sketches and lists behind their lengths.
    pub fn to_bytes(&self, key: &WideKey) -> Vec<u8> {
        let mut bytes = vec![key.kind as u8];
        bytes.extend(key.network.0.to_be_bytes());
        bytes.extend(key.number.to_be_bytes());
        bytes.extend(key.window.to_be_bytes());
        for number in [self.contacts, self.visits, self.packets, self.nats.to_bits(), self.first_ns, self.last_ns] {
            bytes.extend(number.to_be_bytes());
        }
        let members = self.named_members.iter().flat_map(|member| member.0.to_be_bytes()).collect();
        let targets = self.named_targets.iter().flat_map(target_bytes).collect();
        let sketches = [self.members.to_bytes(), self.touched.to_bytes(), self.targets.to_bytes()];
        for part in sketches.into_iter().chain([members, targets]) {
            bytes.extend((part.len() as u32).to_be_bytes());
            bytes.extend(part);
        }
        bytes
    }

    /// Read what [`Self::to_bytes`] wrote; `None` for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Option<(WideKey, Self)> {
        let rest = &mut &*bytes;
        let [kind] = take(rest)?;
        let key = WideKey {
            kind: *WideKind::ALL.get(usize::from(kind))?,
            network: Address(u128::from_be_bytes(take(rest)?)),
            number: u32::from_be_bytes(take(rest)?),
            window: u32::from_be_bytes(take(rest)?),
        };
        let mut sum = Self {
            contacts: u64::from_be_bytes(take(rest)?),
            visits: u64::from_be_bytes(take(rest)?),
            packets: u64::from_be_bytes(take(rest)?),
            nats: f64::from_bits(u64::from_be_bytes(take(rest)?)),
            first_ns: u64::from_be_bytes(take(rest)?),
            last_ns: u64::from_be_bytes(take(rest)?),
            members: Distinct::from_bytes(take_part(rest)?)?,
            touched: Distinct::from_bytes(take_part(rest)?)?,
            targets: Distinct::from_bytes(take_part(rest)?)?,
            ..Self::default()
        };
        let mut members = take_part(rest)?;
        while !members.is_empty() {
            sum.named_members.insert(Address(u128::from_be_bytes(take(&mut members)?)));
        }
        let mut targets = take_part(rest)?;
        while !targets.is_empty() {
            let target = Address(u128::from_be_bytes(take(&mut targets)?));
            let [class] = take(&mut targets)?;
            sum.named_targets.insert((target, class, u16::from_be_bytes(take(&mut targets)?)));
        }
        rest.is_empty().then_some((key, sum))
    }
}

fn target_bytes(&(target, class, port): &(Address, u8, u16)) -> Vec<u8> {
    let mut bytes = target.0.to_be_bytes().to_vec();
    bytes.push(class);
    bytes.extend(port.to_be_bytes());
    bytes
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk()?;
    *rest = tail;
    Some(*head)
}

fn take_part<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let len = u32::from_be_bytes(take(rest)?) as usize;
    let (head, tail) = rest.split_at_checked(len)?;
    *rest = tail;
    Some(head)
}

/// Sums over the sources without a scan of their own.
pub struct WideSums {
    window_ns: Nanoseconds,
    network: Option<Address>,
    of_network: BTreeMap<WideKey, WideSum>,
    sums: BTreeMap<WideKey, WideSum>,
    networks: Vec<(WideKey, WideSum)>,
    targets: Distinct,
    last_target: Address,
    left_out: u64,
}

impl WideSums {
    pub(super) fn new(settings: WideSettings) -> Self {
        Self {
            window_ns: settings.window_ns.max(1),
            network: None,
            of_network: BTreeMap::new(),
            sums: BTreeMap::new(),
            networks: Vec::new(),
            targets: Distinct::default(),
            last_target: Address::UNSPECIFIED,
            left_out: 0,
        }
    }

    /// Take every sum out.
    pub fn take(&mut self) -> Vec<(WideKey, WideSum)> {
        let mut taken: Vec<_> = std::mem::take(&mut self.sums).into_iter().collect();
        taken.append(&mut self.networks);
        let key = WideKey { kind: WideKind::Targets, network: Address::UNSPECIFIED, number: 0, window: 0 };
        taken.push((key, WideSum { targets: std::mem::take(&mut self.targets), ..WideSum::default() }));
        taken
    }

    pub(super) fn counters(&self) -> [(&'static str, u64); 1] {
        [("evictions.sums_left_out", self.left_out)]
    }

    pub(super) fn note_target(&mut self, target: Address) {
        if target != self.last_target {
            self.targets.add(hash_of(target));
            self.last_target = target;
        }
    }

    /// Rows of sources of one network follow each other: when another begins, the sum of the last is complete.
    pub(super) fn enter_network(&mut self, network: Address) {
        if self.network != Some(network) {
            self.leave_network();
            self.network = Some(network);
        }
    }

    pub(super) fn leave_network(&mut self) {
        self.network = None;
        let complete = std::mem::take(&mut self.of_network);
        self.networks.extend(complete.into_iter().filter(|(_, sum)| sum.members.count() >= NEIGHBOURS));
    }

    /// Add what a source without a scan did.
    pub(super) fn add_source(&mut self, contacts: &mut Vec<Row>) {
        let identity = |row: &Row| (row.source, row.time_ns / self.window_ns, row.target, row.class, row.port);
        contacts.sort_by_key(identity);
        contacts.dedup_by_key(|row| identity(row));
        let mut visited = BTreeSet::new();
        for row in contacts.iter() {
            let window = u32::try_from(row.time_ns / self.window_ns).unwrap_or(u32::MAX);
            let network = WideKey { kind: WideKind::Network, network: network_of(row.source), number: 0, window };
            let service = u32::from(row.class) << 16 | u32::from(row.port);
            let service = WideKey { kind: WideKind::Service, network: Address::UNSPECIFIED, number: service, window };
            let program = WideKey { kind: WideKind::Program, number: u32::from(row.make), ..service };
            let keys = [Some(network), Some(service), (row.make != 0).then_some(program)];
            for key in keys.into_iter().flatten() {
                let is_visit = visited.insert((key, row.source, row.target));
                if let Some(sum) = self.sum_of(key) {
                    sum.add(row);
                    if is_visit {
                        sum.add_visit(row.source, row.target);
                    }
                }
            }
        }
    }

    fn sum_of(&mut self, key: WideKey) -> Option<&mut WideSum> {
        if key.kind == WideKind::Network {
            return Some(self.of_network.entry(key).or_default());
        }
        if self.sums.len() >= SUMS && !self.sums.contains_key(&key) {
            self.left_out += 1;
            return None;
        }
        Some(self.sums.entry(key).or_default())
    }
}

/// Merges sums of parts and judges the whole.
#[derive(Default)]
pub struct WideJudge {
    sums: BTreeMap<WideKey, WideSum>,
}

impl WideJudge {
    /// Take in the sum of a part.
    pub fn add(&mut self, key: WideKey, sum: WideSum) {
        self.sums.entry(key).or_default().merge(sum);
    }

    /// Say what is a scan, as the JSON of closed scans, in the order of keys.
    pub fn records(&self, threshold_nats: f32, sensor: &str) -> Vec<String> {
        let hosts: f64 =
            self.sums.iter().filter(|(key, _)| key.kind == WideKind::Targets).map(|(_, sum)| sum.targets.count()).sum();
        self.sums
            .iter()
            .filter(|(key, sum)| is_scan(key.kind, sum, hosts, f64::from(threshold_nats)))
            .filter_map(|(key, sum)| to_json(&record(key, sum, threshold_nats, sensor)))
            .collect()
    }
}

fn is_scan(kind: WideKind, sum: &WideSum, hosts: f64, threshold_nats: f64) -> bool {
    if sum.nats < 2.0 * threshold_nats {
        return false;
    }
    match kind {
        WideKind::Service | WideKind::Program => sum.members.count() >= MEMBERS && is_shared_out(sum, hosts),
        WideKind::Network => {
            let touched = sum.touched.count();
            sum.members.count() >= NEIGHBOURS
                && touched >= NEIGHBOURS_CONTACTS
                && touched >= DISTINCT_SHARE * sum.contacts as f64
        }
        WideKind::Targets => false,
    }
}

/// Far fewer hosts were visited twice than if everybody had chosen by chance.
fn is_shared_out(sum: &WideSum, hosts: f64) -> bool {
    let visits = sum.visits as f64;
    if hosts < 1.0 {
        return false;
    }
    let by_chance = visits - hosts * (1.0 - (-visits / hosts).exp());
    let distinct = sum.targets.count();
    let error = if matches!(sum.targets, Distinct::Few(_)) { 0.0 } else { SKETCH_ERROR * distinct };
    by_chance - (visits - distinct) >= STANDARD_ERRORS * (by_chance + error * error).sqrt()
}

fn record<'a>(key: &WideKey, sum: &WideSum, threshold_nats: f32, sensor: &'a str) -> ScanRecord<'a> {
    let is_one_service = key.kind == WideKind::Service;
    let mut targets: BTreeMap<Address, BTreeMap<&'static str, Vec<u16>>> = BTreeMap::new();
    let mut techniques = TechniqueSet::default();
    for &(target, class, port) in &sum.named_targets {
        if let Some(class) = class_of(class) {
            techniques = techniques.with(TechniqueSet::of(class));
            targets.entry(target).or_default().entry(class.space().name()).or_default().push(port);
        }
    }
    let is_one_host = sum.targets.count() < 1.5;
    let members = sum.named_members.iter();
    ScanRecord {
        event: Event::Closed,
        id: id_text(id_of(key)),
        time: rfc3339(sum.last_ns),
        first_seen: rfc3339(sum.first_ns),
        last_seen: rfc3339(sum.last_ns),
        source: SourceRecord {
            address: None,
            prefix: (key.kind == WideKind::Network)
                .then(|| format!("{}/{}", key.network, if key.network.is_v4() { 24 } else { 48 })),
            members: members
                .map(|member| MemberRecord { address: member.to_string(), verified: false, acquainted: false })
                .collect(),
            verified: false,
            acquainted: false,
        },
        group: Some(if key.kind == WideKind::Network { "rotation" } else { "distributed" }),
        part_of: None,
        reason: Some(reason(key.kind, sum)),
        targets: targets
            .into_iter()
            .map(|(address, spaces)| TargetRecord {
                address: address.to_string(),
                rounded: false,
                ranges: spaces.into_iter().map(|(space, ports)| (space, PortSet::from(ports))).collect(),
            })
            .collect(),
        techniques: techniques.names().collect(),
        tricks: Vec::new(),
        stages: vec!["ports"],
        pattern: match (is_one_host, is_one_service) {
            (true, _) => "vertical",
            (false, true) => "horizontal",
            (false, false) => "block",
        },
        pace: "slow",
        outcomes: OutcomesRecord { unknown: sum.contacts, ..OutcomesRecord::default() },
        learnt_open: Vec::new(),
        probes: sum.contacts,
        packets: sum.packets,
        evidence: EvidenceRecord {
            nats: rounded(sum.nats as f32),
            threshold: rounded(threshold_nats),
            parts: Vec::new(),
            parts_left_out: sum.contacts,
        },
        severity: 2,
        tool: None,
        attack: if is_one_host { vec!["T1046"] } else { vec!["T1046", "T1595.001"] },
        sensor,
    }
}

fn reason(kind: WideKind, sum: &WideSum) -> String {
    let how = match kind {
        WideKind::Service => "share out the hosts of one service",
        WideKind::Network => "of one network continue each other's contacts",
        WideKind::Program => "with one program share out hosts",
        WideKind::Targets => "",
    };
    format!("about {:.0} sources {how}: {} contacts", sum.members.count(), sum.contacts)
}

fn id_of(key: &WideKey) -> u64 {
    let what = u64::from(key.number) << 32 | u64::from(key.window);
    public_hash(public_hash(hash_of(key.network), key.kind as u64), what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::RowOutcome;

    const SECOND_NS: u64 = 1_000_000_000;

    fn probe(source: u32, target: u32, port: u16) -> Row {
        Row {
            time_ns: 1_700_000_000 * SECOND_NS,
            source: Address::from_v4(source),
            target: Address::from_v4(0xc612_0000 + target),
            port,
            outcome: RowOutcome::Filtered,
            packets: 1,
            ..Row::default()
        }
    }

    fn judged(rows: &[Row], hosts: u32, parts: usize) -> Vec<String> {
        let mut judge = WideJudge::default();
        for part in 0..parts {
            let mut sums = WideSums::new(WideSettings::default());
            (0..hosts).for_each(|host| sums.note_target(Address::from_v4(0xc612_0000 + host)));
            for row in rows.iter().filter(|row| (row.source.0 >> 8) as usize % parts == part) {
                sums.enter_network(network_of(row.source));
                sums.add_source(&mut vec![*row]);
            }
            sums.leave_network();
            for (key, sum) in sums.take() {
                let bytes = sum.to_bytes(&key);
                assert_eq!(WideSum::from_bytes(&bytes), Some((key, sum.clone())));
                assert_eq!(WideSum::from_bytes(bytes.get(1..).unwrap_or_default()), None);
                judge.add(key, sum);
            }
        }
        judge.records(13.8, "test")
    }

    /// Everybody in a network of its own asks one host for port 23.
    fn shared_out(hosts: u32) -> Vec<Row> {
        (0..hosts).map(|host| probe(0x0100_0000 + host * 256, host, 23)).collect()
    }

    #[test]
    fn a_botnet_that_divides_the_hosts_is_a_scan_however_the_archive_is_cut() {
        let rows = shared_out(800);
        let found = judged(&rows, 800, 1);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found.iter().all(|record| record.contains("\"distributed\"") && record.contains("\"horizontal\"")));
        let ids =
            |records: &[String]| records.iter().filter_map(|one| one.get(..60).map(String::from)).collect::<Vec<_>>();
        assert_eq!(ids(&judged(&rows, 800, 4)), ids(&found));
    }

    #[test]
    fn the_noise_of_the_internet_is_no_scan() {
        let rows: Vec<Row> = (0..2000_u32)
            .map(|n| probe(0x0100_0000 + n * 256, (public_hash(u64::from(n), 3) % 800) as u32, 23))
            .collect();
        assert_eq!(judged(&rows, 800, 1), Vec::<String>::new());
    }

    #[test]
    fn clients_of_a_service_that_moved_are_no_scan() {
        let rows: Vec<Row> = (0..60).map(|n| probe(0xcb00_7100 + n, 5, 8080)).collect();
        assert_eq!(judged(&rows, 800, 1), Vec::<String>::new());
    }

    #[test]
    fn a_scanner_that_changes_its_address_within_its_network_is_one_scan() {
        let rows: Vec<Row> = (0..40).map(|n| probe(0xcb00_7100 + n % 20, 5, 1000 + n as u16)).collect();
        let found = judged(&rows, 800, 1);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found.iter().all(|record| record.contains("\"rotation\"") && record.contains("203.0.113.0/24")));
    }
}
