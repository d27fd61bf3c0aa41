//! What PAM's modules say under the names of other services than sshd: FTP, mail, `login`.

use super::cursor::Cursor;
use super::login::Peer;
use super::login_text::{split_first, whole_peer};
use super::reason::Reason;

/// Read `pam_unix(SERVICE:auth): authentication failure; logname=… ruser=… rhost=HOST[  user=NAME]`, also the older
/// `(pam_unix) authentication failure; …`; returns the host and the user.
///
/// # Errors
/// [`Reason::Irrelevant`] for other messages and local failures, [`Reason::Ambiguous`] where a name contains what looks
/// like a field: both names are the client's to choose.
pub(crate) fn read_pam(message: &[u8]) -> Result<(Peer<'_>, &[u8]), Reason> {
    let (module, fields) = split_first(message, b" authentication failure; ").ok_or(Reason::Irrelevant)?;
    if !is_module(module) {
        return Err(Reason::Irrelevant);
    }
    let (before, rest) = split_first(fields, b" rhost=").ok_or(Reason::Irrelevant)?;
    if memchr::memmem::find(rest, b"rhost=").is_some() || !before.starts_with(b"logname=") {
        return Err(Reason::Ambiguous);
    }
    let mut cursor = Cursor::new(rest);
    let host = cursor.take_while(|byte| byte != b' ');
    cursor.skip_blanks();
    let user = if cursor.eat(b"user=") { cursor.rest().trim_ascii_end() } else { b"" };
    whole_peer(host).map(|peer| (peer, user)).ok_or(Reason::Irrelevant)
}

/// `pam_NAME(SERVICE:auth):` or `(pam_NAME)`.
fn is_module(text: &[u8]) -> bool {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    if let Some(name) = text.strip_prefix(b"(pam_") {
        return name.strip_suffix(b")").is_some_and(|name| name.iter().all(is_word));
    }
    let Some((name, service)) = text.strip_prefix(b"pam_").and_then(|rest| split_first(rest, b"(")) else {
        return false;
    };
    let service = service.strip_suffix(b":auth):");
    name.iter().all(is_word) && service.is_some_and(|service| service.iter().all(is_word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(message: &str) -> Result<String, Reason> {
        read_pam(message.as_bytes()).map(|(peer, user)| format!("{peer:?} {}", String::from_utf8_lossy(user)))
    }

    #[test]
    fn services_name_the_remote_host() {
        for (message, user) in [
            (
                "pam_unix(vsftpd:auth): authentication failure; logname= uid=0 euid=0 tty=ftp ruser=an rhost=192.0.2.7",
                "",
            ),
            (
                "pam_sss(dovecot:auth): authentication failure; logname= uid=0 euid=0 tty=dovecot ruser=a b rhost=192.0.2.7 user=b",
                "b",
            ),
            (
                "(pam_unix) authentication failure; logname= uid=0 euid=0 tty=pure-ftpd ruser=sample rhost=192.0.2.7  user=c",
                "c",
            ),
        ] {
            let read = read_pam(message.as_bytes());
            let address = super::super::address_text::whole_address(b"192.0.2.7").map(Peer::Address);
            assert_eq!(read.ok(), address.map(|peer| (peer, user.as_bytes())), "{message}");
        }
    }

    #[test]
    fn a_name_cannot_choose_the_host() {
        let forged = "pam_unix(vsftpd:auth): authentication failure; logname= uid=0 euid=0 tty=ftp ruser=x rhost=198.51.100.9 rhost=192.0.2.7";
        assert_eq!(read(forged), Err(Reason::Ambiguous));
        for message in [
            "x pam_unix(vsftpd:auth): authentication failure; logname= rhost=192.0.2.7",
            "pam_unix(vsftpd:session): authentication failure; logname= rhost=192.0.2.7",
            "pam_unix(su:auth): authentication failure; logname=a uid=1 euid=0 tty=pts/1 ruser=a rhost=  user=root",
            "pam_unix(cron:session): session opened for user root",
        ] {
            assert_eq!(read(message), Err(Reason::Irrelevant), "{message}");
        }
    }
}
