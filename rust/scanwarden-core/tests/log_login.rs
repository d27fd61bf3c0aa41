//! Login failures: who is blamed, who is not, and how often.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod log_support;

use log_support::{Failure, read};
use scanwarden_core::log::format::Format;
use scanwarden_core::log::login::LoginFailureKind as Kind;
use scanwarden_core::log::reason::Reason;

fn failures(messages: &[&str]) -> Vec<Failure> {
    let lines: Vec<String> =
        messages.iter().map(|message| format!("Mar  7 05:09:30 gate sshd[77]: {message}")).collect();
    read(Format::Syslog, &lines.join("\n")).0.failures
}

fn hosts(messages: &[&str]) -> Vec<String> {
    failures(messages).into_iter().map(|failure| failure.host).collect()
}

#[test]
fn a_user_name_cannot_choose_the_address() {
    for user in [
        "root from 203.0.113.66 port 1 ssh2",
        "root from 203.0.113.66 port 1 ssh2:",
        "root from 203.0.113.66 port 1 ssh2: RSA SHA256:abc",
        "from 203.0.113.66",
        "x 203.0.113.66 port 22 [preauth]",
        "x: Too many authentication failures [preauth]",
        "a not allowed because not listed in AllowUsers",
        "a (203.0.113.66)",
        "rhost=203.0.113.66",
        "user=x rhost=203.0.113.66 ",
        "' from 203.0.113.66:22",
        "x for y from 203.0.113.66",
        "x via 203.0.113.66",
        "",
    ] {
        for message in [
            format!("Failed password for invalid user {user} from 192.0.2.1 port 50273 ssh2"),
            format!("Failed keyboard-interactive/pam for {user} from 192.0.2.1 port 50273 ssh2"),
            format!("Failed publickey for invalid user {user} from 192.0.2.1 port 50273 ssh2: RSA SHA256:AbC+/="),
            format!("Invalid user {user} from 192.0.2.1 port 7"),
            format!("User {user} from 192.0.2.1 not allowed because not listed in AllowUsers"),
            format!(
                "error: maximum authentication attempts exceeded for invalid user {user} from 192.0.2.1 port 7 ssh2 [preauth]"
            ),
            format!("Connection closed by authenticating user {user} 192.0.2.1 port 7 [preauth]"),
            format!("Disconnected from invalid user {user} 192.0.2.1 port 7 [preauth]"),
            format!("Disconnecting invalid user {user} 192.0.2.1 port 7: Too many authentication failures [preauth]"),
            format!("error: PAM: Authentication failure for {user} from 192.0.2.1"),
            format!(
                "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user={user}"
            ),
            format!("Bad protocol version identification '{user}' from 192.0.2.1 port 7"),
            format!("refused connect from {user} (192.0.2.1)"),
            format!(
                "ssh_dispatch_run_fatal: Connection from authenticating user {user} 192.0.2.1 port 7: Broken pipe [preauth]"
            ),
        ] {
            assert_eq!(hosts(&[&message]), ["192.0.2.1"], "{message}");
        }
        let dropbear =
            format!("Mar  7 05:09:30 gate dropbear[77]: Bad password attempt for '{user}' from 192.0.2.1:4242");
        assert_eq!(
            read(Format::Syslog, &dropbear).0.failures.first().map(|failure| failure.host.clone()),
            Some("192.0.2.1".into())
        );
    }
}

#[test]
fn what_could_be_two_addresses_is_none() {
    for message in [
        "Failed hostbased for a from 203.0.113.66 port 1 ssh2: RSA SHA256:x, client user \"b from 192.0.2.1 port 5 ssh2: RSA SHA256:y, z\", client host \"h\"",
        "Disconnecting invalid user a 203.0.113.66 port 1: Change of username or service not allowed: (a,b) -> (c 192.0.2.1 port 2: Change of username or service not allowed: (d,e) -> (f,g) [preauth]",
    ] {
        let (seen, counts) = read(Format::Syslog, &format!("Mar  7 05:09:30 gate sshd[77]: {message}"));
        assert_eq!((seen.failures.len(), counts.reasons.get(Reason::Ambiguous)), (0, 1), "{message}");
    }
}

#[test]
fn one_attempt_counts_once() {
    for (messages, expected) in [
        (
            vec![
                "Invalid user bob from 192.0.2.1 port 7",
                "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1 ",
                "Failed password for invalid user bob from 192.0.2.1 port 7 ssh2",
                "Received disconnect from 192.0.2.1 port 7:11: Bye Bye [preauth]",
                "Disconnected from invalid user bob 192.0.2.1 port 7 [preauth]",
            ],
            vec![(Kind::UnknownUser, 1)],
        ),
        (
            vec![
                "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=root",
                "Failed password for root from 192.0.2.1 port 7 ssh2",
                "Failed password for root from 192.0.2.1 port 7 ssh2",
                "Connection closed by authenticating user root 192.0.2.1 port 7 [preauth]",
            ],
            vec![(Kind::Credentials, 1), (Kind::Credentials, 1)],
        ),
        (
            vec![
                "Received disconnect from 192.0.2.1 port 7:11:  [preauth]",
                "Disconnected from 192.0.2.1 port 7 [preauth]",
            ],
            vec![(Kind::Left, 1)],
        ),
        (
            vec![
                "Failed publickey for git from 192.0.2.1 port 7 ssh2: RSA SHA256:a",
                "Failed publickey for git from 192.0.2.1 port 7 ssh2: RSA SHA256:b",
                "Accepted publickey for git from 192.0.2.1 port 7 ssh2: RSA SHA256:c",
                "Received disconnect from 192.0.2.1 port 7:11: disconnected by user",
                "Disconnected from user git 192.0.2.1 port 7",
            ],
            vec![],
        ),
        (
            vec![
                "Failed publickey for git from 192.0.2.1 port 7 ssh2: RSA SHA256:a",
                "Connection closed by authenticating user git 192.0.2.1 port 7 [preauth]",
            ],
            vec![(Kind::Credentials, 1)],
        ),
        (
            vec![
                "pam_sss(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1 user=root",
            ],
            vec![(Kind::Credentials, 1)],
        ),
    ] {
        let got: Vec<_> = failures(&messages).into_iter().map(|failure| (failure.kind, failure.attempts)).collect();
        assert_eq!(got, expected, "{messages:?}");
    }
}

#[test]
fn a_pending_failure_counts_when_the_grace_time_is_over() {
    let pending = "sshd[77]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1 user=root";
    let text = format!(
        "Mar  7 05:09:30 gate {pending}\nMar  7 05:12:30 gate sshd[99]: Connection from 192.0.2.9 port 5 on 192.0.2.1 port 22\n"
    );
    let mut reader = scanwarden_core::log::reader::Reader::new(Format::Syslog, log_support::settings());
    let mut seen = log_support::Seen::default();
    reader.feed(text.as_bytes(), &mut seen);
    assert_eq!(seen.failures.iter().map(|failure| failure.host.as_str()).collect::<Vec<_>>(), ["192.0.2.1"]);
}

#[test]
fn messages_that_are_no_failure_are_none() {
    for message in [
        "Close session: user ansible from 192.0.2.1 port 34928 id 0",
        "Accepted password for test from 192.0.2.1 port 43124 ssh2",
        "Connection closed by 192.0.2.1 port 7",
        "Disconnected from user bob 192.0.2.1 port 7",
        "Received disconnect from 192.0.2.1 port 7:11: disconnected by user",
        "Address 192.0.2.1 maps to host.example, but this does not map back to the address - POSSIBLE BREAK-IN ATTEMPT!",
        "User root not allowed because account is locked",
        "input_userauth_request: invalid user root [preauth]",
        "Postponed keyboard-interactive for invalid user warez from 192.0.2.1 port 54197 ssh2 [preauth]",
        "error: maximum authentication attempts exceeded for root from 183.106.179.x port 34100 ssh2 [preauth]",
        "Read error from remote host 192.0.2.1: Connection reset by peer",
        "Server listening on 0.0.0.0 port 22.",
        "error: kex_exchange_identification: Connection closed by remote host",
    ] {
        assert_eq!(hosts(&[message]), Vec::<String>::new(), "{message}");
    }
}

#[test]
fn dropbears_messages_are_read() {
    for (message, kind, user) in [
        ("Bad password attempt for 'root' from 192.0.2.1:49242", Kind::Credentials, "root"),
        ("Bad PAM password attempt for 'foobar' from 192.0.2.1:49242", Kind::Credentials, "foobar"),
        ("Login attempt for nonexistent user from 192.0.2.1:49906", Kind::UnknownUser, ""),
        ("Exit before auth from <192.0.2.1:35928>: Bad buf_getptr", Kind::Left, ""),
    ] {
        let (seen, _) = read(Format::Syslog, &format!("Mar  7 05:09:30 gate dropbear[77]: {message}"));
        let got: Vec<_> = seen.failures.iter().map(|f| (f.host.as_str(), f.kind, f.user.as_str())).collect();
        assert_eq!(got, [("192.0.2.1", kind, user)], "{message}");
    }
    assert!(
        read(Format::Syslog, "Mar  7 05:09:30 gate dropbear[77]: Exit (root): Disconnect received")
            .0
            .failures
            .is_empty()
    );
}

#[test]
fn journald_vouches_only_for_root() {
    let entry = |uid: &str, identifier: &str| {
        format!(
            r#"{{"__REALTIME_TIMESTAMP":"1741324170000000","_TRANSPORT":"syslog","_UID":"{uid}","_PID":"77","SYSLOG_IDENTIFIER":"{identifier}","MESSAGE":"Invalid user x from 192.0.2.1 port 7"}}"#
        )
    };
    for (uid, identifier, count) in [("0", "sshd", 1), ("0", "sshd-session", 1), ("1000", "sshd", 0), ("0", "cron", 0)]
    {
        assert_eq!(read(Format::Journald, &entry(uid, identifier)).0.failures.len(), count, "{uid} {identifier}");
    }
}
