//! Make the traffic that the benchmarks measure: capture files of three kinds, or packets on an interface at full speed.
//!
//! `traffic write KIND PACKETS FILE` writes a pcap file of at most 96 bytes a packet; KIND is mixed, synonly or vertical.
//! `traffic send INTERFACE MAC PACKETS RATE CANDIDATES` sends to a hardware address, RATE packets a second (0: as fast as
//! it goes), CANDIDATES of a hundred of them SYNs, the others segments of established connections.
//! Both print one line of JSON that says what was made; the same arguments make the same packets.

mod dice;
mod flow;
mod frame;
mod kinds;
mod mixed;
mod send;

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "usage: traffic write mixed|synonly|vertical PACKETS FILE\n       \
                     traffic send INTERFACE MAC PACKETS RATE CANDIDATES";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(made) => {
            println!("{made}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &[String]) -> Result<String, Box<dyn Error>> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["write", kind, packets, file] => kinds::write(kind, packets.parse()?, Path::new(file)),
        ["send", interface, mac, packets, rate, candidates] => send::send(&send::Order {
            interface,
            mac: send::parse_mac(mac)?,
            packets: packets.parse()?,
            packets_per_second: rate.parse()?,
            candidate_percent: candidates.parse()?,
        }),
        _ => Err(USAGE.into()),
    }
}
