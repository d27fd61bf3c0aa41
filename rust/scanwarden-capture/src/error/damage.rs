//! What can be wrong with a capture file.

use std::fmt;

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
