//! The predicate as a classic BPF program, for a socket filter.

use super::assembler::{Assembler, Label, To, code};
use super::{ACK_ALONE, ARP_OPERATIONS, CONNECTION_FLAGS, FTP_CONTROL, SCTP_CHUNKS};
use crate::decode::LinkType;
use crate::decode::datagram::ip_protocol;
use crate::decode::link::{MAX_VLAN_TAGS, VLAN_TAG_LEN, ether_type, loopback_family};

/// One instruction of classic BPF, laid out like `struct sock_filter` (`linux/filter.h`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct BpfInstruction {
    /// Operation, addressing mode and operand size.
    pub code: u16,
    /// Instructions to skip when a comparison holds.
    pub jt: u8,
    /// Instructions to skip when it does not.
    pub jf: u8,
    /// Constant operand.
    pub k: u32,
}

/// Compile the predicate for a socket that delivers `link` headers; what passes is cut to `snap_len` bytes (at least 1).
///
/// `AF_PACKET` takes the outer VLAN tag off before the filter sees the packet; tags that are left are read from the bytes.
pub fn program(link: LinkType, snap_len: u32) -> Vec<BpfInstruction> {
    let mut compiler = Compiler::new(snap_len);
    let header_len = link.header_len();
    match link {
        LinkType::Ethernet | LinkType::LinuxCooked => compiler.typed(header_len - 2, header_len),
        LinkType::LinuxCooked2 => compiler.typed(0, header_len),
        LinkType::Raw => compiler.raw(),
        LinkType::RawIpv4 => compiler.only(Compiler::ipv4),
        LinkType::RawIpv6 => compiler.only(Compiler::ipv6),
        LinkType::Loopback => compiler.loopback(header_len),
    }
    compiler.assembler.finish()
}

/// Offsets into the headers, in bytes.
mod offset {
    pub(super) const IPV4_TOTAL_LEN: u32 = 2;
    pub(super) const IPV4_FRAGMENT: u32 = 6;
    pub(super) const IPV4_PROTOCOL: u32 = 9;
    pub(super) const IPV4_END: u32 = 20;
    pub(super) const IPV6_PAYLOAD_LEN: u32 = 4;
    pub(super) const IPV6_NEXT_HEADER: u32 = 6;
    pub(super) const IPV6_END: u32 = 40;
    pub(super) const TCP_DESTINATION: u32 = 2;
    pub(super) const TCP_DATA_OFFSET: u32 = 12;
    pub(super) const TCP_FLAGS: u32 = 13;
    pub(super) const SCTP_CHUNK: u32 = 12;
    pub(super) const ARP_OPERATION: u32 = 6;
}

struct Compiler {
    assembler: Assembler,
    snap_len: u32,
    /// The current block's ends.
    pass: Label,
    drop: Label,
}

/// Behind the type field and the tags lies one block of instructions for each number of tags, so that every comparison
/// is near its targets. The comments name what the accumulator holds.
impl Compiler {
    fn new(snap_len: u32) -> Self {
        let mut assembler = Assembler::default();
        let (pass, drop) = (assembler.label(), assembler.label());
        Self { assembler, snap_len, pass, drop }
    }

    fn end_block(&mut self) {
        self.assembler.place(self.pass);
        self.assembler.add(code::RETURN, self.snap_len);
        self.assembler.place(self.drop);
        self.assembler.add(code::RETURN, 0);
        self.pass = self.assembler.label();
        self.drop = self.assembler.label();
    }

    fn typed(&mut self, type_at: u32, header_len: u32) {
        for tags in 0..=MAX_VLAN_TAGS {
            let network_at = header_len + tags * VLAN_TAG_LEN;
            let type_at = if tags == 0 { type_at } else { network_at - 2 };
            self.require(network_at);
            self.assembler.add(code::LOAD_HALF, type_at);
            let (ipv4, ipv6, arp) = (self.assembler.label(), self.assembler.label(), self.assembler.label());
            let tagged = self.assembler.label();
            self.if_equal(ether_type::IPV4, ipv4);
            self.if_equal(ether_type::IPV6, ipv6);
            self.if_equal(ether_type::ARP, arp);
            for tag in ether_type::VLAN {
                self.if_equal(tag, if tags == MAX_VLAN_TAGS { self.pass } else { tagged });
            }
            self.assembler.jump(self.drop);
            self.assembler.place(ipv4);
            self.ipv4(network_at);
            self.assembler.place(ipv6);
            self.ipv6(network_at);
            self.assembler.place(arp);
            self.arp(network_at);
            self.end_block();
            self.assembler.place(tagged);
        }
    }

    fn raw(&mut self) {
        let ipv6 = self.assembler.label();
        self.require(1);
        self.assembler.add(code::LOAD_BYTE, 0);
        self.assembler.add(code::AND, 0xf0);
        self.if_equal(0x60_u8, ipv6);
        // Any other version than 4 passes there.
        self.ipv4(0);
        self.assembler.place(ipv6);
        self.ipv6(0);
        self.end_block();
    }

    fn only(&mut self, network: fn(&mut Self, u32)) {
        network(self, 0);
        self.end_block();
    }

    fn loopback(&mut self, header_len: u32) {
        let (ipv4, ipv6) = (self.assembler.label(), self.assembler.label());
        self.require(header_len);
        self.assembler.add(code::LOAD_WORD, 0);
        for family in [loopback_family::IPV4, loopback_family::IPV4.swap_bytes()] {
            self.assembler.branch(code::IF_EQUAL, family, To::Label(ipv4), To::Next);
        }
        for family in loopback_family::IPV6 {
            self.assembler.branch(code::IF_EQUAL, family, To::Label(ipv6), To::Next);
            self.assembler.branch(code::IF_EQUAL, family.swap_bytes(), To::Label(ipv6), To::Next);
        }
        self.assembler.jump(self.drop);
        self.assembler.place(ipv4);
        self.ipv4(header_len);
        self.assembler.place(ipv6);
        self.ipv6(header_len);
        self.end_block();
    }

    fn ipv4(&mut self, at: u32) {
        let (tcp, sctp) = (self.assembler.label(), self.assembler.label());
        self.require(at + offset::IPV4_END);
        // Version and header length: 4 and at least 5 words.
        self.assembler.add(code::LOAD_BYTE, at);
        self.assembler.branch(code::IF_AT_LEAST, 0x45, To::Next, To::Label(self.pass));
        self.assembler.branch(code::IF_GREATER, 0x4f, To::Label(self.pass), To::Next);
        // More fragments, or not the first.
        self.assembler.add(code::LOAD_HALF, at + offset::IPV4_FRAGMENT);
        self.assembler.branch(code::IF_ANY_BIT, 0x3fff, To::Label(self.pass), To::Next);
        self.assembler.add(code::LOAD_BYTE, at + offset::IPV4_PROTOCOL);
        self.if_equal(ip_protocol::TCP, tcp);
        self.if_equal(ip_protocol::SCTP, sctp);
        self.assembler.jump(self.pass);

        self.assembler.place(tcp);
        self.require_behind_ipv4(at, offset::TCP_FLAGS + 1);
        self.assembler.add(code::LOAD_BYTE_AT_X, at + offset::TCP_FLAGS);
        let ftp = self.established();
        self.assembler.add(code::LOAD_HALF_AT_X, at);
        self.if_equal(FTP_CONTROL, ftp);
        self.assembler.add(code::LOAD_HALF_AT_X, at + offset::TCP_DESTINATION);
        self.assembler.branch(code::IF_EQUAL, u32::from(FTP_CONTROL), To::Next, To::Label(self.drop));
        self.assembler.place(ftp);
        self.assembler.add(code::LOAD_BYTE_AT_X, at + offset::TCP_DATA_OFFSET);
        self.data_offset_to_len();
        self.assembler.add(code::ADD_X, 0);
        self.longer_than_accumulator(at + offset::IPV4_TOTAL_LEN);

        self.assembler.place(sctp);
        self.require_behind_ipv4(at, offset::SCTP_CHUNK + 1);
        self.assembler.add(code::LOAD_BYTE_AT_X, at + offset::SCTP_CHUNK);
        self.one_of_chunks();
    }

    fn ipv6(&mut self, at: u32) {
        let (tcp, sctp) = (self.assembler.label(), self.assembler.label());
        let behind = at + offset::IPV6_END;
        self.require(behind);
        self.assembler.add(code::LOAD_BYTE, at);
        self.assembler.add(code::AND, 0xf0);
        self.assembler.branch(code::IF_EQUAL, 0x60, To::Next, To::Label(self.pass));
        self.assembler.add(code::LOAD_BYTE, at + offset::IPV6_NEXT_HEADER);
        self.if_equal(ip_protocol::TCP, tcp);
        self.if_equal(ip_protocol::SCTP, sctp);
        self.assembler.jump(self.pass);

        self.assembler.place(tcp);
        self.require(behind + offset::TCP_FLAGS + 1);
        self.assembler.add(code::LOAD_BYTE, behind + offset::TCP_FLAGS);
        let ftp = self.established();
        self.assembler.add(code::LOAD_HALF, behind);
        self.if_equal(FTP_CONTROL, ftp);
        self.assembler.add(code::LOAD_HALF, behind + offset::TCP_DESTINATION);
        self.assembler.branch(code::IF_EQUAL, u32::from(FTP_CONTROL), To::Next, To::Label(self.drop));
        self.assembler.place(ftp);
        self.assembler.add(code::LOAD_BYTE, behind + offset::TCP_DATA_OFFSET);
        self.data_offset_to_len();
        self.longer_than_accumulator(at + offset::IPV6_PAYLOAD_LEN);

        self.assembler.place(sctp);
        self.require(behind + offset::SCTP_CHUNK + 1);
        self.assembler.add(code::LOAD_BYTE, behind + offset::SCTP_CHUNK);
        self.one_of_chunks();
    }

    fn arp(&mut self, at: u32) {
        self.require(at + offset::ARP_OPERATION + 2);
        self.assembler.add(code::LOAD_HALF, at + offset::ARP_OPERATION);
        for operation in ARP_OPERATIONS {
            self.if_equal(operation, self.pass);
        }
        self.assembler.jump(self.drop);
    }

    /// Pass a packet that has fewer than `len` bytes; loading beyond its end would drop it.
    fn require(&mut self, len: u32) {
        self.assembler.add(code::LOAD_PACKET_LEN, 0);
        self.assembler.branch(code::IF_AT_LEAST, len, To::Next, To::Label(self.pass));
    }

    /// Pass a packet with fewer than `len` bytes behind its IPv4 header; leaves that header's length in X.
    fn require_behind_ipv4(&mut self, at: u32, len: u32) {
        self.assembler.add(code::LOAD_X_HEADER_LEN, at);
        self.assembler.add(code::X_TO_A, 0);
        self.assembler.add(code::ADD, at + len);
        self.assembler.add(code::A_TO_X, 0);
        self.assembler.add(code::LOAD_PACKET_LEN, 0);
        self.assembler.branch(code::IF_AT_LEAST_X, 0, To::Next, To::Label(self.pass));
        self.assembler.add(code::LOAD_X_HEADER_LEN, at);
    }

    /// Go on behind the TCP flags in the accumulator when of the connection flags only ACK is set; returns a label for
    /// segments of an FTP control connection.
    fn established(&mut self) -> Label {
        self.assembler.add(code::AND, u32::from(CONNECTION_FLAGS));
        self.assembler.branch(code::IF_EQUAL, u32::from(ACK_ALONE), To::Next, To::Label(self.pass));
        self.assembler.label()
    }

    /// Turn TCP's data offset, in the upper four bits, into bytes.
    fn data_offset_to_len(&mut self) {
        self.assembler.add(code::AND, 0xf0);
        self.assembler.add(code::SHIFT_RIGHT, 2);
    }

    /// Pass when the length field at `at` is 0, or greater than the accumulator.
    fn longer_than_accumulator(&mut self, at: u32) {
        self.assembler.add(code::A_TO_X, 0);
        self.assembler.add(code::LOAD_HALF, at);
        self.if_equal(0_u16, self.pass);
        self.assembler.branch(code::IF_GREATER_THAN_X, 0, To::Label(self.pass), To::Label(self.drop));
    }

    fn one_of_chunks(&mut self) {
        for chunk in SCTP_CHUNKS {
            self.if_equal(chunk, self.pass);
        }
        self.assembler.jump(self.drop);
    }

    fn if_equal(&mut self, value: impl Into<u32>, then: Label) {
        self.assembler.branch(code::IF_EQUAL, value.into(), To::Label(then), To::Next);
    }
}
