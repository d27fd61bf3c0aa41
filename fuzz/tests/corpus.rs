//! Every kept input and every seed runs through its target, and so do a few damaged ones.

use scanwarden_fuzz::dice::Dice;
use scanwarden_fuzz::mutate::damage;
use scanwarden_fuzz::{TARGETS, Target};

const DAMAGED_EACH: usize = 20;

fn replay(name: &str) {
    let target = TARGETS.iter().find(|target| target.name == name);
    assert!(target.is_some(), "{name}: no such target");
    let Some(Target { run, seeds, tokens, .. }) = target else { return };
    let seeds = seeds();
    assert!(seeds.len() > 5, "{name}: hardly a seed");
    let mut dice = Dice::new(1);
    for seed in &seeds {
        run(seed);
        for _ in 0..DAMAGED_EACH {
            let mut input = seed.clone();
            damage(&mut input, &seeds, tokens, &mut dice);
            run(&input);
        }
    }
}

#[test]
fn packets_of_every_link_type_are_survived() {
    replay("packets");
}

#[test]
fn capture_files_of_every_format_are_survived() {
    replay("captures");
}

#[test]
fn log_lines_of_every_format_are_survived() {
    replay("log_lines");
}

#[test]
fn text_on_the_ftp_control_channel_is_survived() {
    replay("ftp");
}
