//! What can go wrong, in words for the user: the file or interface, what is wrong, what to do.

use std::fmt;
use std::io;

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
    /// The record file could not be created or written.
    Unwritable {
        /// The file.
        name: String,
        /// What the system said.
        cause: io::Error,
    },
}

/// What is wrong with a capture file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Damage {
    /// The file ends inside its header.
    TruncatedHeader {
        /// Bytes the header needs.
        needed: u64,
        /// Bytes there are.
        found: u64,
    },
    /// The file ends inside a record or block.
    Truncated {
        /// Bytes the record needs, as far as known.
        needed: u64,
        /// Bytes there are.
        found: u64,
    },
    /// A record claims more bytes than it may hold.
    RecordTooLong {
        /// Bytes claimed.
        claimed: u64,
        /// Most bytes allowed.
        limit: u64,
    },
    /// A pcapng block's length is impossible for its type.
    BlockLength {
        /// The block's type number.
        block: u32,
        /// Bytes claimed.
        claimed: u64,
    },
    /// A pcapng block's two length fields differ.
    BlockTrailer {
        /// The first.
        leading: u32,
        /// The last.
        trailing: u32,
    },
    /// An option inside a pcapng block reaches beyond the block.
    OptionLength {
        /// The option's code.
        option: u16,
        /// Bytes claimed.
        claimed: u64,
    },
    /// A pcapng packet belongs to an interface that was not described before.
    UnknownInterface {
        /// The interface's number.
        interface: u32,
    },
    /// A pcapng section holds more interfaces than are kept.
    TooManyInterfaces {
        /// Most interfaces kept.
        limit: usize,
    },
    /// A pcapng section header has neither byte order.
    ByteOrder {
        /// The value found.
        found: u32,
    },
    /// The format's version is not one that is known.
    Version {
        /// Major number found.
        major: u16,
        /// Minor number found.
        minor: u16,
    },
    /// The compressed stream cannot be unpacked further, or the medium cannot be read further.
    Unpacking {
        /// What the decoder or the system said.
        cause: String,
    },
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TruncatedHeader { needed, found } => {
                write!(f, "the file ends inside its header, {found} of at least {needed} bytes are there")
            }
            Self::Truncated { needed, found } => {
                write!(f, "the file ends inside a packet record, {found} of at least {needed} bytes are there")
            }
            Self::RecordTooLong { claimed, limit } => {
                write!(
                    f,
                    "a packet record claims {claimed} captured bytes, more than the {limit} possible in this file"
                )
            }
            Self::BlockLength { block, claimed } => {
                write!(f, "a block of type {block:#x} claims a length of {claimed} bytes, which is impossible")
            }
            Self::BlockTrailer { leading, trailing } => {
                write!(f, "a block's length is {leading} at its start but {trailing} at its end")
            }
            Self::OptionLength { option, claimed } => {
                write!(f, "option {option} of an interface claims {claimed} bytes, more than its block holds")
            }
            Self::UnknownInterface { interface } => {
                write!(f, "a packet belongs to interface {interface}, which the file has not described")
            }
            Self::TooManyInterfaces { limit } => write!(f, "a section describes more than {limit} interfaces"),
            Self::ByteOrder { found } => write!(f, "a section's byte-order mark is {found:#010x}"),
            Self::Version { major, minor } => write!(f, "its format version {major}.{minor} is not known"),
            Self::Unpacking { cause } => write!(f, "no more bytes can be read: {cause}"),
        }
    }
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
                write!(
                    f,
                    "{name}: damaged at byte {offset}{stream}: {damage}; everything before that was used. \
                     Fetch the file again if its original is whole"
                )
            }
            Self::Unwritable { name, cause } => write!(f, "{name}: cannot be written: {}", reason(cause)),
        }
    }
}

impl std::error::Error for CaptureError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreadable { cause, .. } | Self::Unwritable { cause, .. } => Some(cause),
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
            text.split(" (os error").next().unwrap_or_default().to_lowercase()
        }
    }
}

/// Make a name safe to print: control characters, which could drive a terminal, become U+FFFD.
pub(crate) fn printable(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}
