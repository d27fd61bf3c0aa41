//! What can go wrong, in words for the user: the file or interface, what is wrong, what to do.

mod damage;

use std::fmt;
use std::io;

pub use damage::Damage;

/// A capture could not be opened, read or written. Its text is complete and made for the user.
#[derive(Debug)]
pub enum CaptureError {
    /// The file could not be opened or read.
    Unreadable {
        /// The file.
        name: String,
        /// What the system said.
        cause: io::Error,
    },
    /// The file holds nothing.
    Empty {
        /// The file.
        name: String,
    },
    /// The file is something else.
    NotACapture {
        /// The file.
        name: String,
        /// What its first bytes look like, with its article, and what to do.
        looks_like: String,
    },
    /// The file's packets begin with a header that is not decoded.
    UnknownLinkType {
        /// The file.
        name: String,
        /// The link type number.
        number: u32,
    },
    /// The file is damaged; every packet before the damage was handed out.
    Damaged {
        /// The file.
        name: String,
        /// Where, in bytes from the start of the (uncompressed) stream.
        offset: u64,
        /// Whether the file is compressed, so that `offset` counts uncompressed bytes.
        is_compressed: bool,
        /// What is wrong.
        damage: Damage,
    },
    /// No interface was named.
    NoInterfaceGiven {
        /// Those there are, separated by commas.
        existing: String,
    },
    /// There is no interface of that name.
    NoSuchInterface {
        /// The name given.
        interface: String,
        /// Those there are, separated by commas.
        existing: String,
    },
    /// The right to capture is missing.
    NotPermitted {
        /// The interface.
        interface: String,
    },
    /// The kernel cannot give the ring's memory.
    RingTooLarge {
        /// The interface.
        interface: String,
        /// The memory asked for.
        ring_bytes: usize,
    },
    /// The kernel is built without packet sockets.
    NoPacketSockets,
    /// The interface cannot be captured from for another reason.
    Interface {
        /// The interface.
        interface: String,
        /// What the system said.
        cause: io::Error,
    },
    /// Waiting for packets failed, which no interface is the reason of.
    Waiting(io::Error),
    /// The record file could not be created or written.
    Unwritable {
        /// The file.
        name: String,
        /// What the system said.
        cause: io::Error,
    },
}

impl fmt::Display for CaptureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { name, cause } => write!(f, "{name}: cannot be read: {}", reason(cause)),
            Self::Empty { name } => {
                write!(f, "{name}: the file is empty; give a pcap or pcapng capture, such as `tcpdump -w` writes")
            }
            Self::NotACapture { name, looks_like } => write!(f, "{name}: not a pcap or pcapng capture: {looks_like}"),
            Self::UnknownLinkType { name, number } => write!(
                f,
                "{name}: its packets have link type {number}, which is not supported; capture on an Ethernet, \
                 loopback or IP interface, or on \"any\""
            ),
            Self::Damaged { name, offset, is_compressed, damage } => {
                let stream = if *is_compressed { " of the uncompressed stream" } else { "" };
                let before = if *offset == 0 { "" } else { "; everything before that was used" };
                write!(
                    f,
                    "{name}: damaged at byte {offset}{stream}: {damage}{before}. \
                     Fetch the file again if its original is whole"
                )
            }
            Self::NoInterfaceGiven { existing } => {
                write!(f, "no interface to capture from; name at least one of: {existing}")
            }
            Self::NoSuchInterface { interface, existing } => {
                write!(f, "{interface}: no such interface; those there are: {existing}")
            }
            Self::NotPermitted { interface } => {
                write!(f, "{interface}: not permitted to capture; that needs the CAP_NET_RAW capability, run as root")
            }
            Self::RingTooLarge { interface, ring_bytes } => {
                write!(f, "{interface}: the kernel cannot give {ring_bytes} bytes for the ring; use a smaller ring")
            }
            Self::NoPacketSockets => {
                write!(f, "this kernel has no packet sockets; load them with `modprobe af_packet`")
            }
            Self::Interface { interface, cause } => {
                write!(f, "{interface}: cannot be captured from: {}", reason(cause))
            }
            Self::Waiting(cause) => write!(f, "waiting for packets failed: {}", reason(cause)),
            Self::Unwritable { name, cause } => write!(f, "{name}: cannot be written: {}", reason(cause)),
        }
    }
}

impl std::error::Error for CaptureError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreadable { cause, .. }
            | Self::Unwritable { cause, .. }
            | Self::Interface { cause, .. }
            | Self::Waiting(cause) => Some(cause),
            _ => None,
        }
    }
}

/// Say in plain words what the system said, without its error number.
pub(crate) fn reason(cause: &io::Error) -> String {
    match cause.kind() {
        io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        io::ErrorKind::StorageFull => "no space left on the device".to_owned(),
        _ => {
            let text = cause.to_string();
            let text = text.split(" (os error").next().unwrap_or_default();
            let (first, rest) = text.split_at_checked(1).unwrap_or_default();
            first.to_lowercase() + rest
        }
    }
}

/// Make a name safe to print: control characters, which could drive a terminal, become U+FFFD.
pub(crate) fn printable(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}
