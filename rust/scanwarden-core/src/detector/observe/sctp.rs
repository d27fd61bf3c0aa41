//! SCTP: INIT and COOKIE-ECHO probe a port, INIT-ACK and ABORT answer (RFC 9260 5.1, 8.4).

use super::super::contact::{Outcome, ProbeClass};
use super::super::engine::Detector;
use super::{SCTP, Way, probe_of};
use crate::packet::{Packet, Sctp};

const INIT: u8 = 1;
const INIT_ACK: u8 = 2;
const ABORT: u8 = 6;
const ERROR: u8 = 9;
const COOKIE_ECHO: u8 = 10;
const COOKIE_ACK: u8 = 11;

impl Detector {
    pub(super) fn observe_sctp(&mut self, packet: &Packet<'_>, sctp: &Sctp, way: Way) {
        let class = match sctp.chunk {
            INIT => ProbeClass::SctpInit,
            COOKIE_ECHO => ProbeClass::SctpCookieEcho,
            INIT_ACK | COOKIE_ACK | ABORT | ERROR => {
                if way.may_be_out() {
                    self.observe_sctp_answer(packet, sctp);
                }
                return;
            }
            _ => return,
        };
        let (here, there) = (packet.destination, packet.source);
        if way.may_be_out() && class == ProbeClass::SctpInit {
            self.note_conversation(packet.source, sctp.source_port, packet.destination, sctp.destination_port, SCTP);
        }
        if !way.may_be_in() || self.is_our_conversation(here, sctp.destination_port, there, sctp.source_port, SCTP) {
            return;
        }
        // A COOKIE-ECHO after our INIT-ACK completes an association: normal use.
        let has_association = class == ProbeClass::SctpCookieEcho && self.is_service(here, SCTP, sctp.destination_port);
        if !has_association {
            let _ = self.probe(&probe_of(there, here, sctp.source_port, sctp.destination_port, class));
        }
    }

    fn observe_sctp_answer(&mut self, packet: &Packet<'_>, sctp: &Sctp) {
        let (target, port, source) = (packet.source, sctp.source_port, packet.destination);
        let outcome = match sctp.chunk {
            INIT_ACK | COOKIE_ACK => Outcome::Open,
            _ => Outcome::Closed,
        };
        if sctp.chunk == INIT_ACK {
            self.note_service(target, SCTP, port);
        }
        for class in [ProbeClass::SctpInit, ProbeClass::SctpCookieEcho] {
            if self.answer(source, target, port, class, outcome) {
                return;
            }
        }
    }
}
