//! Feed one target with damaged input for a while: `scanwarden-fuzz TARGET SECONDS SEED FOLDER`.
//!
//! An input that panics, takes longer than ten seconds or costs too much memory is written to FOLDER, and the exit status
//! is 1. Put it into `corpus/TARGET/` once the fault is mended, so that `cargo test` replays it for good.

use std::collections::HashSet;
use std::error::Error;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{ExitCode, exit};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use scanwarden_fuzz::dice::Dice;
use scanwarden_fuzz::mutate::damage;
use scanwarden_fuzz::{TARGETS, Target};

const USAGE: &str = "usage: scanwarden-fuzz TARGET SECONDS SEED FOLDER";
const HANG: Duration = Duration::from_secs(10);
const KEPT_INPUTS: usize = 20_000;
const MAX_PEAK_KIB: u64 = 1 << 20;

/// The input that runs now, and since when.
type Current = Arc<Mutex<(Vec<u8>, Instant)>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match fuzz(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(1)
        }
    }
}

fn fuzz(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let [name, seconds, seed, folder] = arguments else { return Err(USAGE.into()) };
    let target = TARGETS.iter().find(|target| target.name == name).ok_or_else(|| {
        let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
        format!("{name}: no such target; there are {}", names.join(", "))
    })?;
    let folder = PathBuf::from(folder);
    fs::create_dir_all(&folder)?;
    let current: Current = Arc::new(Mutex::new((Vec::new(), Instant::now())));
    watch_for_hangs(target.name, Arc::clone(&current), folder.clone());
    std::panic::set_hook(Box::new(|_| {}));
    let time_limit = Duration::from_secs(seconds.parse()?);
    let found = explore(target, time_limit, Dice::new(seed.parse()?), &current, &folder)?;
    println!("{name}: {} inputs in {} s, {} ways through the code", found.inputs, seconds, found.signatures);
    let peak_kib = peak_resident_kib()?;
    if peak_kib > MAX_PEAK_KIB {
        return Err(format!("{name}: held {peak_kib} KiB of memory").into());
    }
    Ok(())
}

struct Found {
    inputs: u64,
    signatures: usize,
}

/// Run the seeds, then damaged versions of whatever did something new.
fn explore(
    target: &Target,
    time_limit: Duration,
    mut dice: Dice,
    current: &Current,
    folder: &Path,
) -> Result<Found, Box<dyn Error>> {
    let start = Instant::now();
    let mut known = HashSet::new();
    let mut kept = (target.seeds)();
    for seed in &kept {
        known.insert(run(target, seed, current, folder)?);
    }
    let mut inputs = kept.len() as u64;
    while start.elapsed() < time_limit {
        // Half of the time one of the latest finds: they lead on.
        let latest = kept.len().saturating_sub(64);
        let from = if dice.below(2) == 0 { kept.get(latest..).unwrap_or_default() } else { &kept };
        let mut input = dice.pick(from).cloned().unwrap_or_default();
        damage(&mut input, &kept, target.tokens, &mut dice);
        if known.insert(run(target, &input, current, folder)?) && kept.len() < KEPT_INPUTS {
            kept.push(input);
        }
        inputs += 1;
    }
    Ok(Found { inputs, signatures: known.len() })
}

fn run(target: &Target, input: &[u8], current: &Current, folder: &Path) -> Result<u64, Box<dyn Error>> {
    {
        let mut place = current.lock().unwrap_or_else(PoisonError::into_inner);
        place.0.clear();
        place.0.extend(input);
        place.1 = Instant::now();
    }
    catch_unwind(AssertUnwindSafe(|| (target.run)(input))).map_err(|cause| {
        let text = cause.downcast_ref::<String>().map(String::as_str).or_else(|| cause.downcast_ref::<&str>().copied());
        let text: String = text.unwrap_or("no message").chars().take(600).collect();
        let path = keep(target.name, input, folder);
        format!("{}: panic: {text}\nthe input is in {path}", target.name).into()
    })
}

/// Write an input where it can be looked at; returns the place, or why there is none.
fn keep(name: &str, input: &[u8], folder: &Path) -> String {
    let path = folder.join(format!("{name}-{}.bin", input.len()));
    match fs::write(&path, input) {
        Ok(()) => path.display().to_string(),
        Err(error) => format!("nowhere ({error})"),
    }
}

fn watch_for_hangs(name: &'static str, current: Current, folder: PathBuf) {
    thread::spawn(move || {
        loop {
            thread::sleep(HANG / 10);
            let place = current.lock().unwrap_or_else(PoisonError::into_inner);
            if place.1.elapsed() > HANG {
                eprintln!("{name}: an input takes longer than {HANG:?}; it is in {}", keep(name, &place.0, &folder));
                exit(1);
            }
        }
    });
}

/// The most memory this process ever held (`VmHWM` of proc(5)).
fn peak_resident_kib() -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM in /proc/self/status")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
