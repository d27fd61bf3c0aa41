//! Where damage begins: the captures of the golden tests, and the inputs kept in `corpus/`.

use std::fs;
use std::path::{Path, PathBuf};

/// Larger captures take too long to run thousands of times.
const MAX_SEED_BYTES: usize = 24 * 1024;

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file of a folder, in order of name; none when there is no such folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// The inputs kept for a target: each once broke something, or leads to a rare place.
pub fn corpus(target: &str) -> Vec<Vec<u8>> {
    files(&here().join("corpus").join(target)).iter().filter_map(|path| fs::read(path).ok()).collect()
}

/// The small captures of the golden tests.
pub fn golden_captures() -> Vec<Vec<u8>> {
    files(&here().join("../tests/golden"))
        .iter()
        .filter_map(|folder| fs::read(folder.join("input.pcap")).ok())
        .filter(|capture| capture.len() <= MAX_SEED_BYTES)
        .collect()
}
