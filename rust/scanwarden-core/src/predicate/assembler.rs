//! A small assembler for classic BPF: jumps go forward to labels, and offsets are worked out at the end.

use super::bpf::BpfInstruction;

/// Operation codes of classic BPF (`linux/bpf_common.h`).
pub(super) mod code {
    pub(in crate::predicate) const LOAD_WORD: u16 = 0x20;
    pub(in crate::predicate) const LOAD_HALF: u16 = 0x28;
    pub(in crate::predicate) const LOAD_BYTE: u16 = 0x30;
    pub(in crate::predicate) const LOAD_HALF_AT_X: u16 = 0x48;
    pub(in crate::predicate) const LOAD_BYTE_AT_X: u16 = 0x50;
    pub(in crate::predicate) const LOAD_PACKET_LEN: u16 = 0x80;
    /// X = 4 * (byte & 15): an IPv4 header's length.
    pub(in crate::predicate) const LOAD_X_HEADER_LEN: u16 = 0xb1;
    pub(in crate::predicate) const ADD: u16 = 0x04;
    pub(in crate::predicate) const ADD_X: u16 = 0x0c;
    pub(in crate::predicate) const AND: u16 = 0x54;
    pub(in crate::predicate) const SHIFT_RIGHT: u16 = 0x74;
    pub(in crate::predicate) const JUMP: u16 = 0x05;
    pub(in crate::predicate) const IF_EQUAL: u16 = 0x15;
    pub(in crate::predicate) const IF_GREATER: u16 = 0x25;
    pub(in crate::predicate) const IF_GREATER_THAN_X: u16 = 0x2d;
    pub(in crate::predicate) const IF_AT_LEAST: u16 = 0x35;
    pub(in crate::predicate) const IF_AT_LEAST_X: u16 = 0x3d;
    pub(in crate::predicate) const IF_ANY_BIT: u16 = 0x45;
    pub(in crate::predicate) const RETURN: u16 = 0x06;
    pub(in crate::predicate) const A_TO_X: u16 = 0x07;
    pub(in crate::predicate) const X_TO_A: u16 = 0x87;
}

/// Where a jump goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum To {
    /// The next instruction.
    Next,
    /// The instruction behind the label's place.
    Label(Label),
}

/// A place in the program that jumps may go to; jumps to it must come before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Label(usize);

#[derive(Clone, Copy)]
struct Instruction {
    code: u16,
    k: u32,
    then: To,
    otherwise: To,
}

/// Collects instructions and resolves labels.
#[derive(Default)]
pub(super) struct Assembler {
    instructions: Vec<Instruction>,
    /// For each label, the number of the instruction behind it.
    places: Vec<Option<usize>>,
}

impl Assembler {
    /// Make a label, to be placed once.
    pub(super) fn label(&mut self) -> Label {
        self.places.push(None);
        Label(self.places.len() - 1)
    }

    /// Put `label` before the next instruction.
    pub(super) fn place(&mut self, label: Label) {
        let here = self.instructions.len();
        if let Some(place) = self.places.get_mut(label.0) {
            *place = Some(here);
        }
    }

    /// Add an instruction that does not jump.
    pub(super) fn add(&mut self, code: u16, k: u32) {
        self.instructions.push(Instruction { code, k, then: To::Next, otherwise: To::Next });
    }

    /// Add a comparison of the accumulator.
    pub(super) fn branch(&mut self, code: u16, k: u32, then: To, otherwise: To) {
        self.instructions.push(Instruction { code, k, then, otherwise });
    }

    /// Add a jump of any distance.
    pub(super) fn jump(&mut self, label: Label) {
        self.branch(code::JUMP, 0, To::Label(label), To::Next);
    }

    /// Resolve the labels. A comparison reaches 255 instructions; the blocks of the one program are shorter.
    pub(super) fn finish(self) -> Vec<BpfInstruction> {
        let distance = |from: usize, to: To| match to {
            To::Next => 0,
            To::Label(Label(number)) => {
                self.places.get(number).copied().flatten().map_or(0, |place| place.saturating_sub(from + 1))
            }
        };
        let resolve = |(number, instruction): (usize, &Instruction)| {
            let (then, otherwise) = (distance(number, instruction.then), distance(number, instruction.otherwise));
            if instruction.code == code::JUMP {
                BpfInstruction { code: code::JUMP, jt: 0, jf: 0, k: then as u32 }
            } else {
                debug_assert!(then <= 255 && otherwise <= 255, "a comparison jumps too far");
                BpfInstruction { code: instruction.code, jt: then as u8, jf: otherwise as u8, k: instruction.k }
            }
        };
        self.instructions.iter().enumerate().map(resolve).collect()
    }
}
