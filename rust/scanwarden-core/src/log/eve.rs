//! Suricata's EVE JSON: alerts.

use std::borrow::Cow;

use serde::Deserialize;

use super::address_text::whole_address;
use super::clock::Clock;
use super::cursor::Cursor;
use super::header_time::read_iso;
use super::ids::{IdsAlert, IdsSystem, is_scan_rule, protocol_number};
use super::reason::Reason;

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow)]
    timestamp: Cow<'a, str>,
    #[serde(borrow, rename = "event_type")]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    src_ip: Cow<'a, str>,
    #[serde(borrow, default)]
    dest_ip: Cow<'a, str>,
    dest_port: Option<u16>,
    #[serde(borrow, default)]
    proto: Cow<'a, str>,
    #[serde(borrow)]
    alert: Option<Alert<'a>>,
}

#[derive(Deserialize)]
struct Alert<'a> {
    #[serde(default)]
    gid: u32,
    #[serde(default)]
    signature_id: u32,
    #[serde(borrow, default)]
    signature: Cow<'a, str>,
    #[serde(borrow, default)]
    category: Cow<'a, str>,
    #[serde(borrow, default)]
    metadata: Metadata<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Metadata<'a> {
    #[serde(borrow)]
    attack_target: Vec<Cow<'a, str>>,
    #[serde(borrow)]
    deployment: Vec<Cow<'a, str>>,
}

impl Metadata<'_> {
    /// An exploit tried at a server from outside is vulnerability scanning (ATT&CK T1595.002): the rule's own metadata
    /// says both.
    fn is_service_probe(&self) -> bool {
        let is_outside = self.deployment.iter().any(|place| matches!(place.as_ref(), "Internet" | "Perimeter"));
        is_outside && self.attack_target.iter().any(|target| target.ends_with("Server"))
    }
}

/// Read one line and pass an alert to `report`.
///
/// # Errors
/// [`Reason::Irrelevant`] for other events, else what is wrong with the line.
pub(crate) fn read_eve(line: &[u8], clock: &mut Clock, report: impl FnOnce(&IdsAlert<'_>)) -> Result<(), Reason> {
    let event: Event<'_> = serde_json::from_slice(line).map_err(|_| Reason::Json)?;
    let alert = match &event.alert {
        Some(alert) if event.kind == "alert" => alert,
        _ => return Err(Reason::Irrelevant),
    };
    let time_ns = read_iso(&mut Cursor::new(event.timestamp.as_bytes()), clock)?;
    let (message, category) = (alert.signature.as_bytes(), alert.category.as_bytes());
    report(&IdsAlert {
        time_ns,
        system: IdsSystem::Suricata,
        source: whole_address(event.src_ip.as_bytes()).ok_or(Reason::Address)?,
        destination: whole_address(event.dest_ip.as_bytes()),
        port: event.dest_port,
        protocol: protocol_number(event.proto.as_bytes()),
        generator: alert.gid,
        signature: alert.signature_id,
        message,
        category,
        is_scan: is_scan_rule(alert.gid, message, category) || alert.metadata.is_service_probe(),
    });
    Ok(())
}
