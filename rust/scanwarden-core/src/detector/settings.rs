//! What the operator may set about the detector.

use super::home::Home;
use super::knocks::Knocks;
use super::observe::log::TRAP_NATS;
use super::traps::TrapPorts;
use crate::address::Address;
use serde::Deserialize;
use std::fmt;
use std::net::IpAddr;
use std::ops::RangeInclusive;

/// The settings, as they come from the configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Our addresses and networks; empty: every destination may be a target.
    pub home: Vec<String>,
    /// `home` was inferred from who answered whom: addresses outside it may still be silent targets.
    pub home_inferred: bool,
    /// Name of the sensor, written into every record.
    pub sensor: String,
    /// Budget of the tables in bytes.
    pub memory_bytes: usize,
    /// A scan opens at this much evidence, in nats.
    pub threshold_nats: f32,
    /// Key of the hashes as 32 hexadecimal digits; drawn at random when missing.
    pub key_hex: Option<String>,
    /// Addresses whose ARP requests are their duty.
    pub gateways: Vec<String>,
    /// Directed broadcast addresses of our networks: what is sent there is no probe.
    pub ignore_destination_broadcast: Vec<String>,
    /// Ports known to be open, such as `tcp/22` or `udp/5000-5010`.
    pub open_ports: Vec<String>,
    /// Stealth traps: TCP and UDP ports set out although nobody listens there, spelled as `open_ports`.
    pub trap_ports: Vec<String>,
    /// What touching a trap weighs, in nats.
    pub trap_nats: f32,
    /// Sequences of ports that open a door here (port knocking).
    pub knocks: Vec<Vec<u16>>,
    /// Evidence halves in this time.
    pub half_life_s: u32,
    /// A contact touched again within this time is not new; at most 45 days.
    pub contact_memory_s: u32,
    /// Settled contacts kept for whoever takes them; none for zero.
    pub sightings: usize,
    /// Keep contacts that are no evidence as well.
    pub sightings_harmless: bool,
}

const DAY_S: u32 = 24 * 3600;
/// Contacts count their milliseconds in 32 bits.
const LONGEST_CONTACT_MEMORY_S: u32 = 45 * DAY_S;

impl Default for Settings {
    fn default() -> Self {
        Self {
            home: Vec::new(),
            home_inferred: false,
            sensor: String::from("sensor"),
            memory_bytes: 32 << 20,
            // ln(1e6): a false alarm in a million sources, if the weights were exact.
            threshold_nats: 13.815_511,
            key_hex: None,
            gateways: Vec::new(),
            ignore_destination_broadcast: Vec::new(),
            open_ports: Vec::new(),
            trap_ports: Vec::new(),
            trap_nats: TRAP_NATS,
            knocks: Vec::new(),
            half_life_s: DAY_S,
            contact_memory_s: 7 * DAY_S,
            sightings: 0,
            sightings_harmless: false,
        }
    }
}

/// A setting that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError {
    /// Which setting, what is wrong with it, and what would be right.
    pub message: String,
}

impl fmt::Display for SettingsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for SettingsError {}

fn wrong(message: String) -> SettingsError {
    SettingsError { message }
}

impl Settings {
    /// Read settings from a JSON object.
    pub fn from_json(json: &[u8]) -> Result<Self, SettingsError> {
        let settings: Self =
            serde_json::from_slice(json).map_err(|error| wrong(format!("detector settings: {error}")))?;
        if !(settings.threshold_nats > 0.0 && settings.threshold_nats.is_finite()) {
            return Err(wrong(format!("threshold_nats: {} is not a positive number", settings.threshold_nats)));
        }
        if !(settings.trap_nats > 0.0 && settings.trap_nats.is_finite()) {
            return Err(wrong(format!("trap_nats: {} is not a positive number", settings.trap_nats)));
        }
        if settings.half_life_s == 0 {
            return Err(wrong("half_life_s: evidence cannot halve in no time".into()));
        }
        if !(1..=LONGEST_CONTACT_MEMORY_S).contains(&settings.contact_memory_s) {
            return Err(wrong(format!("contact_memory_s: {} is not within 45 days", settings.contact_memory_s)));
        }
        Ok(settings)
    }

    pub(crate) fn parse_home(&self) -> Result<Home, SettingsError> {
        let prefixes = self.home.iter().map(|text| parse_named_prefix("home", text)).collect::<Result<Vec<_>, _>>()?;
        Ok(Home::new(&prefixes))
    }

    pub(crate) fn parse_addresses(name: &str, texts: &[String]) -> Result<Vec<Address>, SettingsError> {
        texts.iter().map(|text| parse_named_prefix(name, text).map(|(address, _)| address)).collect()
    }

    pub(crate) fn parse_key(&self, fallback: u128) -> Result<u128, SettingsError> {
        match &self.key_hex {
            None => Ok(fallback),
            Some(text) => u128::from_str_radix(text, 16)
                .map_err(|_| wrong(format!("key_hex: {text:?} is not a hexadecimal number of 32 digits"))),
        }
    }

    pub(crate) fn parse_open_ports(&self) -> Result<Vec<(u8, RangeInclusive<u16>)>, SettingsError> {
        parse_ports("open_ports", &self.open_ports)
    }

    pub(crate) fn parse_traps(&self) -> Result<TrapPorts, SettingsError> {
        TrapPorts::new(&parse_ports("trap_ports", &self.trap_ports)?)
    }

    pub(crate) fn parse_knocks(&self) -> Result<Knocks, SettingsError> {
        Knocks::new(&self.knocks)
    }
}

/// Read ports such as `tcp/22` and `udp/5000-5010`.
fn parse_ports(name: &str, texts: &[String]) -> Result<Vec<(u8, RangeInclusive<u16>)>, SettingsError> {
    texts
        .iter()
        .map(|text| {
            let (protocol, ports) = text.split_once('/').unwrap_or(("", text));
            let protocol = match protocol {
                "tcp" => 6,
                "udp" => 17,
                "sctp" => 132,
                _ => return Err(wrong(format!("{name}: {text:?} is not tcp/PORT, udp/PORT or sctp/PORT"))),
            };
            let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
            match (first.parse::<u16>(), last.parse::<u16>()) {
                (Ok(first), Ok(last)) if first <= last => Ok((protocol, first..=last)),
                _ => Err(wrong(format!("{name}: {text:?} has no port from 0 to 65535"))),
            }
        })
        .collect()
}

/// Read an address, or a network with its prefix length.
pub fn parse_prefix(text: &str) -> Result<(Address, u8), SettingsError> {
    parse_named_prefix("prefix", text)
}

fn parse_named_prefix(name: &str, text: &str) -> Result<(Address, u8), SettingsError> {
    let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
    let address: Address = address
        .parse::<IpAddr>()
        .map_err(|_| wrong(format!("{name}: {text:?} is not an address or network such as 192.0.2.0/24")))?
        .into();
    let widest = super::home::family_bits(address);
    let bits = match bits {
        None => widest,
        Some(bits) => bits
            .parse::<u8>()
            .ok()
            .filter(|bits| *bits <= widest)
            .ok_or_else(|| wrong(format!("{name}: {text:?} has no prefix length from 0 to {widest}")))?,
    };
    Ok((address, bits))
}
