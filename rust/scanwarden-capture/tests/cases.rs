//! Captures of other programs, when they lie beside the project: read whole, cut and flipped.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod support;

use std::path::{Path, PathBuf};

use support::{Numbers, read};

const CUTS: usize = 200;

/// The captures of `SCANWARDEN_CASES`, or of `shared/cases` beside a folder above; `None` when there are none.
fn captures() -> Option<Vec<PathBuf>> {
    let beside = |folder: &Path| folder.join("shared/cases");
    let cases = match std::env::var_os("SCANWARDEN_CASES") {
        Some(path) => PathBuf::from(path),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(beside).find(|path| path.is_dir())?,
    };
    let files = std::fs::read_dir(cases.join("captures")).ok()?;
    let is_pcap = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "pcap");
    Some(files.map(|file| file.unwrap().path()).filter(is_pcap).collect())
}

#[test]
fn a_cut_capture_gives_the_packets_before_the_cut() {
    let Some(captures) = captures() else {
        eprintln!("skipped: no captures; set SCANWARDEN_CASES to a folder that holds them");
        return;
    };
    assert!(!captures.is_empty());
    let mut numbers = Numbers(3);
    for path in captures {
        let file = std::fs::read(&path).unwrap();
        let whole = read(&file, usize::MAX);
        assert!(whole.error.is_none(), "{}: {}", path.display(), whole.message());
        let record_bytes: usize = whole.packets.iter().map(|packet| 16 + packet.bytes.len()).sum();
        assert_eq!(24 + record_bytes, file.len(), "{}: every byte is accounted for", path.display());
        for _ in 0..CUTS {
            let cut = numbers.below(file.len());
            let outcome = read(&file[..cut], usize::MAX);
            assert!(whole.packets.starts_with(&outcome.packets), "{} cut at {cut}", path.display());
            let used: usize = outcome.packets.iter().map(|packet| 16 + packet.bytes.len()).sum();
            assert_eq!(outcome.error.is_none(), 24 + used == cut, "{} cut at {cut}", path.display());
        }
    }
}

#[test]
fn a_capture_with_flipped_bytes_gives_at_worst_an_error() {
    let Some(captures) = captures() else {
        eprintln!("skipped: no captures; set SCANWARDEN_CASES to a folder that holds them");
        return;
    };
    let mut numbers = Numbers(4);
    for path in captures {
        let file = std::fs::read(&path).unwrap();
        for _ in 0..CUTS {
            let mut broken = file.clone();
            for _ in 0..=numbers.below(8) {
                let at = numbers.below(broken.len());
                broken[at] = numbers.next() as u8;
            }
            let outcome = read(&broken, 1_000);
            let bytes: usize = outcome.packets.iter().map(|packet| packet.bytes.len()).sum();
            assert!(bytes <= broken.len());
        }
    }
}
