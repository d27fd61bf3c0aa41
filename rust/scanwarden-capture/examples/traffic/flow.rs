//! One TCP connection as two Linux hosts have it: handshake, data both ways, close.

use crate::dice::Dice;
use crate::frame::{ACK, End, FIN, Frame, LINUX_LATER, LINUX_SYN, PSH, RST, SYN, Segment};

const SEGMENT_BYTES: u16 = 1448;

enum Step {
    Syn,
    SynAck,
    Established { segments_left: u32 },
    ServerFin,
    LastAck,
    Over,
}

/// A connection that gives one packet at a time.
pub(crate) struct Flow {
    client: End,
    server: End,
    client_next: u32,
    server_next: u32,
    step: Step,
    segments: u32,
}

impl Flow {
    /// Begin a connection with `segments` segments between handshake and close.
    pub(crate) const fn new(client: End, server: End, segments: u32, dice: &mut Dice) -> Self {
        let numbers = dice.roll();
        Self {
            client,
            server,
            client_next: numbers as u32,
            server_next: (numbers >> 32) as u32,
            step: Step::Syn,
            segments,
        }
    }

    pub(crate) const fn is_over(&self) -> bool {
        matches!(self.step, Step::Over)
    }

    /// Make the next packet.
    pub(crate) fn next(&mut self, frame: &mut Frame, dice: &mut Dice) {
        match self.step {
            Step::Syn => {
                self.client_sends(frame, SYN, &LINUX_SYN, 0);
                self.client_next = self.client_next.wrapping_add(1);
                self.step = Step::SynAck;
            }
            Step::SynAck => {
                self.server_sends(frame, SYN | ACK, &LINUX_SYN, 0);
                self.server_next = self.server_next.wrapping_add(1);
                self.step = Step::Established { segments_left: self.segments };
            }
            Step::Established { segments_left: 0 } => self.begin_to_close(frame, dice),
            Step::Established { segments_left } => {
                self.exchange(frame, segments_left, dice);
                self.step = Step::Established { segments_left: segments_left - 1 };
            }
            Step::ServerFin => {
                self.server_sends(frame, FIN | ACK, &LINUX_LATER, 0);
                self.server_next = self.server_next.wrapping_add(1);
                self.step = Step::LastAck;
            }
            Step::LastAck | Step::Over => {
                self.client_sends(frame, ACK, &LINUX_LATER, 0);
                self.step = Step::Over;
            }
        }
    }

    /// First the acknowledgement and the question, then mostly the answer.
    fn exchange(&mut self, frame: &mut Frame, segments_left: u32, dice: &mut Dice) {
        let position = self.segments - segments_left;
        match (position, dice.below(10)) {
            (0, _) => self.client_sends(frame, ACK, &LINUX_LATER, 0),
            (1, _) | (_, 0) => {
                let question_bytes = 80 + dice.below(400) as u16;
                self.client_sends(frame, PSH | ACK, &LINUX_LATER, question_bytes);
                self.client_next = self.client_next.wrapping_add(u32::from(question_bytes));
            }
            (_, 1..=3) => self.client_sends(frame, ACK, &LINUX_LATER, 0),
            _ => {
                self.server_sends(frame, ACK, &LINUX_LATER, SEGMENT_BYTES);
                self.server_next = self.server_next.wrapping_add(u32::from(SEGMENT_BYTES));
            }
        }
    }

    /// Nine of ten clients say goodbye, the tenth hangs up.
    fn begin_to_close(&mut self, frame: &mut Frame, dice: &mut Dice) {
        if dice.below(10) == 0 {
            self.client_sends(frame, RST | ACK, &[], 0);
            self.step = Step::Over;
        } else {
            self.client_sends(frame, FIN | ACK, &LINUX_LATER, 0);
            self.client_next = self.client_next.wrapping_add(1);
            self.step = Step::ServerFin;
        }
    }

    fn client_sends(&self, frame: &mut Frame, flags: u8, options: &[u8], payload_len: u16) {
        let acknowledgement = if flags & ACK == 0 { 0 } else { self.server_next };
        let segment = Segment { flags, sequence: self.client_next, acknowledgement, window: 502, options, payload_len };
        frame.tcp(self.client, self.server, &segment);
    }

    fn server_sends(&self, frame: &mut Frame, flags: u8, options: &[u8], payload_len: u16) {
        let (sequence, acknowledgement) = (self.server_next, self.client_next);
        let segment = Segment { flags, sequence, acknowledgement, window: 509, options, payload_len };
        frame.tcp(self.server, self.client, &segment);
    }
}
