//! Run full detection over a capture, for profiling: `cargo run --release -p scanwarden-capture --example detect FILE HOME…`.

use scanwarden_capture::{CaptureFile, prefer_large_pages};
use scanwarden_core::detector::{Detector, Settings};
use scanwarden_core::intake::Intake;
use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("which capture?")?;
    let settings = Settings { home: arguments.collect(), ..Settings::default() };
    let mut intake = Intake::new(Detector::new_advised(&settings, 7, &prefer_large_pages)?);
    let mut file = CaptureFile::open(Path::new(&path))?;
    loop {
        if !file.feed(1 << 20, &mut intake)?.has_more {
            break;
        }
    }
    intake.detector().finish();
    for (name, count) in intake.counters() {
        println!("{name} {count}");
    }
    Ok(())
}
