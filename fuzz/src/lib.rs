//! Damaged input for everything that reads what strangers send.
//!
//! A target takes any bytes, must neither panic nor hang, and checks what has to hold for all input. It returns a
//! signature of what happened; inputs with a new signature are kept and damaged further, which leads deeper than chance.
//! The inputs in `corpus/` and the seeds are replayed by `cargo test`; `make fuzz` tries new ones for a while.

pub mod dice;
pub mod mutate;
pub mod seeds;
pub mod targets;

pub use targets::{TARGETS, Target};
