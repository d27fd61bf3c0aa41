//! Whether a read that a signal interrupted should go on.
//!
//! A read from a pipe may wait for ever. Who embeds this crate can say what a signal means to it.

use std::sync::OnceLock;

static CHECK: OnceLock<fn() -> bool> = OnceLock::new();

/// Ask `wants_to_stop` after each interrupted read whether to give up; the first caller's answer counts for good.
pub fn ask_on_interrupt(wants_to_stop: fn() -> bool) {
    let _ = CHECK.set(wants_to_stop);
}

/// Whether an interrupted read is to end.
pub(crate) fn wants_to_stop() -> bool {
    CHECK.get().is_some_and(|check| check())
}
