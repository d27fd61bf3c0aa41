//! Evidence per TCP stack behind one address.
//!
//! Behind a NAT many people share an address, and their mistakes must not add up. What a SYN shows of its stack
//! (option order, scale, initial TTL, DF) splits the evidence; what has no stack (UDP, ICMP, log lines), and stacks
//! beyond the seventh, count for all, so changing the stack with every packet gains a scanner six contacts.

/// How many stacks are told apart.
const KEPT: usize = 7;

/// Evidence in nats: common, and per stack.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stacks {
    common: f32,
    nats: [f32; KEPT],
    signatures: [u16; KEPT],
    /// What the first SYN showed of the program that made it, or 0.
    pub(crate) make: u16,
}

impl Stacks {
    pub(crate) const NONE: Self = Self { common: 0.0, nats: [0.0; KEPT], signatures: [0; KEPT], make: 0 };

    /// The evidence against the most suspicious stack, common evidence included.
    #[inline]
    pub(crate) fn nats(&self) -> f32 {
        self.common + self.nats.iter().fold(0.0_f32, |most, &nats| most.max(nats))
    }

    /// Find a stack's number, or give it one; 0 stands for all stacks.
    #[inline]
    pub(crate) fn number(&mut self, signature: u16) -> u8 {
        if signature == 0 {
            return 0;
        }
        match self.signatures.iter().position(|&kept| kept == signature || kept == 0) {
            Some(index) => {
                if let Some(kept) = self.signatures.get_mut(index) {
                    *kept = signature;
                }
                index as u8 + 1
            }
            None => 0,
        }
    }

    /// Add evidence for a stack's number.
    #[inline]
    pub(crate) fn add(&mut self, number: u8, nats: f32) {
        let place = match usize::from(number).checked_sub(1).and_then(|index| self.nats.get_mut(index)) {
            Some(place) => place,
            None => &mut self.common,
        };
        *place = (*place + nats).max(0.0);
    }

    /// Let `elapsed_ns` pass; evidence halves in `half_life_ns`.
    #[inline]
    pub(crate) fn decay(&mut self, elapsed_ns: u64, half_life_ns: f64) {
        // A second changes the fifth digit: not worth an exponential.
        if elapsed_ns < 1_000_000_000 {
            return;
        }
        let factor = (-(elapsed_ns as f64) / half_life_ns).exp2() as f32;
        self.common *= factor;
        for nats in &mut self.nats {
            *nats *= factor;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_adds_up_within_a_stack_and_not_across() {
        let mut stacks = Stacks::NONE;
        let (first, second) = (stacks.number(70), stacks.number(80));
        stacks.add(first, 3.5);
        stacks.add(second, 3.5);
        assert!((stacks.nats() - 3.5).abs() < 1e-6);
        let again = stacks.number(70);
        stacks.add(again, 3.5);
        stacks.add(0, 2.0);
        assert!((stacks.nats() - 9.0).abs() < 1e-6);
    }

    #[test]
    fn a_new_stack_with_every_packet_gains_a_scanner_six_contacts() {
        let mut stacks = Stacks::NONE;
        for signature in 1..=10 {
            let number = stacks.number(signature);
            stacks.add(number, 3.5);
        }
        assert!((stacks.nats() - 4.0 * 3.5).abs() < 1e-3);
    }

    #[test]
    fn evidence_halves_in_its_half_life() {
        let mut stacks = Stacks::NONE;
        stacks.add(0, 8.0);
        stacks.decay(3600 * 1_000_000_000, 3600.0 * 1e9);
        assert!((stacks.nats() - 4.0).abs() < 1e-5);
    }
}
