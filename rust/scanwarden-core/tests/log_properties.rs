//! Whatever a log contains, reading it ends well; and how the bytes arrive does not matter.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod log_support;

use log_support::{Seen, read_with, settings};
use proptest::prelude::*;
use scanwarden_core::log::detect_format::detect_format;
use scanwarden_core::log::format::Format;
use scanwarden_core::log::reader::Reader;
use scanwarden_core::log::settings::LogSettings;

/// One valid line of every format and shape.
const VALID: [&str; 22] = [
    "Mar  7 05:09:30 gate kernel: [  203.842973] DROP IN=eth0 OUT= MAC=52:54:00:00:00:01:52:54:00:00:00:02:08:00 SRC=192.0.2.7 DST=198.51.100.1 LEN=44 TOS=0x00 PREC=0x00 TTL=51 ID=1 DF PROTO=TCP SPT=1 DPT=2 SEQ=1 ACK=2 WINDOW=3 RES=0x00 URG ACK PSH RST SYN FIN URGP=0 OPT (020405B4) UID=0 GID=0 MARK=0x1",
    "<4>1 2025-03-07T05:09:30.5Z gate kernel - - [meta a=\"b\\\"\"] [ 3.1] [UFW BLOCK] IN=eth0 OUT= SRC=2001:0db8:0000:0000:0000:0000:0000:0002 DST=2001:db8::1 LEN=80 TC=0 HOPLIMIT=64 FLOWLBL=7 OPT ( FRAG:0 INCOMPLETE ID:0000002a ) OPT ( AH SPI=0x1 ) PROTO=UDP SPT=1 DPT=2 LEN=8 ",
    "2025-03-07T05:09:30+02:00 gate kernel: DROP IN=br0 OUT=br0 PHYSIN=a PHYSOUT=b MACSRC=52:54:00:00:00:02 MACDST=52:54:00:00:00:01 VPROTO=8100 VID=7 MACPROTO=0800 SRC=192.0.2.7 DST=198.51.100.1 LEN=88 TOS=0x00 PREC=0xC0 TTL=63 ID=9 PROTO=ICMP TYPE=3 CODE=4 [SRC=1.2.3.4 DST=5.6.7.8 LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=2 DF PROTO=TCP INCOMPLETE [8 bytes] ] MTU=1400 ",
    "Mar  7 05:09:30 gate sshd[77]: Failed password for invalid user a from b from 192.0.2.1 port 7 ssh2",
    "Mar  7 05:09:30 gate sshd[77]: Failed publickey for invalid user a from 192.0.2.1 port 7 ssh2: RSA SHA256:abc",
    "Mar  7 05:09:30 gate sshd[77]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=root",
    "Mar  7 05:09:30 gate sshd[77]: Disconnecting invalid user a 192.0.2.1 port 7: Change of username or service not allowed: (a,b) -> (c,d) [preauth]",
    "Mar  7 05:09:30 gate sshd[77]: Received disconnect from 192.0.2.1 port 7:11: Bye Bye [preauth]",
    "Mar  7 05:09:30 gate dropbear[77]: Bad password attempt for 'root' from 192.0.2.1:49242",
    "[    2.500000][  T12] DROP IN=eth0 OUT= SRC=192.0.2.7 DST=198.51.100.1 LEN=44 TOS=0x00 PREC=0x00 TTL=51 ID=1 PROTO=2 ",
    r#"{"__REALTIME_TIMESTAMP":"1741324170000000","_TRANSPORT":"kernel","MESSAGE":[68,82,79,80,32]}"#,
    "Sep 30 14:35:50 gate filterlog[77]: 53,,,1000102631,em0,match,block,in,4,0x0,,64,892,0,none,6,tcp,44,192.0.2.7,198.51.100.1,59576,22,0,S,17536001,,65535,,mss",
    "Mar  7 05:09:30 gate firewall,info drop input: in:ether1 out:(unknown 0), connection-state:new src-mac 00:17:10:88:bc:02, proto TCP (SYN), 192.0.2.7:5->198.51.100.1:23, NAT (a), prio 1->0, len 40",
    "0 3 PVEFW-HOST-IN 07/Mar/2025:07:09:30 +0200 policy DROP: IN=vmbr0 SRC=2a0a:1580::a DST=2a0a:1580::17 LEN=40 TC=0 FLOWLBL=634336 HOPLIMIT=64 PROTO=TCP SPT=1 DPT=22 SEQ=1 ACK=0 WINDOW=1 SYN",
    r#"{"timestamp":"2022-07-12T06:22:33.415742+0000","event_type":"alert","src_ip":"192.0.2.7","dest_ip":"198.51.100.1","dest_port":80,"proto":"TCP","alert":{"gid":1,"signature_id":1,"signature":"ET SCAN x","category":"y","metadata":{"attack_target":["Server"],"deployment":["Internet"]}}}"#,
    "07/11/2022-10:29:32.251216  [**] [1:2008578:4] ET SCAN x [**] [Classification: y] [Priority: 2] {UDP} 192.0.2.7:5116 -> 198.51.100.1:5060",
    "#fields\tts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tconn_state\thistory",
    "1741324170.000000\t192.0.2.7\t40000\t198.51.100.1\t22\ttcp\tREJ\tSr",
    r#"{"ts":1741324170.0,"id.orig_h":"192.0.2.7","id.orig_p":40000,"id.resp_h":"198.51.100.1","id.resp_p":22,"proto":"tcp","conn_state":"S0"}"#,
    "2 123456789010 eni-1 192.0.2.7 198.51.100.1 40000 3389 6 20 4249 1741324170 1741324200 REJECT OK",
    "ts,te,td,sa,da,sp,dp,pr,flg\n2025-03-07 05:09:30,x,0,192.0.2.7,198.51.100.1,40000,22,TCP,......S.",
    "StartTime,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State\n2025/03/07 05:09:30.0,tcp,192.0.2.7,0x1f,->,198.51.100.1,22,S_RA",
];

fn any_format() -> impl Strategy<Value = Format> {
    (0..Format::ALL.len()).prop_map(|place| Format::ALL.get(place).copied().unwrap_or(Format::Syslog))
}

fn read_everything(format: Format, text: &[u8]) -> Seen {
    let asked = LogSettings { strip_path: true, utc_offset_s: -3600, ..settings() };
    read_with(format, asked, text).0
}

/// Change, insert, remove or repeat bytes of a valid line at drawn places.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let edit = (any::<prop::sample::Index>(), 0..5_u8, any::<u8>());
    (0..VALID.len(), prop::collection::vec(edit, 0..6)).prop_map(|(place, edits)| {
        let mut line = VALID.get(place).copied().unwrap_or_default().as_bytes().to_vec();
        for (index, what, byte) in edits {
            if line.is_empty() {
                break;
            }
            let at = index.index(line.len());
            match what {
                0 => line.truncate(at),
                1 => line.insert(at, byte),
                2 => drop(line.remove(at)),
                3 => {
                    let tail = line.split_off(at);
                    line.extend_from_slice(&tail);
                    line.extend_from_slice(&tail);
                }
                _ => {
                    if let Some(place) = line.get_mut(at) {
                        *place = byte;
                    }
                }
            }
        }
        line
    })
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(format in any_format(), text in prop::collection::vec(any::<u8>(), 0..600)) {
        read_everything(format, &text);
        detect_format(&text);
    }

    #[test]
    fn mutated_lines_never_panic(format in any_format(), line in mutated()) {
        read_everything(format, &line);
        detect_format(&line);
    }

    #[test]
    fn chunks_do_not_matter(lines in prop::collection::vec(mutated(), 1..6), cuts in prop::collection::vec(1..200_usize, 1..20)) {
        let text = lines.join(&b'\n');
        let whole = read_everything(Format::Syslog, &text);
        let mut reader = Reader::new(Format::Syslog, LogSettings { strip_path: true, utc_offset_s: -3600, ..settings() });
        let mut pieces = Seen::default();
        let mut rest = text.as_slice();
        for cut in cuts.iter().cycle() {
            let (now, later) = rest.split_at(rest.len().min(*cut));
            reader.feed(now, &mut pieces);
            rest = later;
            if rest.is_empty() {
                break;
            }
        }
        reader.finish(&mut pieces);
        prop_assert_eq!(whole.records, pieces.records);
        prop_assert_eq!(whole.failures, pieces.failures);
    }

    /// A kernel line is believed whole or not at all: a byte more at its end is never a probe.
    #[test]
    fn nothing_may_follow_a_packet(byte in any::<u8>().prop_filter("a blank or line end may", |byte| !matches!(byte, b' ' | b'\n' | b'\r'))) {
        let mut line = VALID.first().copied().unwrap_or_default().replace("MARK=0x1", "MARK=0xffffffff").into_bytes();
        line.push(byte);
        prop_assert!(read_everything(Format::Syslog, &line).records.is_empty());
    }
}

#[test]
fn every_valid_line_is_valid() {
    for (format, line, records) in [
        (Format::Syslog, 0, 1),
        (Format::Syslog, 1, 1),
        (Format::Syslog, 2, 1),
        (Format::Dmesg, 9, 1),
        (Format::Filterlog, 11, 1),
        (Format::Proxmox, 13, 1),
        (Format::ZeekJson, 18, 1),
        (Format::VpcFlow, 19, 1),
        (Format::NfdumpCsv, 20, 1),
        (Format::Binetflow, 21, 1),
    ] {
        let text = VALID.get(line).copied().unwrap_or_default();
        assert_eq!(read_everything(format, text.as_bytes()).records.len(), records, "{text}");
    }
    for line in 3..9 {
        let text = VALID.get(line).copied().unwrap_or_default();
        assert_eq!(read_everything(Format::Syslog, text.as_bytes()).failures.len(), 1, "{text}");
    }
}
